"""The searched knobs in Optuna's terms."""

import optuna
import pytest

from harness.search.space import draw_settings, space_of
from harness.study import Choice, Range
from tests.search.studies import MIXED, searching

STUDY = searching("random")


def test_a_knob_comes_after_those_that_decide_whether_it_acts():
    order = list(space_of(STUDY))
    assert order.index("momentum") > order.index("optimizer")
    assert order.index("dropout") > order.index("layers")
    assert set(order) == set(MIXED)


def test_a_knob_is_asked_for_only_where_it_acts():
    """A fixed trial of Optuna raises where it is asked for what it does not hold."""
    linear = {"layers": 0, "optimizer": 0, "learning_rate": 0.01}
    settings = draw_settings(STUDY, optuna.trial.FixedTrial(linear))
    assert (settings.layers, settings.optimizer, settings.dropout) == (0, "sgd", 0.0)
    with pytest.raises(ValueError, match="dropout"):
        draw_settings(STUDY, optuna.trial.FixedTrial({**linear, "layers": 1}))
    with pytest.raises(ValueError, match="momentum"):
        draw_settings(STUDY, optuna.trial.FixedTrial({**linear, "optimizer": 1}))


def test_a_fixed_knob_decides_too():
    knobs = {"optimizer": "adam", "momentum": Range(low=0.1, high=0.2), "l2": Choice(values=(0, 1))}
    settings = draw_settings(searching("random", knobs), optuna.trial.FixedTrial({"l2": 1}))
    assert (settings.momentum, settings.l2) == (0.9, 1.0)


def test_shares_and_numbers_of_examples_keep_their_kind():
    for low, high, value, kind in ((0.1, 1.0, 0.5, float), (10, 500, 50, int)):
        study = searching("random", {"train_size": Range(low=low, high=high, scale="log")})
        drawn = draw_settings(study, optuna.trial.FixedTrial({"train_size": value}))
        assert drawn.train_size == value
        assert type(drawn.train_size) is kind
