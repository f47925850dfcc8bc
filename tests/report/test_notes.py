"""What a page says beside its figures: units, seeds, and how the best was chosen."""

from dataclasses import replace

import pytest

from harness.findings import find
from harness.report import html, markdown
from harness.report.facts import aim
from harness.study import Search
from tests.report.made_up import search_runs, search_study
from tests.report.reading import read

UNITS = "losses are mean squared errors of the standardised target: multiply by 77.1² for mg²"


def test_the_unit_of_a_loss_stands_under_the_answer_and_among_the_facts(armed, provenance):
    described = replace(provenance, units=UNITS)
    root = read(html(armed, described))
    shown = f"Losses{UNITS.removeprefix('losses')}."
    assert shown in root.all("header")[0].text
    assert UNITS in root.all("dl")[0].text
    text = markdown(armed, described)
    assert text.index(shown) < text.index("| verdict |")
    assert text.count(UNITS) == 1


def test_a_unit_among_the_lines_of_the_data_is_not_repeated(armed, provenance):
    text = markdown(armed, replace(provenance, units=UNITS, data=("diabetes", UNITS)))
    assert text.count(UNITS) == 1


def test_the_best_says_how_it_was_chosen_where_the_search_looked_for_else(provenance):
    study = search_study(trials=3)
    runs = search_runs(study, trials=3, seeds=2)
    note = "although the search looked for the highest accuracy at the end."
    other = Search(trials=3, objective="accuracy_end", direction="maximize")
    for made in (html, markdown):
        assert note in made(find(replace(study, search=other), runs), provenance)
        assert "although the search" not in made(find(study, runs), provenance)


@pytest.mark.parametrize(
    ("search", "words"),
    [
        ({}, "lowest cross-fitted loss"),
        ({"objective": "validation_loss_end"}, "lowest validation loss at the end"),
        ({"objective": "stop_epoch", "direction": "minimize"}, "lowest stop epoch"),
        (
            {"objective": "roc_auc_best", "direction": "maximize"},
            "highest ROC AUC at the best epoch",
        ),
    ],
)
def test_what_a_search_looks_for_reads_as_words(search, words):
    assert aim(Search(trials=3, **search)) == words


def test_one_seed_is_not_called_several(provenance):
    study = search_study(trials=3)
    runs = search_runs(study, trials=3, seeds=1)
    one = read(html(find(study, runs), provenance)).all("main")[0].text
    assert "Every setting was trained from one seed." in one
    assert "mean over seeds, in" not in one
    assert "thin lines" not in one
