"""What the watcher makes of losses, without any library that trains."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import CallbackError
from harness.judge import Kind, judge
from harness.study import Thresholds
from harness.training.verdicts import Measurement, Watcher
from harness.training.verdicts.watcher import LOOKS, told

DOWN = 0.2 + 0.8 * 0.6 ** np.arange(40.0)


def watched(train, validation, *, each=False, seed=0, **options):
    """A watcher that was told these losses, spread over 60 examples where asked."""
    watcher = Watcher(**options)
    spread = np.random.default_rng(seed).normal(0, 0.05, 60)
    spread -= spread.mean()
    for epoch, (one, other) in enumerate(zip(train, validation, strict=True)):
        examples = [
            Measurement(loss=loss, examples=60, each=loss + spread if each else None)
            for loss in (one, other)
        ]
        watcher.record(epoch, *examples)
    return watcher


def rising(start, slope=0.03):
    """Down to 0.4 and from epoch `start` on up again."""
    later = np.clip(np.arange(40.0) - start, 0, None)
    return 0.4 + 0.6 * 0.6 ** np.arange(40.0) + slope * later


def test_nothing_recorded_is_no_verdict():
    watcher = Watcher()
    assert watcher.curves is None
    assert watcher.verdict is None
    assert watcher.overdue is None


def test_the_curves_hold_what_was_recorded():
    watcher = watched(DOWN, rising(12), loss_name="mse", constant_loss=1.0)
    curves = watcher.curves
    assert np.array_equal(curves.train_loss, DOWN)
    assert np.array_equal(curves.validation_loss, rising(12))
    assert (curves.loss_name, curves.constant_loss, curves.score_name) == ("mse", 1.0, "")
    wanted = judge(curves, reference=None, thresholds=Thresholds())
    assert watcher.verdict == wanted


@pytest.mark.parametrize("each", [False, True])
def test_too_long_is_known_soon_after_the_turn_and_not_before(each):
    losses = rising(12)
    watcher = watched(DOWN[:13], losses[:13], each=each)
    assert watcher.overdue is None
    whole = watched(DOWN, losses, each=each)
    assert whole.verdict.kind is Kind.TRAINED_TOO_LONG
    assert 8 <= whole.overdue.epoch <= 13
    assert "go back to the weights of epoch" in whole.overdue.line


def test_one_look_alone_is_no_evidence():
    losses = rising(12)
    first = next(
        count
        for count in range(5, 40)
        if watched(DOWN[:count], losses[:count]).verdict.kind is Kind.TRAINED_TOO_LONG
    )
    for more in range(LOOKS):
        count = first + more
        overdue = watched(DOWN[:count], losses[:count]).overdue
        assert (overdue is not None) == (more == LOOKS - 1)


def test_a_loss_that_only_falls_is_never_too_long():
    watcher = Watcher()
    for epoch, loss in enumerate(DOWN):
        watcher.record(epoch, Measurement(loss=loss), Measurement(loss=loss + 0.02))
        assert watcher.overdue is None


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_after_a_loss_that_is_no_number_nothing_is_recorded(value):
    watcher = watched(DOWN[:8], [*rising(12)[:7], value])
    watcher.record(8, Measurement(loss=0.1), Measurement(loss=0.1))
    assert watcher.epochs == tuple(range(7))
    assert watcher.verdict.kind is Kind.DIVERGED
    assert watcher.verdict.why == "the validation loss was no finite number after epoch 7"


def test_evidence_compares_the_end_with_the_best_epoch():
    losses = rising(12)
    evidence = watched(DOWN, losses, each=True).curves.evidence
    assert evidence.rise.mean == pytest.approx(losses[-1] - losses.min())
    assert evidence.rise.standard_error == pytest.approx(0, abs=1e-12)
    assert evidence.cross_fitted_loss.mean == pytest.approx(losses.min())
    assert evidence.train_loss_end.mean == pytest.approx(DOWN[-1])


def test_scores_called_losses_are_not_judged():
    rising_score = 1 - 0.9 * 0.7 ** np.arange(20.0)
    watcher = watched(rising_score, rising_score - 0.02)
    assert watcher.verdict.kind is Kind.UNCLEAR
    assert watcher.overdue is None


@settings(max_examples=12)
@given(cut=st.integers(1, 39), each=st.booleans())
def test_a_watcher_goes_on_from_json_as_if_never_cut(cut, each):
    whole = watched(DOWN, rising(12), each=each)
    begun = watched(DOWN[:cut], rising(12)[:cut], each=each)
    later = Watcher()
    later.go_on(json.loads(json.dumps(begun.to_json())))
    spread = np.random.default_rng(0).normal(0, 0.05, 60)
    spread -= spread.mean()
    for epoch in range(cut, 40):
        parts = [
            Measurement(loss=loss, examples=60, each=loss + spread if each else None)
            for loss in (DOWN[epoch], rising(12)[epoch])
        ]
        later.record(epoch, *parts)
    assert later.curves.equals(whole.curves)
    assert later.overdue == whole.overdue


def test_other_validation_examples_than_before_are_refused():
    watcher = watched(DOWN[:3], DOWN[:3], each=True)
    fewer = Measurement(loss=0.5, examples=59, each=np.full(59, 0.5))
    with pytest.raises(CallbackError, match="after every epoch; there were 60, now 59"):
        watcher.record(3, fewer, fewer)


def test_a_verdict_is_told_in_one_line():
    line = told(watched(DOWN, rising(12)).verdict)
    assert line.startswith("overfit: trained too long (confidence over 99 %): validation loss")
    assert line.endswith("(more: python -m harness explain trained_too_long)")
    assert "\n" not in line
