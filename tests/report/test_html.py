import math
import re
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from harness.findings import find
from harness.judge import Ending, Kind
from harness.report import html
from harness.report.palette import TONES
from harness.study import Arm, settings_from
from tests.report.made_up import arm_runs, arms_study, failed, search_runs, search_study
from tests.report.reading import read


@pytest.fixture(scope="module")
def page(searched, provenance):
    return html(searched, provenance)


@pytest.fixture(scope="module")
def arms_page(armed, provenance):
    return html(armed, provenance)


def test_a_page_needs_nothing_from_outside(page, arms_page):
    for text in (page, arms_page):
        assert "http" not in text
        assert "@import" not in text
        targets = [
            e.attrs[k] for e in read(text).everything for k in ("href", "src") if k in e.attrs
        ]
        assert targets
        assert all(target.startswith("#") for target in targets)
        assert all(found.startswith("#") for found in re.findall(r"url\(([^)]*)\)", text))


def test_every_picture_says_what_it_shows(page, arms_page):
    for text in (page, arms_page):
        for svg in read(text).all("svg"):
            told = svg.attrs.get("aria-label", "").strip()
            assert told or svg.attrs.get("aria-hidden") == "true"
            assert "nan" not in told


def test_every_id_is_given_once_and_every_reference_is_met(page, arms_page):
    for text in (page, arms_page):
        elements = read(text).everything
        ids = Counter(e.attrs["id"] for e in elements if "id" in e.attrs)
        assert all(n == 1 for n in ids.values()), ids.most_common(3)
        wanted = {e.attrs["aria-labelledby"] for e in elements if "aria-labelledby" in e.attrs}
        wanted |= {e.attrs["href"].removeprefix("#") for e in elements if "href" in e.attrs}
        wanted |= set(re.findall(r"url\(#([^)]*)\)", text))
        assert wanted <= ids.keys()


def test_plots_hold_no_colour_of_their_own(page, arms_page):
    for text in (page, arms_page):
        for svg in re.findall(r"<svg.*?</svg>", text, flags=re.S):
            styles = re.findall(r'(?:style|fill|stroke)="([^"]*)"', svg)
            paints = [p for s in styles for p in re.findall(r"(?:fill|stroke): ([^;]+)", s)]
            assert all(paint.startswith("var(--") or paint == "none" for paint in paints), paints
            assert not re.search(r"#[0-9a-f]{6}\b", re.sub(r'(?:url\(|href=")#\w+', "", svg))


def test_every_plain_shape_in_a_plot_is_painted(page):
    """A path without a fill is black in SVG, whatever the page's mode."""
    for svg in [e for e in read(page).all("svg") if e.attrs.get("class") == "plot"]:
        for shape in [e for e in svg.everything if e.tag in ("path", "text")]:
            if any(p.tag == "defs" for p in _above(shape)):
                continue
            styles = "; ".join(e.attrs.get("style", "") for e in [shape, *_above(shape)])
            assert "fill" in styles, shape


def test_the_title_is_the_question_and_the_answer_follows(page, searched):
    root = read(page)
    assert root.all("title")[0].text == searched.study.question
    header = root.all("header")[0]
    places = [child.tag for child in header.children]
    answer = header.children[places.index("h1") + 1]
    assert header.all("h1")[0].text == searched.study.question
    assert answer.text == " ".join(searched.answer.split())


def test_all_settings_are_in_the_table(page, arms_page, searched, armed):
    for text, findings in ((page, searched), (arms_page, armed)):
        table = read(text).all("table")[1]
        heads = [row.children[0].text for row in table.all("tbody")[0].all("tr")]
        for setting in findings.settings:
            assert any(re.fullmatch(rf"{setting.label}( .*)?", head) for head in heads)
        assert len(heads) == len(findings.settings)


def test_table_heads_have_a_scope(page):
    for head in read(page).all("th"):
        assert head.attrs["scope"] in ("row", "col")


def test_the_verdict_strip_counts_every_setting(page, searched):
    strip = next(e for e in read(page).everything if e.attrs.get("class") == "strip")
    counts = [int(n) for n in re.findall(r"(\d+) ", strip.attrs["aria-label"])]
    assert sum(counts) == len(searched.settings)


def test_failed_and_diverged_runs_are_named_with_their_reason(page, searched):
    table = read(page).all("table")[2]
    assert searched.failed
    assert searched.diverged
    for run in (*searched.failed, *searched.diverged):
        row = next(row for row in table.all("tr") if row.children[0].text == run.name)
        assert [run.trial.label, run.ending.value, run.reason] == [c.text for c in row.children[1:]]


def test_every_verdict_is_explained(page):
    told = read(page).text
    for kind in Kind:
        assert kind.words in told


def test_it_says_how_it_was_obtained(page, provenance):
    told = read(page).text
    for line in (provenance.command, provenance.edition, "torch 2.13.0", "5 seeds a setting"):
        assert line in told
    for line in ("units: 4 to 512 (log)", "optimizer: sgd, adam", "16 trials, tpe"):
        assert line in told


def test_text_from_outside_is_shown_and_never_run(provenance):
    evil = "<script>alert('x')</script>"
    study = arms_study(question=f"Is {evil} a & b?")
    study = replace(study, arms=tuple(replace(a, name=f"{a.name}<b>&") for a in study.arms))
    runs = arm_runs(study)
    runs[3] = failed(runs[3].trial, runs[3].seed, reason=f"ValueError: {evil}")
    text = html(find(study, runs), replace(provenance, command=evil, data=(evil,)))
    root = read(text)
    assert len(root.all("script")) == 1
    assert not root.all("b")
    assert root.all("h1")[0].text == study.question
    assert any(cell.text == f"ValueError: {evil}" for cell in root.all("td"))


