"""Item 10: noise in a landscape with two valleys, retraced step by step."""

import numpy as np
import pytest

from harness import runs_of, setting_of

NAME = "10c-noise-and-local-minima"
RATE = 0.07
pytestmark = pytest.mark.long


def weights(taught, arm):
    return np.array([run.trace.of("w")[:, 0] for run in runs_of(setting_of(taught(NAME), arm))])


def slope(w):
    return 4 * w**3 - 4 * w + 0.3


def pushes(taught, arm):
    """What moved the weight beside the landscape, [seed, step]."""
    w = weights(taught, arm).astype(float)
    return (w[:, :-1] - w[:, 1:]) / RATE - slope(w[:, :-1])


def test_batch_descent_sees_no_push_and_stays_in_its_valley(taught):
    assert np.abs(pushes(taught, "batch")).max() < 1e-4
    assert weights(taught, "batch")[:, -1] == pytest.approx(0.96015, abs=1e-4)


def test_every_stochastic_step_is_pushed_by_one_example_and_each_epoch_by_all(taught):
    found = pushes(taught, "stochastic").reshape(20, 50, 16)
    examples = [-8, -7, -6, -5, -4, -3, -2, -1, 1, 2, 3, 4, 5, 6, 7, 8]
    assert np.allclose(np.sort(found, axis=2), examples, atol=1e-3)


def test_a_mini_batch_is_pushed_by_the_mean_of_its_examples(taught):
    found = 2 * pushes(taught, "mini_batch_of_2")
    assert np.allclose(found, np.round(found), atol=1e-3)
    assert np.abs(found.reshape(20, 100, 8).sum(axis=2)).max() < 1e-2


def test_a_rate_that_falls_ends_at_the_bottom_of_a_valley(taught):
    assert np.abs(slope(weights(taught, "falling_rate")[:, -1])).max() < 0.1


def test_outcomes(outcomes):
    found = outcomes(NAME)
    assert [says for says, one in found.items() if one == "contradicted"] == [
        "Stochastic: noise leads only to better minima",
        "Mini-batch: of 4 has noise enough to get out of it",
    ]
    assert list(found.values()).count("confirmed") == 6
