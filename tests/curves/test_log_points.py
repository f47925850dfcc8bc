"""A log of any length: read in bounded memory, each point a mean of its neighbours."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.curves.logs import points, read_logs
from harness.curves.logs.points import INFINITE, NAN, Points, mean_of
from harness.errors import LogError

READ = """
import resource, sys
from harness.curves.logs import read_logs
(log,) = read_logs(sys.argv[1])
print(len(log.curves.epochs), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


@pytest.fixture
def few(monkeypatch):
    """Points that are merged from 16 on."""
    monkeypatch.setattr(points, "MOST", 8)
    monkeypatch.setattr(points, "AT_ONCE", 4)


@pytest.mark.parametrize("length", [1, 15, 16, 17, 100, 1000])
def test_merged_points_are_the_means_of_equally_many_rows(few, length):
    found = Points()
    for i in range(length):
        found.add((i, 0, np.nan, i, 10 * i, np.nan, np.nan, i))
    columns = found.columns
    firsts = np.arange(0, length, found.every)
    groups = [np.arange(first, min(first + found.every, length)) for first in firsts]
    assert len(columns["line"]) < 16
    assert columns["line"].tolist() == firsts.tolist()
    assert columns["step"].tolist() == [group[-1] for group in groups]
    means = [10 * group.mean() for group in groups]
    assert columns["train"][:-1].tolist() == pytest.approx(means[:-1])
    assert columns["train"][-1] == pytest.approx(means[-1], rel=0.01)  # of unequal parts
    assert np.isnan(columns["validation"]).all()


@given(st.lists(st.sampled_from([1.0, 2.0, np.nan, NAN, INFINITE]), min_size=1, max_size=6))
def test_a_mean_is_over_what_is_there_unless_that_is_no_number(values):
    (found,) = mean_of(np.array(values)[:, None])
    strange = [value for value in values if np.isinf(value)]
    there = [value for value in values if np.isfinite(value)]
    expected = strange[0] if strange else np.mean(there) if there else np.nan
    assert found == expected or (np.isnan(found) and np.isnan(expected))


def test_a_restart_in_a_merged_log_is_still_found(few, written):
    rows = "".join(f"{i % 60},{60 - i % 60},{61 - i % 60}\n" for i in range(120))
    first, second = written.logs(f"epoch,loss,val_loss\n{rows}")
    assert len(first.curves.epochs) + len(second.curves.epochs) == 15
    assert "each point is the mean of 8 rows" in first.notes


@pytest.mark.long
def test_a_long_log_takes_no_more_memory_than_a_short_one(tmp_path):
    path = tmp_path / "long.csv"
    with path.open("w") as file:
        file.write("step,train_loss,val_loss,learning_rate,gradient_norm,note\n")
        for i in range(3_000_000):
            val = 1 / (i + 1) if i % 1000 == 999 else ""
            file.write(f"{i},{1 / (1 + i / 1e5)},{val},0.00100000,{i % 7}.12345678,fine so far\n")
    assert path.stat().st_size > 150e6
    done = subprocess.run(
        [sys.executable, "-c", READ, str(path)], capture_output=True, text=True, check=True
    )
    epochs, mib = map(float, done.stdout.split())
    assert epochs == 3000
    assert mib < 300


def test_a_single_json_value_that_is_too_large_is_refused(tmp_path):
    path = tmp_path / "huge.json"
    path.write_bytes(b'{"loss": [1,\n' + b" " * (65 << 20))
    with pytest.raises(LogError, match="a single JSON value must be at most 64 MiB, got 65; wr"):
        read_logs(path)
