"""Item 9: four optimizers on the digits, by steps to a training loss of 0.1."""

import numpy as np
import pytest

from harness import epochs_to, runs_of

NAME = "09b-optimizers-on-digits"
pytestmark = pytest.mark.long


def mean_steps(taught, kind):
    """By rate: mean over the seeds, infinite where one does not get there; 10 steps an epoch."""
    found = {}
    for arm in taught(NAME).settings:
        own = arm.trial.settings
        if own.optimizer == kind:
            epochs = np.array([epochs_to(run, 0.1) for run in runs_of(arm)])
            found[own.learning_rate] = 10 * np.nan_to_num(epochs, nan=np.inf).mean()
    return found


def test_an_epoch_is_ten_steps(taught):
    run = taught(NAME).runs[0]
    assert -(-run.curves.train_examples // 32) == 10


def test_adam_at_its_best_needs_the_fewest_steps(taught):
    best = {
        kind: min(mean_steps(taught, kind).values())
        for kind in ("sgd", "momentum", "rmsprop", "adam")
    }
    assert min(best, key=best.get) == "adam"
    assert 1.4 < best["sgd"] / best["adam"] < 2.4


def test_a_rate_ten_times_too_small_costs_more_than_another_optimizer(taught):
    for kind in ("sgd", "momentum", "rmsprop", "adam"):
        steps = mean_steps(taught, kind)
        best = min(steps, key=steps.get)
        assert steps[min(steps, key=lambda rate: abs(np.log(10 * rate / best)))] == np.inf
    assert mean_steps(taught, "adam")[0.001] == np.inf


def test_outcomes(outcomes):
    assert list(outcomes(NAME).values()) == [
        "confirmed", "undecided", "confirmed", "confirmed", "contradicted",
    ]  # fmt: skip
