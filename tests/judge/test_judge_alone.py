"""A log's curves alone: what a training loss can show, and where only a doubt is honest."""

import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.curves import Curves
from harness.judge import Ending, Kind, judge, judge_alone, judge_train_only
from harness.study import Thresholds

EPOCHS = np.arange(1.0, 41.0)
FALLING = np.exp(-EPOCHS / 8) + 0.1


def curves(train, validation=()):
    """A log's curves with these losses."""
    return Curves(
        epochs=np.arange(1.0, len(train) + 1),
        train_loss=np.asarray(train, dtype=float),
        validation_loss=np.asarray(validation, dtype=float),
        train_score=np.array([]),
        validation_score=np.array([]),
        loss_name="",
        score_name="",
        constant_loss=math.nan,
        train_examples=0,
        validation_examples=0,
    )


def alone(train, validation=(), **ending):
    """The verdict on a log."""
    return judge_alone(curves(train, validation), thresholds=Thresholds(), **ending)


@pytest.mark.parametrize(
    ("train", "kind", "why"),
    [
        (FALLING, Kind.UNCLEAR, "ends at 0.108 and hardly falls any more; without a validation"),
        (2 - EPOCHS / 40, Kind.UNCLEAR, "still falls: the last quarter took off 23 % of all"),
        (1 + EPOCHS / 10, Kind.DIVERGED, "ends at 4.90, above its start's 1.10"),
        ([*FALLING[:20], *(3 * FALLING[19::-1])], Kind.DIVERGED, "above its start's 0.982"),
        ([*FALLING[:20], *FALLING[19:9:-1]], Kind.UNCLEAR, "hardly falls any more"),
        (
            [*FALLING[:20], *FALLING[19:2:-1]],
            Kind.DIVERGED,
            "fell to 0.193 .epoch 19. and climbed back to 0.635",
        ),
        ([0.693] * 9, Kind.CONSTANT, "ends at 0.693, hardly below its start's 0.693"),
        ([0.0] * 9, Kind.UNCLEAR, "the losses leave no scale to read them against"),
        ([0.5], Kind.UNCLEAR, "1 measured epoch shows no course; 4 are needed"),
        ([0.5, 0.4, 0.3], Kind.UNCLEAR, "3 measured epochs show no course; 4 are needed"),
        (np.linspace(0.3, 0.9, 20), Kind.UNCLEAR, "a score, better when higher, may have been"),
    ],
)
def test_a_training_loss_shows_what_it_can(train, kind, why):
    verdict = alone(train)
    assert verdict.kind is kind
    assert re.search(why, verdict.why)
    score = "a score" in verdict.why
    assert (verdict.decide_by == "a validation curve") == (kind is Kind.UNCLEAR and not score)
    assert {quantity.name for quantity in verdict.quantities} <= {
        "train_loss_start",
        "train_loss_best",
        "train_loss_end",
        "train_drop_last_quarter",
    }


def test_a_training_loss_alone_never_says_overfit_or_fits():
    rng = np.random.default_rng(0)
    for _ in range(50):
        walk = np.abs(np.cumsum(rng.normal(-0.02, 0.1, size=30)) + 2)
        kind = judge_train_only(curves(walk), thresholds=Thresholds()).kind
        assert kind in (Kind.DIVERGED, Kind.CONSTANT, Kind.UNCLEAR)


@given(st.floats(1e-3, 1e3))
def test_the_unit_of_a_training_loss_does_not_matter(factor):
    for train in (FALLING, 2 - EPOCHS / 40, 1 + EPOCHS / 10):
        scaled = judge_train_only(curves(factor * train), thresholds=Thresholds())
        assert scaled.kind is judge_train_only(curves(train), thresholds=Thresholds()).kind


def test_a_loss_without_a_number_diverged_whatever_came_before():
    verdict = alone([0.6], ending=Ending.DIVERGED, reason="loss is nan from line 3 on")
    assert (verdict.kind, verdict.why) == (Kind.DIVERGED, "loss is nan from line 3 on")


def test_accuracies_read_as_losses_are_unclear_and_not_diverged():
    accuracy = 1 - FALLING / 2
    verdict = alone(accuracy, accuracy - 0.05)
    assert verdict.kind is Kind.UNCLEAR
    assert "both losses rise within 0 and 1 from the first epoch on" in verdict.why


def test_with_validation_a_log_is_judged_as_any_run():
    rising = FALLING + np.maximum(EPOCHS - 10, 0) / 30
    given_curves = curves(FALLING, rising)
    verdict = judge_alone(given_curves, thresholds=Thresholds())
    assert verdict == judge(given_curves, reference=None, thresholds=Thresholds())
    assert verdict.kind is Kind.TRAINED_TOO_LONG
