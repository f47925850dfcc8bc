"""Networks beside cheap models, as pages and tables show them."""

from dataclasses import replace
from io import StringIO

import pandas as pd
import pytest

from harness.curves import Estimate
from harness.findings import compare, find, new_loss, worth
from harness.report import comparison_html, comparison_markdown, csv, html, markdown
from harness.report.wording import Z95
from harness.study import settings_from
from tests.report.made_up import arm_runs, arms_study, baselines
from tests.report.reading import read


def table_of(page):
    section = next(s for s in read(page).all("section") if s.attrs["aria-labelledby"] == "worth")
    return section, [[cell.text for cell in row.children] for row in section.all("tr")]


def test_the_best_setting_stands_above_the_cheap_models_and_the_constant(armed, provenance):
    section, rows = table_of(html(armed, provenance))
    assert section.all("h2")[0].text == "Is the network worth it?"
    assert section.all("p")[0].text == worth(armed).sentence
    assert rows[0] == ["model", "training examples", "wrong targets", "validation loss", "accuracy"]
    assert [row[0] for row in rows[1:]] == [
        "large network",
        "logistic regression",
        "gradient boosting",
        "constant",
    ]
    assert rows[2][1:] == ["1,078", "0%", "0.500 ± 0.039", "0.833"]
    assert rows[4][1:] == ["1,078", "0%", "2.30", "–"]


def test_a_networks_spread_is_that_of_new_examples(armed, provenance):
    best = armed.best
    network = table_of(html(armed, provenance))[1][1]
    assert network[3].endswith(f"± {new_loss(best).half:.3f}")
    assert new_loss(best).half > best.cross_fitted_loss.half
    seeds = [run.curves.validation_score[run.curves.best] for run in best.runs]
    assert float(network[4]) == pytest.approx(sum(seeds) / len(seeds), abs=6e-4)


def test_each_number_of_examples_has_its_best_network_and_its_models(provenance):
    study = arms_study()
    few = replace(study.arms[0], name="few", settings=settings_from({"train_size": 100}))
    runs = [*arm_runs(study), *arm_runs(replace(study, arms=(few,)))]
    runs[18:] = [
        replace(
            run,
            trial=replace(run.trial, number=9),
            curves=replace(run.curves, train_examples=100),
        )
        for run in runs[18:]
    ]
    models = [*baselines(0.5, 0.6), *baselines(0.8, 0.9, train_examples=100, learned_from=60)]
    found = find(replace(study, arms=(*study.arms, few)), runs, baselines=models)
    _, rows = table_of(html(found, provenance))
    assert [row[0] for row in rows[1:]] == [
        *("large network", "logistic regression", "gradient boosting", "constant"),
        *("few network", "logistic regression", "gradient boosting", "constant"),
    ]
    assert rows[6][1] == "60 of 100"


def test_without_cheap_models_nothing_is_said(provenance):
    study = arms_study()
    found = find(study, arm_runs(study))
    for page in (html(found, provenance), markdown(found, provenance)):
        assert "worth it" not in page
        assert "cheap models" not in page


def test_the_luck_of_the_split_is_told_among_the_facts(provenance):
    study = arms_study()
    linear, boosted = baselines(0.3, 0.2)
    easy = replace(linear, hardness=Estimate(mean=-0.2, standard_error=0.1, n=40))
    told = markdown(find(study, arm_runs(study), baselines=[easy, boosted]), provenance)
    assert (
        "the luck of the split: logistic regression, cross-validated, finds the validation "
        "examples easier by 0.200 than all that they were drawn with; a draw of 40 is off by "
        "about 0.100"
    ) in told
    unknown = [replace(linear, hardness=None), boosted]
    told = markdown(find(study, arm_runs(study), baselines=unknown), provenance)
    assert "luck of the split" not in told


def test_a_network_whose_output_is_the_loss_has_none_beside_it(provenance):
    study = arms_study()
    study = replace(study, training=replace(study.training, loss="output"))
    line = "cheap models: none, for the network's own output is the loss"
    assert line in markdown(find(study, arm_runs(study)), provenance)


def test_comparisons_ask_it_of_both_studies(armed, searched, provenance):
    pair = (compare(searched, armed), provenance, provenance)
    titles = [h4.text for h4 in read(comparison_html(*pair)).all("h4")]
    asked = [f"Is the network of {name} worth it?" for name in ("digits", "first")]
    assert [title for title in titles if "worth it" in title] == asked
    told = comparison_markdown(*pair)
    assert all(f"## {title}\n" in told for title in asked)


def test_a_csv_has_a_row_for_every_cheap_model(armed):
    table = pd.read_csv(StringIO(csv(armed)))
    cheap = table[table["stage"] == "baseline"]
    assert list(cheap["setting"]) == ["logistic regression", "gradient boosting"]
    assert list(cheap["validation_loss"]) == [0.5, 0.55]
    assert list(cheap["true_loss_error"]) == [0.02, 0.02]
    assert list(cheap["train_size"].astype(int)) == [1078, 1078]
    assert cheap["verdict"].isna().all()
    assert cheap["trial"].isna().all()


def test_the_markdown_says_it_like_the_page(armed, provenance):
    told = markdown(armed, provenance)
    assert f"## Is the network worth it?\n\n{worth(armed).sentence}" in told
    half = Z95 * 0.02
    assert f"| gradient boosting | 1,078 | 0% | 0.550 ± {half:.3f} | 0.817 |" in told
