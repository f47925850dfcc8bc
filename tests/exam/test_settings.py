"""The exam of settings, and the cheap models on sheets that are drawn anew."""

import numpy as np
import pytest

from harness.judge import Kind, SettingVerdict
from harness.study import Thresholds
from tests.exam.cheap import baselines_of_exam
from tests.exam.drawing import Sheet, data_of, drawn
from tests.exam.settings import SettingAnswer, setting_answers, settings_scored
from tests.exam.truth import Flag, Truth, most, truths

SEEDS = 4


@pytest.fixture(scope="module")
def sheet():
    """A small study of several seeds a setting: a teacher and few examples."""
    return Sheet(number=5, seed=1, seeds=SEEDS)


@pytest.fixture(scope="module")
def items(sheet):
    return drawn(sheet)


@pytest.mark.long
def test_every_setting_has_its_seeds(items):
    of_trials: dict[int, set[int]] = {}
    for item in items:
        of_trials.setdefault(item.run.trial.number, set()).add(item.run.seed)
    assert [len(seeds) for seeds in of_trials.values()] == [SEEDS] * 7
    assert len({item.run.trial.settings for item in items}) == 7


@pytest.mark.long
def test_the_judge_says_something_of_most_settings(items):
    found = setting_answers(items, truths(items), thresholds=Thresholds())
    row, bins = settings_scored(found)
    assert row["settings"] == 7
    assert row["decides"] > 0.5
    assert sum(each["verdicts"] for each in bins) == sum(each.right is not None for each in found)


@pytest.mark.long
def test_a_sheet_drawn_anew_has_the_same_examples(items, sheet):
    dataset = data_of(sheet, sheet.rng)
    curves = items[0].run.curves
    assert len(dataset.train) == curves.train_examples
    # The constant prediction of a regression is the training mean, here 0.
    fresh = float(np.mean(dataset.test.y.astype(np.float64) ** 2))
    assert fresh == pytest.approx(items[0].constant_loss, rel=1e-6)


@pytest.mark.long
def test_cheap_models_of_a_sheet_are_kept(sheet, tmp_path, capsys):
    first = baselines_of_exam(1, sheets=1, folder=tmp_path)
    again = baselines_of_exam(1, sheets=1, folder=tmp_path)
    assert first == again
    assert [one.name for one in first[0]] == ["logistic regression", "gradient boosting"]
    assert first[0][0].test_loss.n == 4_000
    assert capsys.readouterr().err.count("sheet 0") == 1


def true_of(*kinds: Kind) -> Truth:
    flags = {kind: Flag.NO for kind in Kind if kind not in (Kind.UNCLEAR, Kind.SETTLED)}
    return Truth(flags=flags | dict.fromkeys(kinds, Flag.YES), scale=1.0, floor=0.1)


def said(kind: Kind, *truths: Truth) -> SettingAnswer:
    verdict = SettingVerdict(
        kind=kind, why="", counts={}, collapsed=0.0, confidence=0.9, chances={}, decide_by=""
    )
    return SettingAnswer(truths=truths, verdict=verdict)


def test_of_a_setting_is_true_what_is_true_of_most_of_its_seeds():
    weak, early = true_of(Kind.TOO_WEAK), true_of(Kind.STOPPED_EARLY)
    assert said(Kind.TOO_WEAK, weak, weak, early).right is True
    assert said(Kind.TOO_WEAK, weak, early, early).right is False
    assert said(Kind.TOO_WEAK, weak, early).right is None
    assert said(Kind.TOO_WEAK, early, early).right_fit is True
    assert said(Kind.FITS, weak, early).right_fit is False
    assert said(Kind.UNCLEAR, weak).right is None
    assert most([True, True, None, None]) is None