def test_the_same_findings_make_the_same_bytes(searched, provenance, page):
    assert html(searched, provenance) == page


def test_points_tell_what_they_are(page, searched):
    tips = [e.text for e in read(page).all("title")]
    for setting in searched.settings:
        assert any(tip.startswith(f"{setting.label} · {setting.kind.words}") for tip in tips)


def test_ticks_of_small_numbers_keep_their_digits(page):
    assert "0.0001" in [e.text for e in read(page).all("text")]


def test_arms_are_compared_with_the_first(arms_page, armed):
    told = read(arms_page).text
    assert "Compared with small" in told
    for item in armed.differences:
        assert item.sentence in told


def test_a_key_setting_whose_loss_leaves_the_picture_says_so(provenance):
    study = arms_study()
    runs = arm_runs(study)
    steep = [_steeper(r) if r.trial.name == "large" else r for r in runs]
    assert "goes on above the picture" not in html(find(study, runs), provenance)
    assert "goes on above the picture" in html(find(study, steep), provenance)


def test_a_study_without_scores_has_neither_column_nor_curve(provenance):
    study = arms_study()
    runs = [_without_score(run) for run in arm_runs(study)]
    root = read(html(find(study, runs), provenance))
    heads = [th.text for th in root.all("th")]
    assert not any("accuracy" in head for head in heads)
    assert len([s for s in root.all("svg") if s.attrs.get("class") == "plot"]) == 3 + 2


def test_one_seed_gives_a_mean_and_no_interval(provenance):
    study = search_study(trials=4)
    runs = [run for run in search_runs(study, trials=4) if run.seed == 0]
    table = read(html(find(study, runs), provenance)).all("table")[0]
    assert "±" not in table.all("tbody")[0].text


def test_settings_that_only_failed_are_listed_without_numbers(provenance):
    study = arms_study()
    runs = [failed(r.trial, r.seed) for r in arm_runs(study)]
    assert all(run.ending is Ending.FAILED for run in runs)
    table = read(html(find(study, runs), provenance)).all("table")[0]
    assert "–" in [cell.text for cell in table.all("td")]
    assert len(table.all("tbody")[0].all("tr")) == 3


def test_a_study_that_only_teaches_has_training_curves(provenance):
    study = arms_study()
    runs = [_without_validation(run) for run in arm_runs(study)]
    root = read(html(find(study, runs), provenance))
    labels = [s.attrs["aria-label"] for s in root.all("svg") if s.attrs.get("class") == "plot"]
    assert any("training ends at" in label for label in labels)
    assert not any("validation ends" in label for label in labels)


def test_of_many_arms_the_first_are_drawn_and_all_are_listed(provenance):
    arms = tuple(Arm(name=f"of {u}", settings=settings_from({"units": u})) for u in range(4, 14))
    study = arms_study(arms=arms)
    root = read(html(find(study, arm_runs(study, seeds=2)), provenance))
    assert "The curves of the first 8 arms" in [h.text for h in root.all("h2")]
    assert len(root.all("table")[0].all("tbody")[0].all("tr")) == 10
    drawn = [s.attrs["aria-label"] for s in root.all("svg") if s.attrs.get("class") == "plot"]
    assert sum(label.startswith("cross-entropy against epochs") for label in drawn) == 8


def test_scores_that_are_negative_or_undefined_are_drawn_as_far_as_they_go(provenance):
    study = arms_study()
    runs = [_regression(run) for run in arm_runs(study)]
    root = read(html(find(study, runs), provenance))
    assert "R² at end" in [th.text for th in root.all("th")]
    assert "mean squared error" in [text.text for text in root.all("text")]


def test_a_large_search_stays_below_two_megabytes(provenance):
    study = search_study(trials=64)
    text = html(find(study, search_runs(study, trials=64, epochs=300)), provenance)
    assert len(text.encode()) < 2_000_000


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("ground", ["page", "card"])
def test_every_tone_can_be_read_on_either_ground(mode, ground):
    behind = getattr(TONES[ground], mode)
    for name in TONES.keys() - {"page", "card", "line"}:
        assert _contrast(getattr(TONES[name], mode), behind) >= 4.5, name


def _above(element):
    while element.parent is not None:
        element = element.parent
        yield element


def _contrast(one, other):
    """WCAG 2.1, contrast ratio."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _steeper(run):
    loss = run.curves.validation_loss + np.linspace(0, 9, len(run.curves.epochs))
    return replace(run, curves=replace(run.curves, validation_loss=loss))


def _regression(run):
    score = run.curves.validation_score * 3 - 2
    score[0] = math.nan
    names = {"loss_name": "mse", "score_name": "r2"}
    return replace(run, curves=replace(run.curves, validation_score=score, **names))


def _without_score(run):
    nothing = {"train_score": np.empty(0), "validation_score": np.empty(0), "score_name": ""}
    return replace(run, curves=replace(run.curves, **nothing))


def _without_validation(run):
    nothing = {"validation_loss": np.empty(0), "validation_score": np.empty(0)}
    curves = replace(run.curves, **nothing, constant_loss=math.nan, validation_examples=0)
    return replace(run, curves=curves, verdict=None)
