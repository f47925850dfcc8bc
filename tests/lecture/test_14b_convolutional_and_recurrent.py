"""Item 14: networks whose weights are shared over places or over steps."""

import pytest

from harness import setting_of

NAME = "14b-convolutional-and-recurrent"
pytestmark = pytest.mark.long


def test_weights_and_biases_by_hand(taught):
    sheet = next(p for p in taught(NAME).showing.parts if p.title == "Three networks")
    counted = {row[0]: row[1] for row in sheet.rows}
    assert counted["perceptron"] == 40 * 64 + 64 + 64 * 10 + 10
    convolutions = (5 * 16 + 16) + 2 * (3 * 16 * 16 + 16)
    assert counted["convolutional"] == convolutions + 5 * 16 * 10 + 10
    assert counted["recurrent"] == 4 * (24 * 4 + 24 * 24 + 2 * 24) + 24 * 10 + 10


def test_all_three_learn(taught):
    for name in ("perceptron", "convolutional", "recurrent"):
        assert setting_of(taught(NAME), name).score.low > 0.3


def test_outcomes(outcomes):
    assert list(outcomes(NAME).values()) == ["confirmed"] * 3
