"""What every sampler promises, and what some do beyond."""

import logging
import math
import warnings
from functools import cache

import optuna
import pytest
from hypothesis import given
from hypothesis import settings as profile
from hypothesis import strategies as st

from harness.errors import ReplayError
from harness.search import Asker, check_replay
from harness.study import KNOBS, Choice, Range, Settings, Study, Trial, settings_from
from tests.search.studies import MIXED, SAMPLERS, mixed_knobs, searching


def bowl(settings: Settings) -> float:
    """Least, 0, at a learning rate of 0.01 and a dropout of 0.2."""
    return math.log10(settings.learning_rate / 0.01) ** 2 + (settings.dropout - 0.2) ** 2


def bowls(batch: tuple[Trial, ...]) -> dict[int, float]:
    return {trial.number: bowl(trial.settings) for trial in batch}


@cache
def mixed_search(sampler: str) -> tuple[Trial, ...]:
    """A whole search of the knobs `MIXED`, made once; GP takes its time."""
    return tuple(whole_search(searching(sampler)))


def whole_search(study: Study) -> list[Trial]:
    asker, trials = Asker(study), []
    while batch := asker.ask():
        trials.extend(batch)
        asker.tell(bowls(batch))
    return trials


@pytest.fixture(params=SAMPLERS)
def sampler(request: pytest.FixtureRequest) -> str:
    return request.param


class TestEverySampler:
    """The contract of `Asker`, whatever the sampler.

    Twelve trials in batches of 2: TPE and GP draw at random until ten are told, so that the
    last batch is theirs.
    """

    def test_equal_seeds_ask_equal_trials(self, sampler):
        assert whole_search(searching(sampler)) == list(mixed_search(sampler))

    def test_another_seed_asks_other_trials(self, sampler):
        first, second = (whole_search(searching(sampler, trials=8, seed=s)) for s in (1, 2))
        assert first != second

    def test_numbers_count_up_from_the_default_setting(self, sampler):
        study = searching(sampler, trials=10)
        trials = whole_search(study)
        assert [trial.number for trial in trials] == list(range(10))
        assert trials[0].settings == study.default_settings()
        assert {trial.stage for trial in trials} == {"search"}

    def test_the_order_of_told_values_does_not_matter(self, sampler):
        asker, trials = Asker(searching(sampler)), []
        while batch := asker.ask():
            trials.extend(batch)
            asker.tell(dict(reversed(bowls(batch).items())))
        assert trials == list(mixed_search(sampler))

    def test_a_replay_goes_on_as_the_search_would_have(self, sampler):
        study, trials = searching(sampler), list(mixed_search(sampler))
        stored = {trial.number: trial.settings for trial in trials[:10]}
        asker = Asker(study)
        for _ in range(5):
            batch = asker.ask()
            check_replay(batch, stored)
            asker.tell({trial.number: bowl(stored[trial.number]) for trial in batch})
        assert list(asker.ask()) == trials[10:]

    def test_more_trials_begin_with_the_same_ones(self, sampler):
        fewer = whole_search(searching(sampler, trials=5))
        assert list(mixed_search(sampler)[:5]) == fewer

    def test_a_knob_that_does_not_act_holds_its_default(self, sampler):
        trials = mixed_search(sampler)
        for settings in (trial.settings for trial in trials):
            assert settings.momentum == 0.9 or settings.optimizer == "nesterov"
            assert settings.dropout == 0.0 or settings.layers > 0
        assert any(trial.settings.momentum != 0.9 for trial in trials)

    def test_a_search_without_any_value_goes_on(self, sampler):
        asker = Asker(searching(sampler, trials=4))
        for _ in range(2):
            asker.tell({trial.number: math.nan for trial in asker.ask()})
        assert asker.ask() == ()

    def test_infinite_losses_do_not_end_a_search(self, sampler):
        asker, asked = Asker(searching(sampler)), 0
        while batch := asker.ask():
            asked += len(batch)
            asker.tell({trial.number: math.inf for trial in batch})
        assert asked == 12

    def test_nothing_is_logged_or_warned(self, sampler, capfd, caplog):
        before = optuna.logging.get_verbosity()
        with caplog.at_level(logging.DEBUG), warnings.catch_warnings():
            warnings.simplefilter("error")
            whole_search(searching(sampler, trials=4))
        assert (capfd.readouterr(), caplog.records) == (("", ""), [])
        assert optuna.logging.get_verbosity() == before

    def test_lists_of_units_come_back_as_they_are(self, sampler):
        widths = ((8,), (8, 4), (16, 8, 4))
        trials = whole_search(searching(sampler, {"units": Choice(values=widths)}, trials=4))
        assert {trial.settings.units for trial in trials} <= set(widths)
        assert all(trial.settings.layers == len(trial.settings.widths) for trial in trials)


