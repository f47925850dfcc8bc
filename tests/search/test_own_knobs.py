"""Knobs of a user's network are searched and replayed like any other."""

from dataclasses import replace

import pytest

from harness.errors import ReplayError
from harness.search import Asker, check_replay
from harness.study import Choice, Range, settings_from
from tests.search.studies import SAMPLERS, searching

NET = "my_nets.py:build"
KNOBS = {
    "channels": Choice(values=((4, 8), (16,), "wide")),
    "units": Range(low=2, high=5, steps=4),
    "gain": Range(low=0.1, high=10.0, scale="log", steps=3),
    "layers": 0,
    "learning_rate": Range(low=1e-4, high=1e-1, scale="log", steps=2),
}


def own_search(sampler, **options):
    plain = {"dropout": Range(low=0.0, high=0.5)}
    study = searching(sampler, plain, batch=4, **{"trials": 16, **options})
    return replace(study, network=NET, knobs=KNOBS)


def whole_search(study):
    asker, trials = Asker(study), []
    while batch := asker.ask():
        trials.extend(batch)
        asker.tell({t.number: float(t.settings.value("gain")) for t in batch})
    return trials


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_every_sampler_varies_own_knobs_within_what_the_study_says(sampler):
    trials = whole_search(own_search(sampler, trials=12))
    tables = [dict(trial.settings.own) for trial in trials]
    assert all([*table] == ["channels", "gain", "layers", "units"] for table in tables)
    assert {table["layers"] for table in tables} == {0}
    assert {table["channels"] for table in tables} == {*KNOBS["channels"].values}
    assert {table["units"] for table in tables} <= {2, 3, 4, 5}
    assert all(isinstance(table["units"], int) for table in tables)
    assert len({table["gain"] for table in tables}) > 2
    assert all(0.1 <= table["gain"] <= 10 for table in tables)
    assert {trial.settings.network for trial in trials} == {NET}
    assert trials[0].settings == own_search(sampler).default_settings()


def test_a_grid_has_every_combination_of_own_knobs():
    trials = whole_search(own_search("grid", trials=None))
    found = {(t.settings.own, t.settings.learning_rate) for t in trials[1:]}
    assert len(found) == 3 * 4 * 3 * 2


def test_a_search_of_own_knobs_is_replayed():
    study = own_search("tpe")
    first = whole_search(study)
    stored = {trial.number: trial.settings for trial in first}
    check_replay(whole_search(study), stored)
    turned = replace(study, knobs=dict(reversed(KNOBS.items())))
    check_replay(whole_search(turned), stored)


def test_a_replay_names_the_own_knob_that_differs():
    study = own_search("random")
    asked = Asker(study).ask()[:1]
    own = dict(asked[0].settings.own)
    other = settings_from({**own, "channels": (4, 9)}, network=NET)
    with pytest.raises(ReplayError, match=r"^trial 0: channels asked \[4, 8\], stored \[4, 9\] \("):
        check_replay([replace(asked[0], settings=settings_from(own, network=NET))], {0: other})
    lacking = settings_from({n: v for n, v in own.items() if n != "gain"}, network=NET)
    with pytest.raises(ReplayError, match=r"^trial 0: .*gain asked .*, stored nothing"):
        check_replay(asked, {0: lacking})
