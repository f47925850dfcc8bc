from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from harness.data import Task, load
from harness.errors import DataError
from harness.study import DataSource, Split

ROWS = 40
COLOURS = ["red", "green", "blue", "red"] * 10


def table(**changes):
    """40 rows of a number, a text, a flag and a target; None leaves a column out."""
    columns = {
        "size": np.linspace(1, 9, ROWS) ** 2,
        "colour": COLOURS,
        "new": [True, False] * 20,
        "price": np.linspace(3, 50, ROWS) ** 1.5,
    }
    columns |= changes
    return pd.DataFrame({name: each for name, each in columns.items() if each is not None})


def loaded(folder: Path, frame=None, *, loss=None, seed=0, **options):
    options = {"source": "a.csv", "target": "price", **options}
    if frame is not None:
        frame.to_csv(folder / "a.csv", index=False)
    return load(DataSource(**options), folder=folder, seed=seed, loss=loss)


def with_empty(column: str, *rows: int):
    frame = table().astype({"new": object})
    frame.loc[list(rows), column] = None
    return frame


def test_text_becomes_a_column_of_0_and_1_for_each_value(tmp_path):
    data = loaded(tmp_path, table(), standardize=False)
    assert data.feature_names == ("size", "colour=blue", "colour=green", "colour=red", "new")
    assert np.all(data.train.x[:, 1:4].sum(axis=1) == 1)
    assert set(data.train.x[:, 4].tolist()) == {0, 1}
    assert (data.task, data.target_name) == (Task.REGRESSION, "price")


def test_categories_come_from_the_whole_file(tmp_path):
    frame = table(colour=["red", "blue"] * 19 + ["red", "green"], day=np.arange(ROWS))
    data = loaded(tmp_path, frame, time="day")
    green = data.feature_names.index("colour=green")
    assert np.all(data.train.x[:, green] == 0)
    assert np.all(data.test.x[:, green] == 0)  # constant in training: nothing was learned


def test_standardisation_is_fitted_on_the_training_part_alone(tmp_path):
    day, size = np.arange(ROWS), np.arange(ROWS) * 1.5
    data = loaded(tmp_path, table(colour=None, new=None, size=size, day=day), time="day")
    first = size[:24]
    expected = (size[24:32] - first.mean()) / first.std()
    np.testing.assert_allclose(data.validation.x[:, 0], expected, rtol=1e-5)
    np.testing.assert_allclose(data.train.y.mean(), 0, atol=1e-6)
    back = data.test.y[:, 0] * data.target_scale + data.target_mean
    np.testing.assert_allclose(back, table()["price"][32:], rtol=1e-5)