def lies_in(settings: Settings, name: str, spec: Range | Choice) -> bool:
    value = settings.value(name)
    if isinstance(spec, Choice):
        return any(value == known and type(value) is type(known) for known in spec.values)
    assert isinstance(value, int | float)
    return spec.low <= value <= spec.high and isinstance(value, int) == spec.integer


@profile(max_examples=60, deadline=None)
@given(
    knobs=mixed_knobs(),
    sampler=st.sampled_from(("tpe", "random", "qmc")),
    seed=st.integers(0, 2**31),
)
def test_every_asked_value_lies_where_it_may(knobs, sampler, seed):
    study = searching(sampler, knobs, trials=16, batch=8, seed=seed)
    for trial in whole_search(study)[1:]:
        acting = trial.settings.acting()
        for name, spec in study.searched.items():
            if name in acting:
                assert lies_in(trial.settings, name, spec), (name, spec)
            else:
                assert trial.settings.value(name) == KNOBS[name].default


def test_gp_asks_values_where_they_may_lie():
    study = searching("gp")
    for trial in mixed_search("gp"):
        for name in study.searched.keys() & trial.settings.acting().keys():
            assert lies_in(trial.settings, name, study.searched[name])


def test_the_order_of_knobs_in_a_study_does_not_matter():
    turned = dict(reversed(MIXED.items()))
    assert whole_search(searching("tpe", turned)) == whole_search(searching("tpe", MIXED))


def best_of(sampler: str, seed: int, direction: str) -> float:
    knobs = {name: MIXED[name] for name in ("learning_rate", "dropout")}
    study = searching(sampler, knobs, trials=40, batch=8, seed=seed, direction=direction)
    sign = 1 if direction == "minimize" else -1
    asker, best = Asker(study), math.inf
    while batch := asker.ask():
        asker.tell({number: sign * value for number, value in bowls(batch).items()})
        best = min(best, *bowls(batch).values())
    return best


@pytest.mark.parametrize("direction", ["minimize", "maximize"])
def test_tpe_finds_the_bottom_of_a_bowl_better_than_chance(direction):
    means = {
        name: sum(best_of(name, seed, direction) for seed in range(6)) / 6
        for name in ("tpe", "random")
    }
    assert means["tpe"] < means["random"] / 2


def test_a_trial_without_a_value_does_not_steer():
    """What fails is left out: TPE keeps drawing at random, as if nothing were told."""
    failing, random_draws = Asker(searching("tpe", trials=24, batch=4)), []
    while batch := failing.ask():
        random_draws.extend(batch)
        failing.tell({trial.number: math.nan for trial in batch})
    steered = whole_search(searching("tpe", trials=24, batch=4))
    assert steered[:12] == random_draws[:12]
    assert steered[12:] != random_draws[12:]


def test_qmc_spreads_evenly_from_the_second_trial():
    """Sixteen points of a Sobol sequence lie one in each sixteenth of every knob."""
    knobs = {
        "learning_rate": Range(low=1e-4, high=1.0, scale="log"),
        "optimizer": Choice(values=("adam", "momentum")),
        "dropout": Range(low=0.0, high=0.8),
        "momentum": Range(low=0.0, high=1.0),
    }
    found = [t.settings for t in whole_search(searching("qmc", knobs, trials=17))[1:]]
    assert sorted(int(s.dropout / 0.8 * 16) for s in found) == list(range(16))
    assert sorted(int((math.log10(s.learning_rate) + 4) * 4) for s in found) == list(range(16))
    assert sum(s.optimizer == "adam" for s in found) == 8


def test_values_of_other_trials_are_refused():
    asker = Asker(searching("random"))
    asker.ask()
    with pytest.raises(ValueError, match=r"must be told of trials 0, 1, got 1, 7"):
        asker.tell({1: 0.0, 7: 0.0})


def test_the_next_batch_waits_for_values():
    asker = Asker(searching("random"))
    asker.ask()
    with pytest.raises(ValueError, match=r"trials 0, 1 must be told before"):
        asker.ask()


def test_a_cut_batch_is_told_by_the_trials_it_gave():
    asker = Asker(searching("random", trials=3, batch=4))
    assert len(asker.ask()) == 3
    asker.tell({0: 1.0, 1: 1.0, 2: 1.0})
    assert asker.ask() == ()


def test_a_replay_that_differs_names_trial_knob_and_values():
    asked = [
        Trial(number=n, settings=settings_from({"units": 8, "train_size": 1.0}), stage="search")
        for n in (4, 5)
    ]
    stored = {4: asked[0].settings, 5: settings_from({"units": 16, "train_size": 1})}
    message = r"^trial 5: units asked 8, stored 16; train_size asked 1.0, stored 1 \(.*forget.*\)$"
    with pytest.raises(ReplayError, match=message):
        check_replay(asked, stored)


def test_trials_that_are_not_stored_yet_are_not_checked():
    check_replay(Asker(searching("random")).ask(), {})
