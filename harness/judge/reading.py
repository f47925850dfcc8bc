"""What the rules look at: a run's smoothed curves, boiled down to figures."""

import math
from dataclasses import dataclass, replace
from weakref import WeakKeyDictionary

import numpy as np

from harness.curves import Curves, Estimate
from harness.judge.reference import Reference
from harness.judge.smoothing import before_end, reach, roughness, smoothed
from harness.study import Thresholds

SCORE_ERROR = 0.02
"""Taken for the standard error of a score that is no share of examples, or of how many is
unknown; our choice."""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """The figures of one run; losses in the run's own unit, ends and minima smoothed.

    Args:
        points: epochs measured.
        first_epoch, last_epoch: the ends of the curves.
        best_epoch: where the smoothed validation loss is lowest.
        validation_best, validation_end: the smoothed validation loss there and at the end.
        validation_quarter, validation_tenth: the smoothed validation loss a quarter and a tenth
            of the epochs before the end.
        low_quarter, low_half: the lowest smoothed validation loss until then, and until half.
        raw_rise: validation loss at the end above its minimum, as measured.
        validation_error: standard error of the validation loss at the end from its examples;
            NaN without evidence.
        roughness: how far the validation loss jumps from epoch to epoch, as a standard
            deviation; 0 below three points.
        train_level: what training must fall below to have learned: the constant's loss, or
            the run's own first training loss where that is higher (the constant's is over
            validation examples, and the training part may be harder).
        train_floor: the least that counts as a scale of training losses.
        train_best: the smoothed training loss where it is lowest.
        train_best_epoch: that epoch.
        train_end: the smoothed training loss at the end.
        train_tenth, train_quarter, train_half: the smoothed training loss so much earlier.
        constant: loss of the best constant prediction; the higher first loss where unknown.
        constant_known: whether `constant` is that loss.
        reference: the best level known for this data and size; NaN without one.
        reference_of: the cheap model whose level that is; empty where it is other runs'.
        known_settings: settings of this data and size, its own included; 0 where nobody counted.
        scale: what there is to learn, s; positive, or 0 where nothing could be learned.
        progress: how far the run came below the constant (or below its start, if lower).
        gap_error: standard error of the gap from its examples; without evidence the
            roughness stands in.
        rise_evidence: end minus best epoch, example by example; None without it.
        score_start: the first validation score, or 0 where it is negative (an R² worse than a
            constant's); NaN without a score.
        score_best, score_end: the smoothed validation score's best and last; NaN without one.
        score_error: standard error of a difference of two scores.
    """

    points: int
    first_epoch: float
    last_epoch: float
    best_epoch: float
    validation_best: float
    validation_end: float
    validation_quarter: float
    validation_tenth: float
    low_quarter: float
    low_half: float
    raw_rise: float
    validation_error: float
    roughness: float
    train_level: float
    train_floor: float
    train_best: float
    train_best_epoch: float
    train_end: float
    train_tenth: float
    train_quarter: float
    train_half: float
    constant: float
    constant_known: bool
    reference: float
    reference_of: str
    known_settings: int
    scale: float
    progress: float
    gap_error: float
    rise_evidence: Estimate | None
    score_start: float
    score_best: float
    score_end: float
    score_error: float

    @property
    def rise(self) -> float:
        """Validation loss at the end above its minimum."""
        return self.validation_end - self.validation_best

    @property
    def gap(self) -> float:
        """Validation minus training loss at the end."""
        return self.validation_end - self.train_end

    @property
    def climb(self) -> float:
        """Training loss at the end above its minimum."""
        return self.train_end - self.train_best

    @property
    def train_scale(self) -> float:
        """What a change of the training loss is measured against.

        `scale` is about validation examples. Where training examples are harder, it is too
        fine for training losses, and their jitter would look like ruin.
        """
        return max(self.scale, self.train_floor)

    @property
    def climb_lost(self) -> float:
        """How much of what training had learned it lost again, as a share; 0 if nothing."""
        learned = self.train_level - self.train_best
        return self.climb / learned if learned > 0 else 0.0

    @property
    def drop(self) -> float:
        """What the last quarter of the epochs took off the validation loss."""
        return self.validation_quarter - self.validation_end

    @property
    def referenced(self) -> bool:
        """Whether a reference is known."""
        return not math.isnan(self.reference)

    @property
    def score_gained(self) -> float:
        """The score's end above its start; NaN without a score."""
        return self.score_end - self.score_start

    @property
    def score_lost(self) -> float:
        """The score's best minus its end; NaN without a score."""
        return self.score_best - self.score_end

    def share(self, loss: float) -> float:
        """A difference of losses as a share of what there is to learn."""
        return loss / self.scale


