"""The studies that are shipped: they are read, explained, and loaded with their data."""

from pathlib import Path

import pytest

from harness.conduct import prepare
from harness.study.files import schema_text
from tests.study.made_up_machines import machines_csv

STUDIES = Path(__file__).parents[1] / "studies"
SHIPPED = sorted(STUDIES.glob("*.toml"))
each = pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)


def test_the_studies_are_these_and_nothing_else_lies_beside_them():
    names = [path.stem for path in SHIPPED]
    assert names == [
        "digits", "double-descent", "first", "mnist1d-models", "my-data", "my-network",
        "random-labels", "regularize", "weight-decay-grokking",
    ]  # fmt: skip
    others = {path.name for path in STUDIES.iterdir()} - {path.name for path in SHIPPED}
    assert others - {"__pycache__", "lecture"} == {
        ".study.schema.json", "machines.csv", "my_nets.py", "mnist1d_nets.py"
    }  # fmt: skip


def test_the_schema_beside_the_studies_is_what_the_command_prints():
    """Mended by `python -m harness schema > studies/.study.schema.json`."""
    assert (STUDIES / ".study.schema.json").read_text(encoding="utf-8") == schema_text()


@each
def test_a_study_names_its_schema_and_its_command_and_explains_its_tables(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[:3] == ["#:schema ./.study.schema.json", f"# make study NAME={path.stem}", "#"]
    heads = [at for at, line in enumerate(lines) if line in ("[data]", "[knobs]")]
    assert len(heads) == 2
    assert all(lines[at - 1].startswith("# ") for at in heads)
    assert max(len(line) for line in lines) <= 100


@each
def test_a_study_and_its_data_are_loaded(path):
    prepared = prepare(str(path))
    assert prepared.study.question.endswith("?")
    assert min(len(prepared.dataset.train), len(prepared.dataset.validation)) >= 80


def test_the_first_arm_of_regularize_is_the_sick_one_and_each_other_changes_one_knob():
    alone, *others = prepare(str(STUDIES / "regularize.toml")).study.arms
    assert alone.name == "alone"
    sick = alone.settings.to_json()
    changed = [
        [knob for knob, value in arm.settings.to_json().items() if value != sick[knob]]
        for arm in others
    ]
    knobs = ["dropout", "l2", "l1", "weight_decay", "units", "train_size"]
    assert changed == [[knob] for knob in knobs]


def test_the_machines_are_what_their_generator_makes():
    assert (STUDIES / "machines.csv").read_text(encoding="utf-8") == machines_csv()


def test_the_machines_show_what_a_users_table_may_hold():
    dataset = prepare(str(STUDIES / "my-data.toml")).dataset
    columns = ("model=Barista", "model=Compact", "model=Grande")
    assert [name for name in dataset.feature_names if "model" in name] == list(columns)
    assert len(dataset.train) + len(dataset.validation) + len(dataset.test) == 400
