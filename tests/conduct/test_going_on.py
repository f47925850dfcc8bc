"""A study goes on from what is stored, and ends as if it had never stopped."""

import base64
import json
import sqlite3
import zlib

import pytest

from harness import conduct
from harness.errors import BusyError, ReplayError, StoreError
from harness.judge import Kind
from harness.store import Store, read_study
from tests.workshop import arms_text, same_runs, search_text


class Stopped(BaseException):
    """What a listener raises, as Ctrl-C would."""


class StopsAfter(conduct.Progress):
    """Stops a study when so many runs are stored."""

    def __init__(self, runs):
        self.runs = runs

    def begin(self, *, study, total, stored, note):
        pass

    def advance(self, *, done, counts):
        if done >= self.runs:
            raise Stopped

    def say(self, line):
        pass

    def end(self):
        pass


@pytest.mark.parametrize("sampler", ["tpe", "qmc"])
def test_a_study_stopped_after_any_batch_ends_as_if_it_had_not(workshop, sampler):
    workshop.write("whole", search_text(sampler=sampler))
    workshop.write("parts", search_text(sampler=sampler))
    workshop.conduct("whole")
    for stop in (2, 4, 8):
        with pytest.raises(Stopped):
            workshop.conduct("parts", progress=StopsAfter(stop))
        assert workshop.count("parts") >= stop
    outcome = workshop.conduct("parts")
    assert outcome.trained < 12
    assert same_runs(workshop.runs("whole"), workshop.runs("parts"))


def test_two_workers_give_what_one_gives(workshop):
    workshop.write("one", search_text(trials=4))
    workshop.write("two", search_text(trials=4))
    workshop.conduct("one", workers=1)
    workshop.conduct("two", workers=2)
    assert same_runs(workshop.runs("one"), workshop.runs("two"))


def test_a_finished_study_trains_nothing_and_changes_nothing(workshop):
    workshop.write("done", search_text(trials=2))
    workshop.conduct("done")
    before = workshop.files()
    outcome = workshop.conduct("done")
    assert outcome.trained == 0
    assert len(outcome.findings.runs) == 4
    assert workshop.files() == before


def test_more_trials_keep_those_there_are(workshop):
    workshop.write("more", search_text(trials=3))
    workshop.conduct("more")
    before = workshop.runs("more")
    workshop.write("more", search_text(trials=6))
    outcome = workshop.conduct("more")
    after = workshop.runs("more")
    assert outcome.trained == 6
    assert kept(before, after)
    workshop.write("whole", search_text(trials=6))
    workshop.conduct("whole")
    assert same_runs(workshop.runs("whole"), after)


def test_more_seeds_never_change_the_search(workshop):
    workshop.write("seeds", search_text(trials=6, seeds=2))
    workshop.conduct("seeds")
    before = workshop.runs("seeds")
    workshop.write("seeds", search_text(trials=6, seeds=3))
    outcome = workshop.conduct("seeds")
    after = workshop.runs("seeds")
    assert outcome.trained == 6
    assert kept(before, after)
    assert {key[0] for key in after} == {key[0] for key in before}
    assert {run.trial for run in after.values()} == {run.trial for run in before.values()}


def test_fewer_trials_and_seeds_report_those_alone_and_lose_none(workshop):
    workshop.write("fewer", arms_text(seeds=3))
    workshop.conduct("fewer")
    workshop.write("fewer", arms_text(seeds=2))
    outcome = workshop.conduct("fewer")
    assert outcome.trained == 0
    assert len(outcome.findings.runs) == 4
    assert len(workshop.runs("fewer")) == 6


def test_another_arm_trains_itself_alone(workshop):
    workshop.write("arms", arms_text(small=2, large=16))
    workshop.conduct("arms")
    before = workshop.runs("arms")
    workshop.write("arms", arms_text(between=8, small=2, large=16))
    outcome = workshop.conduct("arms")
    assert outcome.trained == 2
    assert kept(before, workshop.runs("arms"))
    assert {setting.label for setting in outcome.findings.settings} == {"small", "between", "large"}


def test_an_arm_under_another_name_is_not_trained_again(workshop):
    workshop.write("arms", arms_text(small=2, large=16))
    workshop.conduct("arms")
    workshop.write("arms", arms_text(narrow=2, large=16))
    outcome = workshop.conduct("arms")
    assert outcome.trained == 0
    assert [setting.label for setting in outcome.findings.settings] == ["narrow", "large"]


