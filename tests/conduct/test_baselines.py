"""Cheap models beside a study's networks: which, how many, kept and found again."""

import json

import numpy as np
import pytest

from harness import conduct
from harness.conduct.baselines import FACT, baselines_of
from harness.conduct.choosing import arms
from harness.conduct.reporting import stored_findings
from harness.conduct.work import Work
from harness.data import fit_baselines, held_out_losses
from harness.findings import worth
from harness.store import Store
from harness.study import settings_from
from tests.workshop import arms_text


class Listening(conduct.Silence):
    """Remembers the lines."""

    def __init__(self):
        self.lines = []

    def say(self, line):
        self.lines.append(line)


LEARNING = "learning two cheap models from the same examples, to compare with"


def test_a_study_has_a_linear_and_a_boosted_model_beside_it(workshop):
    workshop.write("one", arms_text(epochs=30))
    findings = workshop.conduct("one").findings
    linear, boosted = findings.baselines
    assert (linear.name, boosted.name) == ("logistic regression", "gradient boosting")
    assert linear.key == (90, 0.0)
    assert linear.seeds == 1
    assert linear.validation_loss.n == 30
    assert linear.score_name == "accuracy"
    assert linear.test_loss is None
    assert worth(findings).baseline in findings.baselines


def test_the_linear_model_knows_the_luck_of_the_split(workshop):
    workshop.write("one", arms_text(more="few = { train_size = 40 }\n"))
    found = workshop.conduct("one").findings.baselines
    linear = [one.hardness for one in found if one.name == "logistic regression"]
    assert len(linear) == 2
    assert linear[0] == linear[1]  # of the data, not of what a group learned from
    assert linear[0].n == 30
    prepared = conduct.prepare("one")
    held = held_out_losses(
        prepared.dataset, loss="categorical_crossentropy", study_seed=prepared.study.seed
    )
    every = np.concatenate([held.validation, held.train])
    assert linear[0].mean == pytest.approx(held.validation.mean() - every.mean())
    assert linear[0].standard_error == pytest.approx(every.std(ddof=1) / np.sqrt(30))
    assert {one.hardness for one in found if one.name == "gradient boosting"} == {None}
    stored = stored_findings(prepared, workshop.store)[0].baselines
    assert stored == found


def test_what_is_stored_is_not_learned_again(workshop):
    workshop.write("one", arms_text())
    first, again = Listening(), Listening()
    before = workshop.conduct("one", progress=first).findings.baselines
    files = workshop.files()
    assert workshop.conduct("one", progress=again).findings.baselines == before
    assert LEARNING in first.lines
    assert LEARNING not in again.lines
    assert workshop.files() == files


def verdicts(runs):
    return {run.name: run.verdict for run in runs}


def reported(workshop):
    """The runs as a report or a comparison made from the store tells of them."""
    return stored_findings(conduct.prepare("one"), workshop.store)[0].runs


def test_stored_found_and_reported_verdicts_rest_on_the_same_models(workshop):
    workshop.write("one", arms_text(epochs=30))
    found = verdicts(workshop.conduct("one").findings.runs)
    named = {quantity.name for verdict in found.values() for quantity in verdict.quantities}
    assert "above_reference" in named
    assert verdicts(workshop.edition("one").runs) == found
    assert verdicts(reported(workshop)) == found


def test_a_study_interrupted_before_its_models_is_judged_by_them_when_it_goes_on(workshop):
    workshop.write("one", arms_text(epochs=30))
    with Store.open(workshop.store, study="one") as opened:
        arms(Work(conduct.prepare("one"), opened, conduct.Silence(), workers=1))
    before = verdicts(reported(workshop))
    after = verdicts(workshop.conduct("one").findings.runs)
    assert set(before) == set(after)
    assert before != after
    assert verdicts(workshop.edition("one").runs) == after


def test_runs_of_other_examples_have_models_of_their_own(workshop):
    text = arms_text(more="few = { train_size = 40 }\nwrong = { label_noise = 0.3 }\n")
    workshop.write("one", text)
    found = workshop.conduct("one").findings.baselines
    assert {one.key for one in found} == {(90, 0.0), (40, 0.0), (90, 0.3)}
    assert len(found) == 6
    for one in found:
        assert one.seeds == (1 if one.key == (90, 0.0) else 3)
        assert (one.seed_error > 0) == (one.seeds > 1)


def test_an_extended_study_learns_only_what_is_missing(workshop):
    workshop.write("one", arms_text())
    before = workshop.conduct("one").findings.baselines
    workshop.write("one", arms_text(more="few = { train_size = 40 }\n"))
    after = workshop.conduct("one").findings.baselines
    assert set(before) < set(after)  # with the same seconds
    workshop.write("one", arms_text())
    assert workshop.conduct("one").findings.baselines == before


def test_models_of_another_version_are_learned_anew(workshop, monkeypatch):
    workshop.write("one", arms_text())
    workshop.conduct("one")
    monkeypatch.setattr("harness.conduct.baselines.RECIPE", 99)
    listening = Listening()
    workshop.conduct("one", progress=listening)
    assert LEARNING in listening.lines
    assert json.loads(workshop.edition("one").facts[FACT])["made_by"].endswith("recipe 99")


def test_the_mean_over_seeds_carries_the_errors_of_seeds_and_examples(workshop):
    workshop.write("one", arms_text())
    prepared = conduct.prepare("one")
    found, _ = baselines_of(prepared.study, prepared.dataset, (40, 0.2))
    settings = settings_from({"train_size": 40, "label_noise": 0.2})
    losses = np.stack([
        fit_baselines(
            prepared.dataset,
            settings,
            loss="categorical_crossentropy",
            study_seed=prepared.study.seed,
            run_seed=seed,
        )[0].validation.losses
        for seed in range(3)
    ])  # fmt: skip
    of_seeds = losses.mean(axis=1).var(ddof=1) / 3
    of_examples = losses.var(axis=1, ddof=1).mean() / 30
    assert found.validation_loss.mean == pytest.approx(losses.mean())
    assert found.seed_error == pytest.approx(of_seeds**0.5)
    assert found.validation_loss.standard_error == pytest.approx((of_seeds + of_examples) ** 0.5)


def test_the_test_part_is_measured_only_where_asked(workshop):
    workshop.write("one", arms_text())
    prepared = conduct.prepare("one")
    for one in baselines_of(prepared.study, prepared.dataset, (90, 0.0), test=True):
        assert one.test_loss.n == len(prepared.dataset.test)
        assert 0.5 < one.test_score <= 1


def test_a_study_without_validation_has_none(workshop):
    text = arms_text().replace(
        'source = "iris"', 'source = "iris"\nsplit = { train = 0.8, validation = 0.0, test = 0.2 }'
    )
    workshop.write("one", text)
    listening = Listening()
    assert workshop.conduct("one", progress=listening).findings.baselines == ()
    assert LEARNING not in listening.lines


def test_the_terminal_says_whether_the_network_is_worth_it(workshop):
    workshop.write("one", arms_text())
    said = workshop.say("study", "one", "--workers", "1")
    assert said.exit_code == 0, said.output
    assert "The network is " in said.output
    assert "at its best epoch " in said.output
