"""A study that only teaches: no validation part, so no verdicts."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from harness.findings import find
from harness.report import csv, html, markdown
from harness.report.verdicts import kind_of, verdict_words
from tests.report.made_up import arm_runs, arms_study, failed, search_runs, search_study
from tests.report.reading import read

NOT_JUDGED = "not judged: no validation part"


@pytest.fixture(scope="module")
def taught():
    study = arms_study()
    return find(study, [untested(run) for run in arm_runs(study)])


@pytest.fixture(scope="module")
def search_taught():
    study = search_study(trials=10)
    return find(study, [untested(run) for run in search_runs(study, trials=10, seeds=2)])


def untested(run):
    nothing = {"validation_loss": np.empty(0), "validation_score": np.empty(0)}
    curves = replace(
        run.curves, **nothing, constant_loss=math.nan, validation_examples=0, evidence=None
    )
    return replace(run, curves=curves, verdict=None)


def test_the_page_says_that_nothing_was_judged(taught, provenance):
    root = read(html(taught, provenance))
    assert not [e for e in root.everything if e.attrs.get("class") == "strip"]
    assert f"{NOT_JUDGED} 3 of 3" in root.all("header")[0].text
    heads = [figure.all("div")[0].text for figure in root.all("figure")]
    assert heads == [f"{name} {NOT_JUDGED}" for name in ("small", "right", "large")]
    assert "unclear" not in root.all("main")[0].text


def test_the_table_shows_the_training_loss(taught, provenance):
    table = read(html(taught, provenance)).all("table")[0]
    assert table.all("th")[-4].text == "training loss at end"
    for row, setting in zip(table.all("tbody")[0].all("tr"), taught.settings, strict=True):
        assert float(row.children[-1].attrs["data-sort"]) == setting.train_loss.mean
    text = markdown(taught, provenance)
    assert f"| small | 4 | {NOT_JUDGED} | 6 |" in text
    assert "| training loss at end |" in text


def test_neither_validation_nor_verdicts_are_explained(taught, provenance):
    root = read(html(taught, provenance))
    legend = next(e for e in root.everything if e.attrs.get("aria-label", "").startswith("How the"))
    assert "validation" not in legend.text
    assert "dot" not in legend.text
    assert "memorising" not in root.text
    assert "What the verdicts mean" not in markdown(taught, provenance)


def test_a_search_draws_training_curves_and_no_gap(search_taught, provenance):
    root = read(html(search_taught, provenance))
    drawn = [s.attrs["aria-label"] for s in root.all("svg") if s.attrs.get("class") == "plot"]
    assert sum(label.startswith("cross-entropy against epochs") for label in drawn) == 8
    assert not any("gap" in label for label in drawn)
    assert "each searched knob" not in root.text
    assert "each searched knob" not in markdown(search_taught, provenance)


def test_the_lowest_training_loss_comes_first_in_a_search(search_taught, provenance):
    table = read(html(search_taught, provenance)).all("table")[0]
    losses = [float(row.children[-1].attrs["data-sort"]) for row in table.all("tr")[1:]]
    assert losses == sorted(losses)


def test_an_export_leaves_the_verdict_empty(taught, tmp_path):
    (tmp_path / "first.csv").write_text(csv(taught), encoding="utf-8")
    table = pd.read_csv(tmp_path / "first.csv")
    assert table[["verdict", "fit", "seeds_agreeing"]].isna().all(axis=None)
    assert table["seeds"].tolist() == [6, 6, 6]


def test_a_setting_whose_runs_all_failed_says_so_instead():
    study = arms_study()
    runs = [failed(r.trial, r.seed) if r.trial.number == 0 else r for r in arm_runs(study)]
    lost, learned, _ = find(study, runs).settings
    assert kind_of(lost) is None
    assert verdict_words(lost) == "not judged: every run failed"
    assert verdict_words(learned) == learned.kind.words
