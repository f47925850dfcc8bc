"""Item 14: features made by hand, and those that a network makes."""

import numpy as np
import pytest

from harness import mean_of, setting_of

NAME = "14c-features-by-hand"
pytestmark = pytest.mark.long


def test_a_linear_model_of_raw_inputs_guesses_and_with_squares_it_does_not(taught):
    found = {
        name: mean_of(setting_of(taught(NAME), name), "validation_score_end").mean
        for name in ("linear", "linear_by_hand", "perceptron")
    }
    assert found["linear"] < 0.55
    assert found["linear_by_hand"] > 0.95
    assert found["perceptron"] > 0.95


def test_the_linear_model_finds_the_ring(taught):
    """Its weights of both squares are alike, and those of the bare inputs and the product small."""
    trace = setting_of(taught(NAME), "linear_by_hand").runs[0].trace
    weights = trace.of("layers.0.weight")[-1][0]
    squares, others = weights[[2, 3]], weights[[0, 1, 4]]
    assert np.sign(squares[0]) == np.sign(squares[1])
    assert squares[0] == pytest.approx(squares[1], rel=0.2)
    assert np.abs(others).max() < np.abs(squares).min() / 4


def test_every_claim_is_confirmed(outcomes):
    assert list(outcomes(NAME).values()) == ["confirmed"] * 4
