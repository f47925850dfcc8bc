"""Item 11: validation accuracy that peaks, validation loss that rises; both of them in one case."""

import numpy as np
import pytest

from harness import curve, setting_of

NAME = "11-overfitting-seen"
pytestmark = pytest.mark.long


def mean_curve(taught, arm, quantity):
    return curve(setting_of(taught(NAME), arm), quantity)[1].mean(axis=0)


def test_accuracy_peaks_and_falls_and_loss_turns_later(taught):
    accuracy = mean_curve(taught, "wrong_labels", "validation_score")
    loss = mean_curve(taught, "wrong_labels", "validation_loss")
    assert accuracy.max() - accuracy[-1] > 0.05
    assert loss[-1] - loss.min() > 0.05
    assert accuracy.argmax() + 5 < loss.argmin()


def test_true_labels_do_no_harm(taught):
    accuracy = mean_curve(taught, "true_labels", "validation_score")
    assert accuracy[-1] == pytest.approx(accuracy.max(), abs=0.01)


def test_the_wrong_labels_are_as_many_as_asked_for(taught):
    run = setting_of(taught(NAME), "wrong_labels").runs[0]
    assert run.curves.train_examples == 300
    assert run.trial.settings.label_noise == 0.3
    assert np.all(run.curves.train_score <= 1)


def test_outcomes(outcomes):
    assert list(outcomes(NAME).values()) == ["confirmed", "confirmed", "contradicted", "confirmed"]
