"""What a search can look for is what is recorded, and it must be there in these data."""

import math
from dataclasses import replace

import numpy as np
import pytest

from harness import conduct
from harness.conduct.fitting import check_fit
from harness.data import load
from harness.errors import DataError
from harness.judge import Ending, Run
from harness.study import (
    OBJECTIVES,
    RECORDED_LOSSES,
    DataSource,
    Range,
    Search,
    Split,
    Study,
    Training,
)
from tests.workshop import arms_text, search_text

CLASSES = DataSource(source="iris")
NUMBERS = DataSource(source="linear")
SCORES = {
    True: ("accuracy", "balanced_accuracy", "f1", "roc_auc", "average_precision"),
    False: ("r2", "mae"),
}


def searching(data, objective, *, loss=None) -> Study:
    return Study(
        name="x",
        question="Which?",
        data=data,
        training=Training(seeds=2, loss=loss),
        knobs={"dropout": Range(low=0.0, high=0.5)},
        search=Search(trials=2, objective=objective, direction="minimize"),
    )


def check(data, objective, *, loss=None, validation=None):
    """Check a study's objective against its data, or against another validation part."""
    study = searching(data, objective, loss=loss)
    dataset = load(data, folder=study.folder, seed=0)
    if validation is not None:
        part = replace(dataset.validation, **validation(dataset.validation))
        dataset = replace(dataset, validation=part)
    check_fit(study, dataset)


@pytest.fixture
def recorded(workshop):
    """A run of a classification and one of a regression."""
    workshop.write("classes", arms_text(seeds=1))
    workshop.write("numbers", arms_text(seeds=1).replace('"iris"', '"linear"'))
    found = []
    for name in ("classes", "numbers"):
        workshop.conduct(name)
        found.append(workshop.runs(name)["small", 0])
    return found


def test_every_recorded_quantity_but_the_gap_can_be_searched_for_and_no_other(recorded):
    names = {name for run in recorded for name in run.curves.quantities()}
    assert set(OBJECTIVES) == names - {"gap"}
    for run in recorded:
        for name, value in run.curves.quantities().items():
            assert run.objective(name) == value


def test_a_diverged_run_looks_good_by_no_objective(recorded):
    for run in recorded:
        diverged = Run(trial=run.trial, seed=0, ending=Ending.DIVERGED, curves=run.curves)
        for name, value in run.curves.quantities().items():
            counted = diverged.objective(name)
            if name in RECORDED_LOSSES:
                assert counted >= max(value, run.curves.constant_loss)
            elif name in ("rise", "stop_epoch", "gap"):
                assert math.isnan(counted)
            elif name.startswith("mae"):
                assert counted == math.inf
            else:
                assert counted == min(value, 0.0)


def test_an_undefined_score_of_a_diverged_run_does_not_steer(recorded):
    curves = replace(recorded[0].curves, scores_end={"roc_auc": math.nan})
    run = Run(trial=recorded[0].trial, seed=0, ending=Ending.DIVERGED, curves=curves)
    assert math.isnan(run.objective("roc_auc_end"))


def test_a_search_for_a_score_goes_on_and_says_what_it_looked_for(workshop):
    more = 'objective = "balanced_accuracy_end"\ndirection = "maximize"\n'
    workshop.write("search", search_text(trials=2, more=more))
    workshop.conduct("search")
    workshop.write("search", search_text(trials=4, more=more))
    outcome = workshop.conduct("search")
    assert outcome.trained == 4
    assert "for the highest balanced accuracy" in outcome.report.read_text(encoding="utf-8")


@pytest.mark.parametrize("data", [CLASSES, NUMBERS], ids=["classes", "numbers"])
@pytest.mark.parametrize("objective", OBJECTIVES)
def test_the_scores_of_the_other_task_are_refused_and_nothing_else(data, objective):
    others = SCORES[data is NUMBERS]
    if objective.removesuffix("_end").removesuffix("_best") in others:
        wanted, got = ("classes", "numbers") if data is NUMBERS else ("numbers", "classes")
        line = f"^search.objective {objective} needs {wanted} to predict, got {got}$"
        with pytest.raises(DataError, match=line):
            check(data, objective)
    else:
        check(data, objective)


def test_a_loss_that_is_the_output_has_no_scores_to_search_for():
    line = "validation_score_end needs a loss beside which scores are measured, got training.loss"
    with pytest.raises(DataError, match=line):
        check(NUMBERS, "validation_score_end", loss="output")
    check(NUMBERS, "validation_loss_end", loss="output")


def test_a_score_that_equal_targets_leave_undefined_is_refused():
    def equal(part):
        return {"y": np.zeros_like(part.y)}

    for data, objective in [
        (CLASSES, "roc_auc_end"),
        (NUMBERS, "r2_best"),
        (NUMBERS, "validation_score_end"),
    ]:
        line = f"{objective} needs validation targets that differ, got [0-9]+ equal ones"
        with pytest.raises(DataError, match=line):
            check(data, objective, validation=equal)
    for data, objective in [(CLASSES, "f1_end"), (NUMBERS, "mae_end"), (NUMBERS, "rise")]:
        check(data, objective, validation=equal)


def test_one_validation_example_cannot_be_cross_fitted():
    def one(part):
        return {"x": part.x[:1], "y": part.y[:1]}

    line = "cross_fitted_loss needs at least 2 validation examples, got 1"
    with pytest.raises(DataError, match=line):
        check(NUMBERS, "cross_fitted_loss", validation=one)
    check(NUMBERS, "validation_loss_end", validation=one)


def test_an_objective_of_the_other_task_is_one_line_before_anything_is_trained(workshop):
    more = 'objective = "r2_end"\ndirection = "maximize"\n'
    workshop.write("search", search_text(more=more))
    line = r"^studies/search\.toml: search\.objective r2_end needs numbers to predict, got classes$"
    with pytest.raises(DataError, match=line):
        conduct.prepare("search")


def test_without_validation_only_what_is_measured_in_training_can_be_searched_for():
    data = replace(NUMBERS, split=Split(train=0.8, validation=0.0))
    check(data, "train_score_end")
    check(data, "train_loss_end")
