"""Whether a network is worth it beside cheap models."""

import math

import numpy as np
import pytest
from scipy import stats

from harness.curves import Estimate
from harness.findings import Standing, find, new_loss, worth
from tests.curves.test_baselines import baseline
from tests.findings.studied import arm_runs, with_arms
from tests.judge.planted import down, made

EXAMPLES = 400


def ended(level, *, error=0.02):
    """A run of cross-fitted loss `level`, whose examples' standard error is `error`."""
    return made(down(level), down(level), cross_fitted=level, gap_error=error * math.sqrt(2))


def found(levels, *baselines, error=0.02):
    runs = arm_runs({"net": [ended(one, error=error) for one in levels]})
    return find(with_arms(("net",)), runs, baselines=baselines)


def model(loss, *, error=0.02, **changes):
    level = Estimate(mean=loss, standard_error=error, n=EXAMPLES)
    return baseline(examples=EXAMPLES, validation_loss=level, **changes)


SEEDS = (0.30, 0.31, 0.29, 0.30)


@pytest.mark.parametrize(
    ("loss", "standing", "sentence"),
    [
        (
            0.50,
            Standing.BETTER,
            "The network is worth it: at its best epoch net reaches a validation loss of 0.300, "
            "ridge regression 0.500 (95 %: 0.144 to 0.256 lower).",
        ),
        (
            0.10,
            Standing.WORSE,
            "The network is not worth it: at its best epoch net reaches a validation loss of "
            "0.300, ridge regression 0.100 (95 %: 0.144 to 0.256 higher than that).",
        ),
        (
            0.31,
            Standing.EQUAL,
            "The network is hardly worth it: at its best epoch net reaches a validation loss of "
            "0.300, ridge regression 0.310, equal within the error (95 % of the difference: "
            "−0.0661 to 0.0461).",
        ),
    ],
)
def test_the_sentence_says_which_is_better_and_by_how_much(loss, standing, sentence):
    answer = worth(found(SEEDS, model(loss)))
    assert answer.standing is standing
    assert answer.sentence == sentence


def test_the_interval_counts_seeds_and_examples_of_both():
    level = model(0.5, error=0.05, seeds=3, seed_error=0.03)
    difference = worth(found(SEEDS, level)).difference
    parts = {  # variance → its degrees of freedom
        np.var(SEEDS, ddof=1) / 4: 3,
        0.02**2: EXAMPLES - 1,
        0.03**2: 2,
        0.05**2 - 0.03**2: EXAMPLES - 1,
    }
    total = sum(parts)
    freedom = total**2 / sum(part**2 / degrees for part, degrees in parts.items())
    half = stats.t.ppf(0.975, freedom) * math.sqrt(total)
    assert difference.mean == pytest.approx(0.3 - 0.5)
    assert difference.half == pytest.approx(half)


def test_more_seeds_do_not_replace_examples():
    assert new_loss(found(SEEDS * 20).best).half > 1.96 * 0.02


def test_the_interval_of_a_new_loss_holds_it_95_times_in_100():
    draw = np.random.default_rng(5)
    held = 0
    for _ in range(300):
        shared = draw.normal(0.5, 0.03)  # all seeds have the same validation examples
        interval = new_loss(found(draw.normal(shared, 0.05, 3), error=0.03).best)
        held += interval.low <= 0.5 <= interval.high
    assert 0.91 <= held / 300 <= 0.99


def test_one_seed_decides_nothing():
    answer = worth(found([0.3], model(0.9)))
    assert answer.standing is Standing.UNKNOWN
    assert math.isnan(answer.difference.half)
    assert answer.sentence == (
        "Whether the network is worth it is open: at its best epoch net reaches a validation "
        "loss of 0.300, ridge regression 0.900; one seed is too few to say which is better."
    )


def test_the_better_of_the_cheap_models_is_the_one_to_beat():
    boosting = model(0.2, name="gradient boosting")
    assert worth(found(SEEDS, model(0.5), boosting)).baseline is boosting


@pytest.mark.parametrize("changes", [{"examples": 399}, {"noise": 0.1}])
def test_a_model_of_other_examples_is_no_match(changes):
    assert worth(found(SEEDS, baseline(**{"examples": EXAMPLES, **changes}))) is None


def test_without_cheap_models_or_validation_there_is_no_answer():
    unvalidated = made([], down(0.3))
    runs = arm_runs({"net": [unvalidated]})
    assert worth(found(SEEDS)) is None
    assert worth(find(with_arms(("net",)), runs, baselines=[model(0.5)])) is None
