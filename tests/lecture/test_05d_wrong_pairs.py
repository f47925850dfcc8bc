"""Item 5: one output for two classes, in right and wrong pairs."""

import numpy as np
import pytest

pytestmark = pytest.mark.long

NAME = "05d-wrong-pairs"


def runs(taught, name):
    return next(arm.runs for arm in taught(NAME).settings if arm.label == name)


def test_a_softmax_of_one_unit_moves_nothing(taught):
    for run in runs(taught, "softmax_of_one"):
        assert np.all(run.trace.values == run.trace.values[0])
        # Every example of class 0 costs the logarithm of what Keras keeps off 0.
        assert np.ptp(run.curves.train_loss) == 0
        assert run.curves.train_loss[0] > 7


def test_the_bad_start_is_where_it_was_put(taught):
    for name in ("right_after_a_bad_start", "squared_after_a_bad_start"):
        assert all(run.trace.of("last.bias")[0, 0] == -6 for run in runs(taught, name))


def test_cross_entropy_gets_away_from_a_bad_start_and_a_squared_error_does_not(taught):
    right, squared = (
        [run.curves.train_loss for run in runs(taught, f"{name}_after_a_bad_start")]
        for name in ("right", "squared")
    )
    assert all(one[-1] < one[0] / 5 for one in right)
    assert all(one[-1] > 0.9 * one[0] for one in squared)


def test_the_claims_come_out_as_measured(outcomes):
    found = outcomes(NAME)
    ordinary = "From an ordinary start a sigmoid with a squared error learns more slowly"
    assert found.pop(ordinary) == "undecided"
    assert set(found.values()) == {"confirmed"}
    assert len(found) == 4
