import sys
from pathlib import Path

import numpy as np
import pytest

from harness.data import Task, load
from harness.errors import DataError
from harness.study import DataSource

GOOD = """
import numpy as np

def load():
    x = np.arange(60.0).reshape(30, 2)
    return x, np.arange(30) % 2
"""


def loaded(folder: Path, code: str | None = None, *, name="load", loss=None, **options):
    if code is not None:
        (folder / "my_data.py").write_text(code, encoding="utf-8")
    source = DataSource(source=f"my_data.py:{name}", **options)
    return load(source, folder=folder, seed=0, loss=loss)


def returning(x: str, y: str) -> str:
    return f"import numpy as np\nimport pandas as pd\n\ndef load():\n    return {x}, {y}\n"


def test_a_function_gives_arrays(tmp_path):
    data = loaded(tmp_path, GOOD)
    assert (data.task, data.features, data.classes) == (Task.CLASSIFICATION, 2, 2)
    np.testing.assert_allclose(data.train.x.mean(axis=0), 0, atol=1e-6)
    assert data.feature_names == ("x1", "x2")


@pytest.mark.parametrize(
    ("x", "y", "task"),
    [
        ("[[1, 2.5]] * 20", "['a', 'b'] * 10", Task.CLASSIFICATION),
        ("np.eye(20)", "np.linspace(0, 1, 20)", Task.REGRESSION),
        ("np.eye(20)", "np.linspace(0, 1, 20)[:, None]", Task.REGRESSION),
        ("np.eye(20) > 0", "[True, False] * 10", Task.CLASSIFICATION),
        ("pd.DataFrame(np.eye(20))", "pd.Series([0.0, 1.0] * 10)", Task.CLASSIFICATION),
    ],
)
def test_lists_arrays_and_tables_will_do(tmp_path, x, y, task):
    assert loaded(tmp_path, returning(x, y)).task == task


def test_a_tables_own_names_are_kept(tmp_path):
    x = "pd.DataFrame({'age': range(20), 'height': np.linspace(1, 2, 20)})"
    data = loaded(tmp_path, returning(x, "pd.Series([0, 1] * 10, name='ill')"))
    assert data.feature_names == ("age", "height")
    assert data.target_name == "ill"


def test_the_source_is_part_of_the_fingerprint(tmp_path):
    before = loaded(tmp_path, GOOD).fingerprint
    assert loaded(tmp_path, GOOD).fingerprint == before
    assert loaded(tmp_path, GOOD + "\n# other\n").fingerprint != before


def test_an_edit_of_equal_length_is_seen_at_once(tmp_path):
    before = loaded(tmp_path, GOOD)
    after = loaded(tmp_path, GOOD.replace("% 2", "% 3"))
    assert (before.classes, after.classes) == (2, 3)
    assert [each.name for each in tmp_path.iterdir()] == ["my_data.py"]


def test_no_module_of_the_users_name_is_left_behind(tmp_path):
    (tmp_path / "json.py").write_text(GOOD, encoding="utf-8")
    import json

    source = DataSource(source="json.py:load")
    assert load(source, folder=tmp_path, seed=0).classes == 2
    assert sys.modules["json"] is json
    assert "my_data" not in sys.modules


def test_a_dataclass_in_the_users_file_works(tmp_path):
    code = "from dataclasses import dataclass\n@dataclass\nclass A:\n    b: 'int' = 1\n" + GOOD
    assert loaded(tmp_path, code).classes == 2


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (None, r"my_data.py:load: no such file as my_data.py"),
        ("def loaded():\n    pass", r'my_data.py has no function "load"; did you mean loaded\?'),
        ("load = 3", r'my_data.py has no function "load"'),
        ("def load(:", r"my_data.py:load: raised SyntaxError: invalid syntax"),
        ("import nothing_there", r"raised ModuleNotFoundError in line 1: No module named 'nothing"),
        ("def load():\n    raise ValueError('disk\\nfull')", r"raised ValueError in line 2: disk"),
        ("def load():\n    raise KeyError", r"raised KeyError in line 2: no message"),
        ("import sys\nsys.exit(4)", r"raised SystemExit in line 2: 4"),
        ("def load(a):\n    pass", r"raised TypeError: load\(\) missing 1 required positional arg"),
        ("def load():\n    pass", r"must return two things, \(x, y\), got NoneType"),
        ("def load():\n    return 1, 2, 3", r"must return two things, \(x, y\), got 3 things"),
        (returning("np.zeros(5)", "np.zeros(5)"), r"x must be a table, .*, got shape \(5,\)"),
        (returning("np.zeros((5, 0))", "np.zeros(5)"), r"x must be a table, .*, got shape \(5, 0"),
        (returning("[[1], [1, 2]]", "[0, 1]"), r"x is not a table: raised ValueError: .*inhomog"),
        (returning("np.eye(5)", "np.zeros(4)"), r"x and y must be of one length, got 5 and 4"),
        (returning("np.eye(5)", "np.eye(5)"), r"y must hold one value per example, got shape"),
        (returning("np.zeros((0, 2))", "[]"), r"my_data.py:load: returned 0 rows"),
        (returning("[['a', 1]] * 4", "[0, 1] * 2"), r'column x1 of x must hold numbers, got "a"'),
        (returning("np.eye(4) * 1j", "[0, 1] * 2"), r"column x1 of x must hold numbers"),
        (
            returning("[[1.0, np.nan]] * 4", "[0, 1] * 2"),
            r"x2 of x must be finite, got nan in 4 of",
        ),
        (
            returning("[[1.0, np.inf]] * 4", "[0, 1] * 2"),
            r"x2 of x must be finite, got inf in 4 of",
        ),
        (returning("[[1.0, None]] * 4", "[0, 1] * 2"), r"x2 of x must be finite, got nan in 4 of"),
        (
            returning("np.eye(4)", "[0, None, 1, 1]"),
            r"my_data.py:load: y is missing in 1 of 4 rows",
        ),
        (returning("np.eye(4)", "[0, np.inf, 1, 1]"), r"load: y must be finite, got 1 infinite"),
        (returning("np.eye(20)", "[2] * 20"), r"target y is constant: every row holds 2"),
    ],
)
def test_a_function_that_does_not_work_is_said_in_one_line(tmp_path, code, message):
    with pytest.raises(DataError, match=message) as error:
        loaded(tmp_path, code)
    assert all("\n" not in fault for fault in error.value.faults)


def test_text_is_refused_where_the_loss_needs_numbers(tmp_path):
    with pytest.raises(DataError, match=r'load: y must hold numbers for loss mse, got "a"'):
        loaded(tmp_path, returning("np.eye(4)", "['a', 'b'] * 2"), loss="mse")


def test_an_interruption_passes(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        loaded(tmp_path, "raise KeyboardInterrupt")
