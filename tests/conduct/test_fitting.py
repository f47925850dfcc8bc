"""Knobs whose values the data, or the rest of the study, cannot bear."""

from dataclasses import replace

import pytest

from harness.conduct.fitting import check_fit
from harness.errors import DataError
from harness.study import Arm, Choice, Range, settings_from
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
            r'knobs.batch_norm needs at least 2 .* step, and batch "stochastic" of 75 leaves 1',
        ),
        ({"batch_norm": True, "batch": 37}, None, r"and batch 37 of 75 leaves 1, got true"),
        ({"batch_norm": True, "train_size": 33}, None, r"and batch 32 of 33 leaves 1, got true"),
        (
            {"batch_norm": Choice(values=(False, True)), "batch": Choice(values=(16, 37))},
            None,
            r"knobs.batch_norm .* and batch 37 of 75 leaves 1, got true",
        ),
        (
            {"batch_norm": True, "batch": Range(low=1, high=16, integer=True)},
            None,
            r"knobs.batch_norm .* and batch 1 of 75 leaves 1, got true",
        ),
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


def arms(*tables):
    made = [Arm(name=f"a{at}", settings=settings_from(t)) for at, t in enumerate(tables)]
    return replace(make_study(), knobs={}, search=None, arms=tuple(made))


def test_batch_norm_of_one_arm_goes_with_its_own_batch():
    check_fit(arms({"batch_norm": True}, {"batch": "stochastic"}), make_dataset())
    bad = arms({"batch": 16}, {"batch_norm": True, "batch": 37})
    with pytest.raises(DataError, match=r"^arms.a1.batch_norm needs .*37 of 75 leaves 1, got true"):
        check_fit(bad, make_dataset())


def test_batch_norm_without_hidden_layers_or_of_a_users_network_is_not_refused():
    check({"batch_norm": True, "layers": 0, "batch": "stochastic"})
    own = {"learning_rate": Choice(values=(0.1, 0.2)), "batch_norm": True, "batch": 37}
    check_fit(replace(make_study(), network="nets.py:build", knobs=own), make_dataset())


def test_knobs_at_their_defaults_are_never_refused():
    check({"label_smoothing": 0.0, "class_weights": "none", "patience": 0}, loss="mse")
    check({"batch_norm": True, "batch": 16})


@pytest.mark.parametrize(
    ("trace", "knobs", "numbers"),
    [
        ("ends", {"units": 8000}, None),
        ("epochs", {"units": 8000, "epochs": 400}, "35,289,203 in knobs"),
        ("steps", {"units": 8000, "epochs": 150, "batch": 32}, "39,689,353 in knobs"),
        ("steps", {"units": 8000, "epochs": 150, "batch": "full"}, None),
    ],
)
def test_a_trace_is_bounded_before_anything_trains(trace, knobs, numbers):
    study = make_study()
    training = replace(study.training, trace=trace)
    rest = {"learning_rate": Choice(values=(0.1, 0.2))}
    asked = replace(study, training=training, knobs={**rest, **knobs})
    if numbers is None:
        check_fit(asked, make_dataset())
        return
    rule = f'training.trace can keep at most 25,000,000 numbers a run, got "{trace}", which is'
    with pytest.raises(DataError, match=f"{rule} {numbers}$"):
        check_fit(asked, make_dataset())
