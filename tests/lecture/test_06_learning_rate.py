"""Item 6: the whole scan of learning rates, and the regimes by the judge's names."""

import numpy as np
import pytest

from harness.judge import Ending, Kind

pytestmark = pytest.mark.long
NAME = "06-learning-rate"


def by_rate(taught):
    return sorted(taught(NAME).settings, key=lambda one: one.trial.settings.learning_rate)


def test_the_regimes_follow_each_other_from_the_smallest_rate_to_the_largest(taught):
    kinds = [setting.kind for setting in by_rate(taught)]
    assert kinds == 3 * [Kind.STOPPED_EARLY] + 5 * [Kind.FITS] + 2 * [Kind.DIVERGED]


def test_only_the_largest_rates_end_as_no_number(taught):
    for setting in by_rate(taught):
        broken = all(run.ending is Ending.DIVERGED for run in setting.runs)
        assert broken == (setting.trial.settings.learning_rate >= 1)


def test_the_noise_is_the_floor_of_every_rate(taught):
    ends = [run.curves.validation_loss.min() for run in taught(NAME).runs]
    assert min(ends) > 0.07


def test_a_rate_three_times_as_small_needs_about_three_times_the_epochs(taught):
    slow, quick = by_rate(taught)[3:5]
    halved = [
        [float(run.curves.epochs[np.argmax(run.curves.train_loss < 0.51)]) for run in one.runs]
        for one in (slow, quick)
    ]
    assert 2.5 < np.mean(np.divide(*halved)) < 4


def test_a_rate_too_large_does_not_converge_and_the_rest_is_as_said(outcomes):
    found = outcomes(NAME)
    assert found.pop("Too large a rate: the model still converges") == "contradicted"
    assert set(found.values()) == {"confirmed"}
    assert len(found) == 5
