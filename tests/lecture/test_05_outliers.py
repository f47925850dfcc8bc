"""Item 5: lines by squared and absolute errors, against least squares and linear programming."""

import numpy as np
import pytest
from sklearn.linear_model import QuantileRegressor

import harness
from tests.lecture.conftest import LECTURE

pytestmark = pytest.mark.long
NAME = "05-outliers"


@pytest.fixture(scope="module")
def sets():
    """Places, right and partly wrong values, a column for each set."""
    x = harness.prepare(str(LECTURE / f"{NAME}.toml")).dataset.train.x
    return np.split(x.astype(float), 3, axis=1)


def line(taught, name):
    (run,) = next(arm.runs for arm in taught(NAME).settings if arm.label == name)
    return run.trace.of("slope")[-1], run.trace.of("shift")[-1]


def test_squared_errors_end_at_least_squares(taught, sets):
    place, right, wrong = sets
    for name, values in (("squared", wrong), ("squared_without_outliers", right)):
        expected = np.array([np.polyfit(place[:, s], values[:, s], 1) for s in range(80)]).T
        assert np.allclose(line(taught, name), expected, atol=1e-3)


def test_absolute_errors_end_where_linear_programming_ends(taught, sets):
    place, _, wrong = sets
    slope, shift = line(taught, "absolute")
    for s in range(0, 80, 8):
        best = QuantileRegressor(alpha=0, quantile=0.5).fit(place[:, [s]], wrong[:, s])
        known = np.abs(wrong[:, s] - best.predict(place[:, [s]])).mean()
        found = np.abs(wrong[:, s] - slope[s] * place[:, s] - shift[s]).mean()
        assert known - 1e-6 <= found < known + 5e-3


def test_in_each_set_four_points_lie_eight_too_high(sets):
    _, right, wrong = sets
    assert np.allclose((wrong - right)[:4], 8, atol=1e-4)
    assert np.array_equal(wrong[4:], right[4:])


def test_every_claim_is_confirmed(outcomes):
    assert set(outcomes(NAME).values()) == {"confirmed"}
    assert len(outcomes(NAME)) == 6