def test_other_thresholds_judge_anew_and_train_nothing(workshop):
    workshop.write("judged", arms_text(epochs=20))
    workshop.conduct("judged")
    before = workshop.runs("judged")
    assert Kind.UNCLEAR not in kinds(before)
    workshop.write("judged", arms_text(epochs=20, more="\n[thresholds]\nsure = 0.99999\n"))
    outcome = workshop.conduct("judged")
    after = workshop.runs("judged")
    assert outcome.trained == 0
    assert kinds(after) == {Kind.UNCLEAR}
    assert all(run.curves.equals(after[key].curves) for key, run in before.items())


def test_another_knob_begins_an_edition_that_the_report_is_of(workshop):
    workshop.write("knob", search_text(trials=2, batch_size=16))
    workshop.conduct("knob")
    before = workshop.edition("knob")
    workshop.write("knob", search_text(trials=2, batch_size=8))
    outcome = workshop.conduct("knob")
    assert outcome.trained == 4
    assert {run.trial.settings.batch for run in outcome.findings.runs} == {8}
    first, second = read_study(workshop.store, study="knob")
    assert first.edition == before.edition != second.edition
    assert [run.to_json() for run in first.runs] == [run.to_json() for run in before.runs]
    page = outcome.report.read_text(encoding="utf-8")
    assert second.edition in page
    assert first.edition not in page


def test_a_search_that_changed_under_its_runs_is_not_gone_on_with(workshop):
    workshop.write("replay", search_text(trials=2))
    workshop.conduct("replay")
    (wrong,) = [run for key, run in workshop.runs("replay").items() if key == ("trial 1", 0)]
    edition = workshop.edition("replay").edition
    with Store.open(workshop.store, study="other") as store:
        store.write([wrong], edition=edition)
    workshop.write("other", search_text(trials=2).replace("seed = 3", "seed = 4"))
    prepared = conduct.prepare("other")
    with Store.open(workshop.store, study="other") as store:
        store.write([wrong], edition=prepared.edition)
    with pytest.raises(ReplayError, match=r"^other: trial 1: units asked .*, stored "):
        workshop.conduct("other")


def test_a_study_that_is_open_elsewhere_is_refused(workshop):
    workshop.write("busy", arms_text())
    with (
        Store.open(workshop.store, study="busy"),
        pytest.raises(BusyError, match=r"study busy is already running in process \d+ \(since"),
    ):
        workshop.conduct("busy")
    assert workshop.conduct("busy").trained == 4


def test_runs_of_other_versions_are_not_mixed_unless_told_to(workshop):
    workshop.write("versions", arms_text(seeds=1))
    workshop.conduct("versions")
    edition = workshop.edition("versions").edition
    with Store.open(workshop.store, study="versions") as store:
        versions = json.loads(store.fact("versions", edition=edition))
        older = json.dumps({**versions, "torch": "1.0"})
        store.set_fact("versions", older, edition=edition)
    workshop.write("versions", arms_text(seeds=2))
    with pytest.raises(StoreError, match=r"versions: .* \(torch 1\.0 then, .* now\); forget"):
        workshop.conduct("versions")
    assert workshop.conduct("versions", mix_versions=True).trained == 2


def kept(before, after):
    """Whether all runs from before are there, bit for bit."""
    return all(
        run.trial == after[key].trial and run.curves.equals(after[key].curves)
        for key, run in before.items()
    )


def kinds(runs):
    return {run.verdict.kind for run in runs.values()}


def test_after_an_edit_back_the_pages_show_the_first_edition_again(workshop):
    for epochs in (2, 3, 2):
        workshop.write("edited", arms_text(seeds=1, epochs=epochs))
        workshop.conduct("edited")
        assert shown(workshop) == workshop.edition("edited").edition


def shown(workshop):
    """The edition that both saved views of "edited" show."""
    with sqlite3.connect(workshop.store / "mlflow.db") as connection:
        query = "SELECT value FROM experiment_tags WHERE key LIKE 'mlflow.sharedViewState.%'"
        tags = [json.loads(tag) for (tag,) in connection.execute(query).fetchall()]
    connection.close()
    packed = [base64.b64decode(tag["state"].removeprefix("deflate;")) for tag in tags]
    filters = {json.loads(zlib.decompress(state))["searchFilter"] for state in packed}
    assert len(tags) == 2
    (only,) = filters
    return only.split("'")[-2]
