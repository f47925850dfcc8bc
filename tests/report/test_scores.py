"""Other scores, on a real study of unequal classes: 190 examples of one and 10 of the other."""

import shutil
from dataclasses import replace
from io import StringIO

import numpy as np
import pandas as pd
import pytest

import harness
from harness.conduct.preparing import data_lines
from harness.findings import compare
from harness.report import comparison_html, comparison_markdown, csv, html, markdown, runs_csv
from tests.report.reading import read

SEEDS = 2


@pytest.fixture(scope="module")
def conducted(tmp_path_factory, empty_store):
    """What `prepare_study` and `conduct_study` make of it, in a folder of its own."""
    folder = tmp_path_factory.mktemp("unequal")
    shutil.copytree(empty_store, folder / "mlruns")
    ill = np.repeat([0, 1], [190, 10])
    draw = np.random.default_rng(3)
    table = pd.DataFrame({"marker": draw.normal(9 * ill, 1), "noise": draw.normal(0 * ill, 1)})
    table.assign(ill=np.where(ill, "yes", "no")).to_csv(folder / "patients.csv", index=False)
    # A penalty that leaves weights no room, and biases all, makes the majority's predictor.
    arms = {"blind": {"units": 4, "l2": 1.0}, "seeing": {"units": 16}}
    study = harness.Study(
        name="unequal",
        question="Who is ill?",
        data=harness.DataSource(source="patients.csv", target="ill"),
        training=harness.Training(seeds=SEEDS),
        arms=tuple(
            harness.Arm(name=name, settings=harness.settings_from({"learning_rate": 0.03, **knobs}))
            for name, knobs in arms.items()
        ),
        folder=folder,
    )
    prepared = harness.prepare_study(study)
    outcome = harness.conduct_study(
        prepared,
        progress=harness.Silence(),
        workers=1,
        store=folder / "mlruns",
        reports=folder / "reports",
    )
    return prepared, outcome


@pytest.fixture(scope="module")
def found(conducted):
    return conducted[1].findings


def test_the_majoritys_predictor_is_no_better_than_chance_when_balanced(found):
    blind = found.settings[0]
    assert blind.scores["accuracy"].mean == blind.score.mean == pytest.approx(0.95)
    assert blind.scores["balanced_accuracy"].mean == 0.5
    assert blind.scores["balanced_accuracy"].n == SEEDS
    assert found.settings[1].scores["balanced_accuracy"].mean == 1


def test_the_written_report_shows_the_scores_that_accuracy_hides(conducted):
    _, outcome = conducted
    root = read(outcome.report.read_text(encoding="utf-8"))
    section = next(s for s in root.all("section") if s.attrs["aria-labelledby"] == "scores")
    assert section.all("caption")[0].text.startswith(
        "The classes are of unequal size, so accuracy alone misleads: "
    )
    heads, blind, seeing = section.all("tr")
    assert [th.text for th in heads.children] == [
        "setting",
        "accuracy",
        "balanced accuracy",
        "F1",
        "ROC AUC",
        "average precision",
    ]
    assert blind.children[0].text.startswith("blind")
    assert [cell.text for cell in blind.children[1:3]] == ["0.950 ± 0", "0.500 ± 0"]
    assert seeing.children[0].text.startswith("seeing")


def test_markdown_and_comparisons_show_them_too(conducted, found, provenance):
    prepared, _ = conducted
    described = replace(provenance, data=data_lines(prepared))
    told = markdown(found, described)
    assert "## Other scores\n\nThe classes are of unequal size" in told
    assert "| setting | accuracy | balanced accuracy | F1 | ROC AUC | average precision |" in told
    assert "| 0.950 ± 0 | 0.500 ± 0 |" in told
    twice = (compare(found, found), described, described)
    assert comparison_markdown(*twice).count("## Other scores of unequal") == 2
    titles = [h4.text for h4 in read(comparison_html(*twice)).all("h4")]
    assert titles.count("Other scores of unequal") == 2


def test_an_answer_does_not_let_a_misleading_accuracy_stand_alone(found):
    alone = [run for run in found.runs if run.trial.name == "blind"]
    answer = harness.find(replace(found.study, arms=found.study.arms[:1]), alone).answer
    assert "accuracy 0.950 but balanced accuracy 0.500 at the end." in answer
    assert "balanced" not in found.answer


def test_the_note_on_the_data_or_the_scores_themselves_show_the_table(conducted, found, provenance):
    prepared, _ = conducted
    seeing = [run for run in found.runs if run.trial.name == "seeing"]
    learned = harness.find(replace(found.study, arms=found.study.arms[1:]), seeing)
    level = replace(learned, settings=(_level(learned.settings[0]),))
    noted = replace(provenance, data=data_lines(prepared))
    assert "Other scores" in markdown(found, provenance)
    assert "Other scores" in markdown(level, noted)
    assert "Other scores" not in markdown(level, provenance)


def _level(setting):
    """The same setting with balanced accuracies equal to the accuracies."""
    runs = []
    for run in setting.runs:
        scores = {**run.curves.scores_end, "balanced_accuracy": run.curves.scores_end["accuracy"]}
        runs.append(replace(run, curves=replace(run.curves, scores_end=scores)))
    return replace(setting, runs=tuple(runs))


def test_classes_of_one_size_need_no_other_scores(searched, armed, provenance):
    for findings in (searched, armed):
        assert "Other scores" not in html(findings, provenance)
        assert "Other scores" not in markdown(findings, replace(provenance, data=("classes",)))


def test_exports_hold_every_score_of_settings_and_runs(found):
    settings = pd.read_csv(StringIO(csv(found))).query("stage != 'baseline'")
    assert settings["balanced_accuracy"].tolist() == [0.5, 1.0]
    assert list(settings["roc_auc_n"]) == [SEEDS, SEEDS]
    assert settings["mae"].isna().all()
    runs = pd.read_csv(StringIO(runs_csv(found)))
    for row, run in zip(runs.itertuples(), found.runs, strict=True):
        assert row.average_precision_end == run.curves.scores_end["average_precision"]
        assert row.f1_best == run.curves.scores_best["f1"]