def test_group_and_time_columns_are_no_features(tmp_path):
    data = loaded(tmp_path, table(patient=np.arange(ROWS) // 4), group="patient")
    assert "patient" not in data.feature_names


def test_a_missing_number_takes_the_training_parts_mean(tmp_path):
    frame = with_empty("size", 3, 30).assign(day=np.arange(ROWS))
    data = loaded(tmp_path, frame, time="day", missing="mean", standardize=False)
    assert data.train.x[3, 0] == pytest.approx(frame["size"][:24].mean())
    assert data.validation.x[30 - 24, 0] == data.train.x[3, 0]


def test_a_missing_text_is_a_value_of_its_own(tmp_path):
    data = loaded(tmp_path, with_empty("colour", 5), missing="mean", standardize=False)
    assert "colour=missing" in data.feature_names


def test_a_missing_flag_takes_the_mean_too(tmp_path):
    frame = with_empty("new", 0).assign(day=np.arange(ROWS))
    data = loaded(tmp_path, frame, time="day", missing="mean", standardize=False)
    assert data.train.x[0, -1] == pytest.approx(11 / 23)


@pytest.mark.parametrize(
    ("values", "task"),
    [
        (["no", "yes"] * 20, Task.CLASSIFICATION),
        ([True, False] * 20, Task.CLASSIFICATION),
        ([1, 2, 3, 4] * 10, Task.CLASSIFICATION),
        ([1.0, 2.0] * 20, Task.CLASSIFICATION),
        (np.arange(ROWS), Task.REGRESSION),
        ([0.5, 1.5] * 20, Task.REGRESSION),
    ],
)
def test_the_target_tells_the_task(tmp_path, values, task):
    assert loaded(tmp_path, table(price=values)).task == task


def test_the_study_can_ask_for_numbers_where_the_target_looks_like_classes(tmp_path):
    frame = table(price=[1, 2, 3, 4] * 10)
    assert loaded(tmp_path, frame, task="regression").task == Task.REGRESSION
    assert loaded(tmp_path, frame, loss="huber").task == Task.REGRESSION
    many = table(price=[*range(25), *range(15)])
    only_train = Split(train=1, validation=0, test=0)
    found = loaded(tmp_path, many, task="classification", split=only_train)
    assert found.class_names[:11] == tuple(str(i) for i in range(11))


def test_named_features_are_taken_in_that_order(tmp_path):
    data = loaded(tmp_path, table(), features=("new", "size"))
    assert data.feature_names == ("new", "size")


def test_columns_without_use_are_left_out_and_said(tmp_path):
    frame = table(unit="cm", name=[f"n{i}" for i in range(ROWS)], gap=np.nan, id=range(ROWS))
    data = loaded(tmp_path, frame, missing="mean")
    assert data.feature_names == ("size", "colour=blue", "colour=green", "colour=red", "new", "id")
    notes = "\n".join(data.notes)
    assert "left out unit: constant: every row holds cm" in notes
    assert "left out name: looks like an identifier: text that differs in every row" in notes
    assert "left out gap: empty in every row" in notes
    assert "column id looks like an identifier by its name: leave it out" in notes


def test_semicolons_and_decimal_commas_are_understood(tmp_path):
    lines = ["size;colour;price"] + [f"{i},5;{COLOURS[i]};{i * i},25" for i in range(ROWS)]
    (tmp_path / "a.csv").write_text("\n".join(lines), encoding="utf-8-sig")
    data = loaded(tmp_path, standardize=False, split=Split(train=1, validation=0, test=0))
    assert data.train.x[:, 0].tolist() == [i + 0.5 for i in range(ROWS)]
    assert data.train.y[3, 0] == 9.25


def test_columns_of_tiny_numbers_are_standardised_or_0(tmp_path):
    sizes = np.linspace(1, 2, ROWS)
    data = loaded(tmp_path, table(size=sizes * 1e-30, new=sizes * 1e-200), features=("size", "new"))
    assert data.train.x[:, 0].std() == pytest.approx(1, abs=1e-5)
    assert np.all(data.train.x[:, 1] == 0)


def test_categories_that_look_like_numbers_are_still_text(tmp_path):
    data = loaded(tmp_path, table(size=["0", "1", "2", "3+"] * 10), features=("size",))
    assert data.feature_names == ("size=0", "size=1", "size=2", "size=3+")


def test_spaces_after_commas_do_not_matter(tmp_path):
    lines = ["size, colour, price"] + [f"{i}, {COLOURS[i]}, {i}.5" for i in range(ROWS)]
    (tmp_path / "a.csv").write_text("\n".join(lines), encoding="utf-8")
    assert "colour=red" in loaded(tmp_path).feature_names


def test_parquet_reads_as_its_csv_does(tmp_path):
    frame = table().astype({"colour": "category"})
    frame.to_parquet(tmp_path / "a.parquet")
    found, expected = loaded(tmp_path, source="a.parquet"), loaded(tmp_path, table())
    assert found.fingerprint == expected.fingerprint


def test_an_npz_file_holds_x_and_y(tmp_path):
    x = np.random.default_rng(0).standard_normal((ROWS, 3))
    np.savez(tmp_path / "a.npz", x=x, y=np.arange(ROWS) % 2)
    data = loaded(tmp_path, source="a.npz", target=None)
    assert (data.features, data.classes, data.target_name) == (3, 2, "y")


def test_an_npz_file_may_hold_named_columns(tmp_path):
    np.savez(
        tmp_path / "a.npz", **{name: each.to_numpy() for name, each in table(colour=None).items()}
    )
    assert loaded(tmp_path, source="a.npz").feature_names == ("size", "new")


def test_changing_one_number_changes_the_fingerprint(tmp_path):
    frame = table()
    before = loaded(tmp_path, frame).fingerprint
    assert loaded(tmp_path, frame).fingerprint == before
    frame.loc[7, "size"] += 0.5
    assert loaded(tmp_path, frame).fingerprint != before


DATES = [f"2024-01-{day:02d}" for day in range(1, 32)] + [f"2024-02-0{day}" for day in range(1, 10)]


def test_dates_cut_the_parts_in_their_order(tmp_path):
    frame = table(size=np.arange(ROWS) * 1.5, day=DATES).iloc[::-1]
    data = loaded(tmp_path, frame, time="day", standardize=False)
    assert data.train.x[:, 0].tolist() == [i * 1.5 for i in range(24)]


@pytest.mark.parametrize(
    ("changes", "options", "message"),
    [
        (
            {},
            {"target": "prize"},
            r'a.csv: has no column "prize" \(data.target\); did you mean pric',
        ),
        ({}, {"target": "zzz"}, r'no column "zzz" .*; it has size, colour, new, price'),
        ({}, {"target": None}, r"data.target must name the column to predict, one of size, colour"),
        ({}, {"features": ("sise",)}, r'no column "sise" \(data.features\); did you mean size'),
        ({}, {"group": "patient"}, r'no column "patient" \(data.group\)'),
        ({}, {"group": "new", "time": "size"}, r"data.group and data.time cannot both cut"),
        ({}, {"time": "price"}, r'data.time must not be the target, got "price"'),
        ({}, {"group": "new", "features": ("new",)}, r"data.features must not hold the group col"),
        (
            {"price": ["a", "b"] * 20},
            {"task": "regression"},
            r'price must hold numbers for a regr.*"a"',
        ),
        (
            {"price": ["a", "b"] * 20},
            {"loss": "mae"},
            r'price must hold numbers for loss mae, got "a"',
        ),
        (
            {},
            {"loss": "binary_crossentropy"},
            r"price must hold classes for loss binary_cross.*, got 5",
        ),
        ({}, {"task": "classification"}, r"price must hold classes for a classification, got"),
        (
            {"price": [0, 1] * 20},
            {"task": "classification", "loss": "mse"},
            r"task classification does not go with training.loss mse",
        ),
        (
            {"price": ["a", "b", "c", "a"] * 10},
            {"loss": "binary_crossentropy"},
            r"target price holds 3 classes \(a, b, c\), but training.loss binary",
        ),
        (
            {"price": ["a"] * 39 + ["b"]},
            {},
            r"target price: class b has 1 example, but 3 parts need",
        ),
        ({"price": "a"}, {}, r"target price is constant: every row holds a"),
        ({"price": 2.5}, {}, r"target price is constant: every row holds 2.5"),
        ({"price": [1.5] * 39 + [None]}, {}, r"target price is empty in 1 of 40 rows"),
        ({"price": DATES}, {}, r"target price must hold numbers, classes or true/false, got 2024"),
        (
            {"size": [np.inf] + [1.5] * 39},
            {},
            r"column size must be finite, got inf in 1 of 40 rows",
        ),
        ({"size": DATES}, {}, r"column size holds dates, which cannot be learned from: leave it"),
        ({"size": ["31.12.2024"] * 40}, {"features": ("size",)}, r"column size holds dates"),
        (
            {"size": [*range(38), "?", "?"]},
            {},
            r'column size holds numbers, but "\?" or the like in 2 of 40 rows: empty these cells',
        ),
        ({"price": [*range(39), "?"]}, {}, r'price holds numbers, but "\?" or the like in 1 of 40'),
        ({"size": [1e300] + [1.5] * 39}, {}, r"column size must lie within ±3.4e38"),
        ({"price": [1e300] + [1.5] * 39}, {}, r"target price must lie within ±3.4e38"),
        ({"size": [1e300] + [1.5] * 39}, {"standardize": False}, r"column size must lie within ±3"),
        (
            {"size": [*DATES[:39], "soon"]},
            {"time": "size"},
            r'dates like 2024-01-31 .*, got "soon"',
        ),
        ({"size": [None] + [1.5] * 39}, {"time": "size"}, r"time column size is empty in 1 of 40"),
        (
            {"size": [None] + ["a"] * 39},
            {"group": "size"},
            r"group column size is empty in 1 of 40",
        ),
        (
            {"size": ["a", "b"] * 20},
            {"group": "size"},
            r"3 parts need at least 3 groups, data.group",
        ),
        ({"size": None, "colour": "red", "new": True}, {}, r"no column is left to learn from"),
    ],
)
def test_a_column_that_breaks_a_rule_is_named(tmp_path, changes, options, message):
    with pytest.raises(DataError, match=message) as error:
        loaded(tmp_path, table(**changes), **options)
    assert all("\n" not in fault for fault in error.value.faults)


def test_all_faults_of_a_file_come_at_once(tmp_path):
    frame = with_empty("colour", 1, 2).assign(price=[None] + ["a"] * 39, size=["2024-01-01"] * 40)
    with pytest.raises(DataError) as error:
        loaded(tmp_path, frame, features=("size", "colour", "new"))
    assert error.value.faults == (
        "a.csv: column size holds dates, which cannot be learned from: "
        "leave it out of data.features, or name it in data.time",
        'a.csv: column colour is empty in 2 of 40 rows: fill them, or say data.missing = "mean"',
        "a.csv: target price is empty in 1 of 40 rows: leave these rows out",
    )


def test_a_column_without_a_number_in_training_has_no_mean(tmp_path):
    frame = table(size=[np.nan] * 30 + [1.5, 2.5] * 5, day=range(ROWS))
    with pytest.raises(DataError, match=r"column size is empty in the whole training part"):
        loaded(tmp_path, frame, time="day", missing="mean")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", r"a.csv: holds nothing"),
        (b"size,price\n", r"a.csv: holds 0 rows"),
        (b"size,price\n1,2\n1,2,3\n", r"one header line \(Expected 2 fields in line 3, saw 3\)"),
        (b"size,price\n1,2,3\n1,2,3\n", r"rows hold more values than the header names columns"),
        (b"size,size,price\n1,2,3\n", r"column size appears twice"),
        (b"size,price\n1,2\ncaf\xe9,3\n", r"is not UTF-8 \(line 3 holds the byte 0xe9; .*1252"),
        ("size,price\n1,2\n".encode("utf-16"), r"is UTF-16, not UTF-8: save it as UTF-8"),
    ],
)
def test_a_csv_that_is_no_table_is_refused_in_one_line(tmp_path, content, message):
    (tmp_path / "a.csv").write_bytes(content)
    with pytest.raises(DataError, match=message):
        loaded(tmp_path)


