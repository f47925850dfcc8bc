"""Knobs of a user's network stand in findings, tables, plots and exports like any other."""

from dataclasses import replace
from io import StringIO

import numpy as np
import pandas as pd
import pytest

from harness.findings import compare, find
from harness.report import comparison_csv, csv, html, markdown
from harness.report.comparison import contrasts
from harness.report.facts import knobs_described
from harness.report.tables import rows, varying_knobs
from harness.report.wording import knob_value
from harness.study import Choice, Range, Trial, settings_from
from tests.report.made_up import made_up_run, search_study
from tests.report.reading import read

NET = "my_nets.py:build"
KNOBS = {
    "channels": Range(low=4, high=64, scale="log"),
    "units": Choice(values=((4, 8), (16,))),
    "score": Choice(values=(1, 2.5)),
    "pool": "max",
    "learning_rate": Range(low=1e-4, high=1e-2, scale="log"),
}


@pytest.fixture(scope="module")
def own():
    """A search of a user's network whose gap grows with its channels."""
    study = search_study(trials=12, network=NET, knobs=KNOBS, name="own")
    draw = np.random.default_rng(0)
    runs = []
    for number in range(12):
        values = {
            "channels": 4 + 5 * number,
            "units": study.searched["units"].values[number % 2],
            "score": study.searched["score"].values[number % 3 > 0],
            "pool": "max",
            "learning_rate": 0.005,
        }
        trial = Trial(number=number, settings=settings_from(values, network=NET), stage="search")
        like = replace(trial, settings=settings_from({"units": 8 + 30 * number}))
        like = replace(like, settings=replace(like.settings, learning_rate=0.005))
        made = [made_up_run(like, seed, draw=draw, epochs=40) for seed in range(5)]
        runs += [replace(run, trial=trial) for run in made]
    return find(study, runs)


def test_the_gap_is_found_to_go_with_an_own_knob(own):
    found = {knob.knob: knob for knob in own.knobs}
    assert found.keys() == {"channels", "units", "score", "learning_rate"}
    assert found["channels"].gap_correlation > 0.9
    assert own.knobs[0].knob == "channels"
    assert {mean.value for mean in found["units"].by_value} == {"[4, 8]", "[16]"}
    assert found["score"].by_value == ()  # numbers in order, whole or not
    assert found["score"].n == 12


def test_tables_have_own_knobs_first_and_leave_out_the_built_in_networks(own):
    assert varying_knobs(own) == ("channels", "score", "units", "learning_rate")
    row = next(row for row in rows(own) if row.setting.trial.number == 0)
    assert row.knobs == ("4", "1", "4-8", "0.005")


def test_an_own_knob_is_told_by_its_network_not_by_a_knob_of_its_name(own):
    meanings = {name: meaning for name, _, meaning in knobs_described(own.study)}
    assert meanings["units"] == meanings["pool"] == "read by my_nets.py:build"
    assert meanings["learning rate"] == "length of a step"


def test_the_page_plots_and_lists_own_knobs(own, provenance):
    page = html(own, provenance)
    root = read(page)
    labels = [e.attrs.get("aria-label", "") for e in root.everything]
    for knob in ("channels", "units", "score"):
        assert any(f"and gap against {knob}" in label for label in labels), knob
    assert "channels: 4 to 64 (log)" in root.text
    assert "dropout:" not in root.text
    text = markdown(own, provenance)
    assert "channels" in text
    assert "4-8" in text


def test_a_csv_holds_own_knobs_apart_from_columns_of_their_names(own):
    table = pd.read_csv(StringIO(csv(own)), dtype=str).sort_values(
        "trial", key=lambda n: n.map(int)
    )
    columns = list(table.columns)
    assert len(columns) == len(set(columns))
    assert columns[3:7] == ["channels", "pool", "knob_score", "units"]
    assert list(table["channels"]) == [str(4 + 5 * number) for number in range(12)]
    assert list(table["units"][:2]) == ["4-8", "16"]
    assert list(table["knob_score"][:2]) == ["1.0", "2.5"]
    assert table["layers"].isna().all()
    first = next(s for s in own.settings if s.trial.number == 0)
    assert float(table["score"].iloc[0]) == pytest.approx(first.score.mean)


def test_a_comparison_with_the_built_in_network_lists_the_knobs_of_both(own, searched, provenance):
    pair = compare(own, searched)
    found = {c.what: (c.a, c.b) for c in contrasts(pair, provenance, provenance)}
    assert found["network"] == (NET, "multi-layer perceptron")
    assert found["channels"] == ("4 to 64 (log)", "–")
    assert found["units"] == ("4-8, 16", "4 to 512 (log)")
    assert found["layers"] == ("–", "2")
    table = pd.read_csv(StringIO(comparison_csv(pair)), dtype=str).query("stage != 'baseline'")
    assert len(table) == len(own.settings) + len(searched.settings)
    theirs = table[table["study"] == "digits"]
    assert theirs["channels"].isna().all()
    assert theirs["units"].notna().all()
    assert set(theirs["verdict"]) == {s.kind.value for s in searched.settings}


@pytest.mark.parametrize(
    ("value", "words"),
    [((4, 8), "4-8"), ((-1, 2), "-1, 2"), ((0.5, 2), "0.5, 2"), (("a", "b"), "a, b")],
)
def test_a_list_reads_as_one_value(value, words):
    assert knob_value(value) == words
