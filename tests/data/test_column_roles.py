import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from harness.data import columns
from harness.errors import DataError

ROWS = 60


def looked_at(folder, **changes):
    draw = np.random.default_rng(0)
    table = {
        "customer_id": draw.permutation(100_000)[:ROWS],
        "income": draw.permutation(100_000)[:ROWS],
        "colour": ["red", "green", None] * 20,
        "churned": ["no", "yes"] * 30,
    } | changes
    pd.DataFrame(table).to_csv(folder / "churn.csv", index=False)
    return {each.name: each for each in columns(folder / "churn.csv", "churned")}


def test_a_table_is_described_column_by_column(tmp_path):
    found = looked_at(tmp_path)
    assert list(found) == ["customer_id", "income", "colour", "churned"]
    colour = found["colour"]
    assert (colour.type, colour.missing, colour.distinct, colour.role) == ("text", 20, 2, "kept")
    assert colour.why == "one column of 0 and 1 for each value; empty in 20 of 60 rows"
    assert (found["income"].type, found["income"].role) == ("whole number", "kept")
    assert (found["churned"].role, found["churned"].distinct) == ("target", 2)


@pytest.mark.parametrize(
    ("values", "why"),
    [
        (range(1, ROWS + 1), "looks like an identifier: whole numbers that differ in every row"),
        (np.arange(ROWS) ** 3, "looks like an identifier: whole numbers that differ"),
        ([f"k{i}" for i in range(ROWS)], "looks like an identifier: text that differs in every"),
        ([*range(ROWS - 2), "?", "?"], 'numbers, but for 2 rows such as "?"'),
        (["a"] * ROWS, "constant: every row holds a"),
        ([np.nan] * ROWS, "empty in every row"),
        (["2024-01-31"] * ROWS, "dates are not learned from"),
        (["1/2/2024 10:30"] * ROWS, "dates are not learned from"),
        ([f"k{i}" for i in range(ROWS - 1)] + ["k0"], "text of 59 different values, more than 50"),
    ],
)
def test_what_teaches_nothing_is_dropped_and_said(tmp_path, values, why):
    column = looked_at(tmp_path, extra=values)["extra"]
    assert column.role == "dropped"
    assert why in column.why


@pytest.mark.parametrize(
    "name", ["id", "ID", "userId", "patient_id", "uuid", "Unnamed: 0", "index"]
)
def test_identifiers_are_known_by_their_names(tmp_path, name):
    assert looked_at(tmp_path, **{name: [1.5, 2.5, 2.5] * 20})[name].role == "dropped"


@pytest.mark.parametrize("name", ["paid", "humid", "acid", "grid", "mass_index"])
def test_names_that_only_end_like_one_are_kept(tmp_path, name):
    assert looked_at(tmp_path, **{name: [1.5, 2.5, 2.5] * 20})[name].role == "kept"


def test_flags_are_kept_as_0_and_1(tmp_path):
    column = looked_at(tmp_path, active=[True, False, None] * 20)["active"]
    assert (column.type, column.role) == ("true/false", "kept")
    assert column.why == "as 0 and 1; empty in 20 of 60 rows"


def test_a_missing_target_names_the_nearest_column(tmp_path):
    looked_at(tmp_path)
    with pytest.raises(DataError, match=r'has no column "churn" .*; did you mean churned\?'):
        columns(tmp_path / "churn.csv", "churn")


def test_the_records_come_without_scikit_learn_or_pandas():
    check = (
        "import sys, harness.data; sys.exit('pandas' in sys.modules or 'sklearn' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0


def test_files_are_read_without_scikit_learn():
    check = "import sys; from harness.data import load; sys.exit('sklearn' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0
