"""Knobs whose values the data, or the rest of the study, cannot bear."""

from dataclasses import replace

import pytest

from harness.conduct.fitting import check_fit
from harness.errors import DataError
from harness.study import Choice
from tests.training.conftest import make_dataset, make_study


def check(knobs, *, dataset=None, loss=None):
    study = make_study(loss=loss)
    chosen = replace(study, knobs={"learning_rate": Choice(values=(0.1, 0.2)), **knobs})
    check_fit(chosen, make_dataset() if dataset is None else dataset)


@pytest.mark.parametrize(
    ("knobs", "loss", "message"),
    [
        (
            {"label_smoothing": 0.1},
            "mse",
            r"knobs.label_smoothing needs a cross-entropy loss, and training.loss is mse, got 0.1",
        ),
        (
            {"class_weights": Choice(values=("none", "balanced"))},
            "mae",
            r'knobs.class_weights needs a cross-entropy loss, .* got "balanced"',
        ),
        (
            {"batch_norm": True, "batch": "stochastic"},
            None,
            r"knobs.batch_norm needs at least 2 examples at every step, and a batch holds 1",
        ),
        ({"batch_norm": True, "batch": 37}, None, r"at every step, and a batch holds 1, got true"),
        ({"batch_norm": True, "train_size": 33}, None, r"and a batch holds 1, got true"),
    ],
)
def test_a_knob_that_cannot_act_is_refused(knobs, loss, message):
    with pytest.raises(DataError, match=message):
        check(knobs, loss=loss)


def test_smoothing_needs_classes():
    message = "knobs.label_smoothing needs classes to predict, and the target is a number"
    with pytest.raises(DataError, match=message):
        check({"label_smoothing": 0.1}, dataset=make_dataset(classes=0))


def test_patience_needs_a_validation_part():
    empty = make_dataset(validation=0)
    study = make_study()
    search = replace(study.search, objective="train_loss_end")
    chosen = replace(study, search=search, knobs={**study.knobs, "patience": 3})
    with pytest.raises(DataError, match=r"knobs\.patience needs validation examples, and there"):
        check_fit(chosen, empty)


def test_knobs_at_their_defaults_are_never_refused():
    check({"label_smoothing": 0.0, "class_weights": "none", "patience": 0}, loss="mse")
    check({"batch_norm": True, "batch": 16})
