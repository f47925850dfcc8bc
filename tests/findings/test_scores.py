from dataclasses import replace

import pytest

from harness.findings import accuracy_misleads, find
from harness.judge import Ending
from tests.findings.studied import searching, under
from tests.judge.planted import ran


def scored(*pairs, ending=Ending.FINISHED):
    """A setting whose seeds end with these accuracies and balanced accuracies."""
    runs = [
        ran(_with_scores(accuracy, balanced), seed=seed, ending=ending)
        for seed, (accuracy, balanced) in enumerate(pairs)
    ]
    return find(searching(), runs).settings[0]


def _with_scores(accuracy, balanced):
    scores = {"accuracy": accuracy, "balanced_accuracy": balanced}
    return replace(under(0.3), scores_end=scores)


def test_scores_are_means_over_the_seeds_that_finished():
    setting = scored((0.9, 0.5), (0.8, 0.6))
    assert setting.scores["accuracy"].mean == pytest.approx(0.85)
    assert setting.scores["balanced_accuracy"].mean == pytest.approx(0.55)
    assert scored((0.9, 0.5), ending=Ending.DIVERGED).scores == {}


@pytest.mark.parametrize(
    ("pairs", "misleads"),
    [
        ([(0.95, 0.5)], True),
        ([(0.95, 0.5)] * 3, True),
        ([(0.6, 0.8)] * 3, True),
        ([(0.95, 0.93)] * 3, False),
        # 0.1 on average, but anything from -0.02 to 0.22 with three seeds as far apart as these.
        ([(0.9, 0.75), (0.9, 0.8), (0.9, 0.85)], False),
        ([(0.9, float("nan"))] * 3, False),
    ],
)
def test_accuracy_misleads_only_far_from_balanced_accuracy_and_beyond_the_error(pairs, misleads):
    assert accuracy_misleads(scored(*pairs)) is misleads


def test_without_scores_nothing_misleads():
    setting = find(searching(), [ran(under(0.3))]).settings[0]
    assert (setting.scores, accuracy_misleads(setting)) == ({}, False)