def read(curves: Curves, *, reference: Reference | None, thresholds: Thresholds) -> Reading:
    """The figures of curves with a validation part.

    A reference from too few runs and without a cheap model is none. Nor is one that is not at
    least `thresholds.constant` below the constant's loss: then nobody has learned anything that
    could be compared.
    """
    alone = _alone(curves.counted, thresholds)
    if reference is None:
        return alone
    alone = replace(alone, known_settings=reference.settings)
    level = reference.level(others=thresholds.others)
    learnable = alone.constant - level
    if not learnable >= thresholds.constant * abs(alone.constant):  # NaN is no level
        return alone
    cheap = reference.cheap
    of = cheap.name if cheap is not None and cheap.validation_loss.mean == level else ""
    return replace(alone, reference=level, reference_of=of, scale=max(learnable, 0.0))


def _alone(curves: Curves, thresholds: Thresholds) -> Reading:
    """The figures that do not depend on other runs; curves never change, so read once."""
    known = _READ.setdefault(curves, {})
    asked = (thresholds.smoothing, thresholds.loss_share)
    if asked not in known:
        known[asked] = _read(curves, window=asked[0], loss_share=asked[1])
    return known[asked]


_READ: WeakKeyDictionary[Curves, dict[tuple[int, float], Reading]] = WeakKeyDictionary()
"""A study judges all its runs after each chunk: without this, most of the time goes here."""


def _read(curves: Curves, *, window: int, loss_share: float) -> Reading:
    validation = smoothed(curves.validation_loss, window=window)
    train = smoothed(curves.train_loss, window=window)
    best, train_best = int(validation.argmin()), int(train.argmin())
    first, constant = float(curves.validation_loss[0]), _constant(curves)
    lowest = float(validation[best])
    lowest_so_far = np.minimum.accumulate(validation)
    own = max(constant - lowest, loss_share * abs(constant))
    rough = roughness(curves.validation_loss)
    train_level = max(constant, float(curves.train_loss[0]))
    return Reading(
        points=len(validation),
        first_epoch=float(curves.epochs[0]),
        last_epoch=float(curves.epochs[-1]),
        best_epoch=_epoch(curves, best, window=window),
        validation_best=lowest,
        validation_end=float(validation[-1]),
        validation_quarter=before_end(validation, curves.epochs, 0.25),
        validation_tenth=before_end(validation, curves.epochs, 0.1),
        low_quarter=before_end(lowest_so_far, curves.epochs, 0.25),
        low_half=before_end(lowest_so_far, curves.epochs, 0.5),
        raw_rise=curves.rise,
        validation_error=_validation_error(curves),
        roughness=rough,
        train_level=train_level,
        train_floor=loss_share * abs(train_level),
        train_best=float(train[train_best]),
        train_best_epoch=_epoch(curves, train_best, window=window),
        train_end=float(train[-1]),
        train_tenth=before_end(train, curves.epochs, 0.1),
        train_quarter=before_end(train, curves.epochs, 0.25),
        train_half=before_end(train, curves.epochs, 0.5),
        constant=constant,
        constant_known=math.isfinite(curves.constant_loss),
        reference=math.nan,
        reference_of="",
        known_settings=0,
        scale=max(own, 0.0),
        progress=min(constant, first) - lowest,
        gap_error=_gap_error(curves, otherwise=rough),
        rise_evidence=None if curves.evidence is None else curves.evidence.rise,
        **_scores(curves, window=window),
    )


def _epoch(curves: Curves, index: int, *, window: int) -> float:
    # The first values are medians of what comes after them: epoch 0 was no good one.
    half = reach(len(curves.epochs), window)
    return float(curves.epochs[(index + half) // 2 if index < half else index])


def _constant(curves: Curves) -> float:
    if math.isfinite(curves.constant_loss):
        return curves.constant_loss
    # Not smoothed: the first epochs fall steeply, and their median is not where a run began.
    return max(float(curves.validation_loss[0]), float(curves.train_loss[0]))


def _validation_error(curves: Curves) -> float:
    if curves.evidence is None:
        return math.nan
    return curves.evidence.validation_loss_end.standard_error


def _gap_error(curves: Curves, *, otherwise: float) -> float:
    if curves.evidence is None:
        return otherwise
    ends = (curves.evidence.validation_loss_end, curves.evidence.train_loss_end)
    error = math.hypot(*(end.standard_error for end in ends))
    return otherwise if math.isnan(error) else error


def _scores(curves: Curves, *, window: int) -> dict[str, float]:
    scores = curves.validation_score
    if len(scores) == 0 or not np.isfinite(scores).all():
        names = ("score_start", "score_best", "score_end", "score_error")
        return dict.fromkeys(names, math.nan)
    smooth = smoothed(scores, window=window)
    end = float(smooth[-1])
    return {
        "score_start": max(float(scores[0]), 0.0),
        "score_best": float(smooth.max()),
        "score_end": end,
        "score_error": _score_error(curves, end),
    }


def _score_error(curves: Curves, end: float) -> float:
    if curves.score_name != "accuracy" or curves.validation_examples < 1:
        return SCORE_ERROR
    share = min(max(end, 0.0), 1.0)
    return math.sqrt(2 * share * (1 - share) / curves.validation_examples)
