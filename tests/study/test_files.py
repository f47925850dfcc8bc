from pathlib import Path

import pytest

from harness.errors import StudyError
from harness.study import Choice, Range
from harness.study.files import read_study

SEARCH = """
question = "How much capacity?"

[data]
source = "digits"

[training]
epochs = 60

[knobs]
layers = 2
units = { from = 4, to = 512, scale = "log" }
dropout = { from = 0.0, to = 0.6 }
optimizer = ["sgd", "adam"]

[search]
trials = 64
"""


def test_the_example_study_is_read(tmp_path: Path):
    path = tmp_path / "digits.toml"
    path.write_text(SEARCH, encoding="utf-8")
    study = read_study(path)
    assert (study.name, study.folder, study.training.seeds) == ("digits", tmp_path, 5)
    assert study.fixed == {"layers": 2, "epochs": 60}
    assert study.searched == {
        "units": Range(low=4, high=512, scale="log", integer=True),
        "dropout": Range(low=0.0, high=0.6),
        "optimizer": Choice(values=("sgd", "adam")),
    }


def test_a_missing_study_names_those_that_are_there(tmp_path: Path):
    (tmp_path / "digits.toml").write_text(SEARCH, encoding="utf-8")
    with pytest.raises(StudyError, match=r"digit\.toml: no such study; there are digits$"):
        read_study(tmp_path / "digit.toml")
