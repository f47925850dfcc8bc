"""Item 14: spirals, for which the features of the rings are the wrong ones."""

import pytest

from harness import mean_of, setting_of

NAME = "14d-no-feature-by-hand"
pytestmark = pytest.mark.long


def test_only_the_network_gets_round_the_spirals(taught):
    score = {
        name: mean_of(setting_of(taught(NAME), name), "validation_score_end").mean
        for name in ("linear", "linear_by_hand", "perceptron")
    }
    assert max(score["linear"], score["linear_by_hand"]) < 0.75
    assert score["perceptron"] > 0.9


def test_every_claim_is_confirmed(outcomes):
    assert list(outcomes(NAME).values()) == ["confirmed"] * 2
