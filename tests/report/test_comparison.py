import re
from collections import Counter
from dataclasses import replace
from io import StringIO

import pandas as pd
import pytest

from harness.findings import compare, find
from harness.report import comparison_csv, comparison_html, comparison_markdown
from harness.report.comparison import contrasts
from harness.study import Thresholds
from tests.report.made_up import arm_runs, arms_study
from tests.report.reading import read


@pytest.fixture(scope="module")
def pair(searched, armed):
    return compare(searched, armed)


@pytest.fixture(scope="module")
def page(pair, provenance):
    return comparison_html(pair, provenance, provenance)


def test_both_questions_answers_and_all_settings_are_on_the_page(page, pair, searched, armed):
    root = read(page)
    assert pair.answer in root.text
    heads = [th.text for table in root.all("table") for th in table.all("th")]
    for findings in (searched, armed):
        assert findings.study.question in root.text
        assert " ".join(findings.answer.split()) in root.text
        for setting in findings.settings:
            assert any(re.fullmatch(rf"{setting.label}( .*)?", head) for head in heads)


def test_a_comparison_needs_nothing_from_outside_and_gives_each_id_once(page):
    assert "http" not in page
    ids = Counter(e.attrs["id"] for e in read(page).everything if "id" in e.attrs)
    assert all(n == 1 for n in ids.values()), ids.most_common(3)


def test_it_lists_what_differs_and_only_that(pair, provenance):
    newer = replace(provenance, versions={"Python": "3.11.7", "torch": "2.14.0"})
    found = {c.what: (c.a, c.b) for c in contrasts(pair, provenance, newer)}
    assert found["units"] == ("4 to 512 (log)", "4, 32, 512")
    assert found["layers"] == ("2", "1")
    assert found["torch"] == ("2.13.0", "2.14.0")
    assert found["settings"] == ("16 by tpe search", "3 named")
    assert found.keys().isdisjoint({"Python", "batch", "edition", "examples"})


def test_other_thresholds_are_a_difference(provenance):
    study, runs = arms_study(), arm_runs(arms_study())
    strict = replace(study, thresholds=Thresholds(fits=0.1))
    args = (compare(find(study, runs), find(strict, runs)), provenance, provenance)
    assert [(c.what, c.a, c.b) for c in contrasts(*args)] == [("threshold fits", "0.15", "0.1")]
    assert "threshold fits" in comparison_markdown(*args)


def test_equal_studies_differ_in_nothing(armed, provenance):
    args = (compare(armed, armed), provenance, provenance)
    assert contrasts(*args) == ()
    assert "Nothing: training, knobs, thresholds and versions" in comparison_html(*args)


def test_the_comparisons_rows_say_whose_they_are(pair):
    table = pd.read_csv(StringIO(comparison_csv(pair)))
    assert dict(Counter(table["study"])) == {"digits": 16 + 2, "first": 3 + 2}
    cheap = table[table["stage"] == "baseline"]
    assert dict(Counter(cheap["study"])) == {"digits": 2, "first": 2}
