"""A grid asks each combination once, in an order whose beginnings are spread."""

import itertools
import json

import pytest
from hypothesis import given
from hypothesis import settings as profile

from harness.errors import StudyError
from harness.search import Asker, grid_size
from harness.study import Choice, Range, Settings, Study, settings_from
from tests.search.studies import mixed_knobs, searching


def asked(study: Study) -> list[Settings]:
    asker, found = Asker(study), []
    while batch := asker.ask():
        found.extend(trial.settings for trial in batch)
        asker.tell({trial.number: 0.0 for trial in batch})
    return found


def key(settings: Settings) -> str:
    return json.dumps(settings.to_json(), sort_keys=True)


def test_a_grid_is_the_product_of_its_values_and_the_default_setting():
    knobs = {
        "units": Range(low=4, high=64, scale="log", integer=True, steps=3),
        "optimizer": Choice(values=("sgd", "adam")),
        "dropout": Range(low=0.0, high=0.5, steps=2),
    }
    study = searching("grid", knobs, trials=None)
    product = {
        key(settings_from({"units": u, "optimizer": o, "dropout": d}))
        for u, o, d in itertools.product((4, 16, 64), ("sgd", "adam"), (0.0, 0.5))
    }
    # The default setting (64 units, adam, no dropout) is one of the twelve.
    assert {key(settings) for settings in asked(study)} == product
    assert grid_size(study) == len(asked(study)) == 12


def test_a_default_setting_between_the_points_is_one_trial_more():
    study = searching("grid", {"dropout": Choice(values=(0.1, 0.2))}, trials=None)
    assert grid_size(study) == 2
    study = searching("grid", {"units": Range(low=10, high=100, integer=True, steps=2)})
    assert next(settings.units for settings in asked(study)) == 64
    assert grid_size(study) == 3


def test_a_knob_that_does_not_act_multiplies_nothing():
    knobs = {
        "optimizer": Choice(values=("sgd", "nesterov")),
        "momentum": Range(low=0.0, high=0.9, steps=3),
        "layers": Range(low=0, high=1, integer=True, steps=2),
        "units": Choice(values=(8, 64)),
    }
    # (sgd + 3 nesterov) x (linear + 2 widths)
    assert grid_size(searching("grid", knobs, trials=None)) == 4 * 3


def test_points_that_round_to_the_same_number_count_once():
    knobs = {"layers": Range(low=1, high=3, integer=True, steps=9)}
    assert sorted(s.layers for s in asked(searching("grid", knobs, trials=None))) == [1, 2, 3]


def test_the_first_trials_try_every_value():
    names = ("relu", "tanh", "elu", "silu")
    knobs = {
        "activation": Choice(values=names),
        "units": Choice(values=(8, 16, 32, 64)),
        "learning_rate": Range(low=1e-4, high=1e-1, scale="log", steps=4),
    }
    first = asked(searching("grid", knobs, trials=4))
    assert {settings.activation for settings in first} == set(names)
    assert {settings.units for settings in first} == {8, 16, 32, 64}
    assert len({settings.learning_rate for settings in first}) == 4


def test_sixteen_of_sixty_four_try_every_pair_about_once():
    """A Latin square's sixteen would hold all 48 pairs; a random sixteen hold about 31."""
    values = tuple(range(1, 5))
    knobs = {name: Choice(values=values) for name in ("layers", "units", "batch")}
    first = asked(searching("grid", knobs, trials=16))
    names = itertools.combinations(knobs, 2)
    pairs = [{(s.value(a), s.value(b)) for s in first} for a, b in names]
    assert sum(map(len, pairs)) >= 40


@profile(max_examples=40, deadline=None)
@given(knobs=mixed_knobs(most=4))
def test_no_setting_is_asked_twice(knobs):
    study = searching("grid", knobs, trials=None, batch=7)
    keys = [key(settings) for settings in asked(study)]
    assert len(keys) == len(set(keys)) == grid_size(study)


def test_a_grid_past_its_size_simply_ends():
    knobs = {"bias": Choice(values=(True, False))}
    assert len(asked(searching("grid", knobs, trials=50))) == 2


def test_a_grid_beyond_reason_is_refused():
    knobs = {name: Range(low=0.1, high=0.9, steps=30) for name in ("dropout", "label_noise", "l1")}
    with pytest.raises(StudyError, match=r"at most 10000 combinations, got 27000: give ranges"):
        grid_size(searching("grid", knobs, trials=None))