def test_a_file_that_is_not_there_names_its_neighbour(tmp_path):
    with pytest.raises(DataError, match=r"b.csv: no such file; did you mean a.csv\?"):
        loaded(tmp_path, table(), source="b.csv")


def test_a_folder_is_no_file(tmp_path):
    (tmp_path / "a.csv").mkdir()
    with pytest.raises(DataError, match=r"a.csv: is a folder, not a file"):
        loaded(tmp_path)


@pytest.mark.parametrize("name", ["a.parquet", "a.npz"])
def test_garbage_is_not_read_as_a_table(tmp_path, name):
    (tmp_path / name).write_bytes(b"garbage")
    with pytest.raises(DataError, match=rf"{name}: is not an? (Parquet table|NPZ file)"):
        loaded(tmp_path, source=name)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"x": np.zeros((4, 2)), "y": np.zeros(3)}, r"one length, but x1 has 4, y has 3"),
        ({"x": np.zeros((4, 2, 2)), "y": np.zeros(4)}, r"array x must be a column or a table"),
        ({"x": np.zeros((4, 2))}, r'has no column "y"'),
        ({"x": np.zeros((4, 2)), "y": np.array([None] * 4)}, r"not an NPZ file of plain arrays"),
    ],
)
def test_arrays_that_make_no_table_are_refused(tmp_path, arrays, message):
    np.savez(tmp_path / "a.npz", **arrays)
    with pytest.raises(DataError, match=message):
        loaded(tmp_path, source="a.npz", target=None)
