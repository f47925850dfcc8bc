"""Item 11: validation loss that rises while validation accuracy stands."""

import pytest

from harness import curve, setting_of

NAME = "11b-loss-rises-alone"
pytestmark = pytest.mark.long


def test_loss_rises_by_half_and_accuracy_stands(taught):
    wide = setting_of(taught(NAME), "wide")
    loss = curve(wide, "validation_loss")[1].mean(axis=0)
    accuracy = curve(wide, "validation_score")[1].mean(axis=0)
    assert loss[-1] > 1.5 * loss.min()
    assert accuracy.max() - accuracy[-1] < 0.01
    assert {run.verdict.kind for run in wide.runs} == {"trained_too_long"}


def test_outcomes(outcomes):
    assert list(outcomes(NAME).values()) == ["confirmed", "contradicted"]
