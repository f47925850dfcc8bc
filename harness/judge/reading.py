"""What the rules look at: a run's smoothed curves, boiled down to figures."""

import math
from dataclasses import dataclass

import numpy as np
from scipy import stats

from harness.curves import Curves, Estimate
from harness.curves.records import Array
from harness.judge.reference import Reference
from harness.study import Thresholds


@dataclass(frozen=True, kw_only=True)
class Reading:
    """The figures of one run; losses in the run's own unit, ends and minima smoothed.

    Args:
        points: epochs measured.
        first_epoch, last_epoch: the ends of the curves.
        best_epoch: where the smoothed validation loss is lowest.
        validation_best, validation_end: the smoothed validation loss there and at the end.
        validation_quarter: the smoothed validation loss a quarter of the epochs before the end.
        roughness: how far the validation loss jumps from epoch to epoch, as a standard
            deviation; 0 below three points.
        train_end: the smoothed training loss at the end.
        constant: loss of the best constant prediction; the higher first loss where unknown.
        constant_known: whether `constant` is that loss.
        reference: the best level known for this data and size; NaN without one.
        scale: what there is to learn, s; positive, or 0 where nothing could be learned.
        progress: how far the run came below the constant (or below its start, if lower).
        gap_error: standard error of the gap from its examples; without evidence the
            roughness stands in.
        rise_evidence: end minus best epoch, example by example; None without it.
        score_best, score_end: the smoothed validation score's best and last; NaN without one.
    """

    points: int
    first_epoch: float
    last_epoch: float
    best_epoch: float
    validation_best: float
    validation_end: float
    validation_quarter: float
    roughness: float
    train_end: float
    constant: float
    constant_known: bool
    reference: float
    scale: float
    progress: float
    gap_error: float
    rise_evidence: Estimate | None
    score_best: float
    score_end: float

    @property
    def rise(self) -> float:
        """Validation loss at the end above its minimum."""
        return self.validation_end - self.validation_best

    @property
    def gap(self) -> float:
        """Validation minus training loss at the end."""
        return self.validation_end - self.train_end

    @property
    def drop(self) -> float:
        """What the last quarter of the epochs took off the validation loss."""
        return self.validation_quarter - self.validation_end

    @property
    def referenced(self) -> bool:
        """Whether a reference is known."""
        return not math.isnan(self.reference)

    @property
    def score_lost(self) -> float:
        """The score's best minus its end; NaN without a score."""
        return self.score_best - self.score_end

    def share(self, loss: float) -> float:
        """A difference of losses as a share of what there is to learn."""
        return loss / self.scale

    def rise_p(self, margin: float) -> float:
        """One-sided p of the paired t test of "the rise is at most `margin`"; NaN without."""
        return _above(self.rise_evidence, margin)


def read(curves: Curves, *, reference: Reference | None, thresholds: Thresholds) -> Reading:
    """The figures of curves with a validation part.

    A reference that is not at least `thresholds.constant` below the constant's loss is none:
    then nobody has learned anything that could be compared.
    """
    validation = smoothed(curves.validation_loss, window=thresholds.smoothing)
    train = smoothed(curves.train_loss, window=thresholds.smoothing)
    best, end = int(np.argmin(validation)), float(validation[-1])
    known = math.isfinite(curves.constant_loss)
    # Not smoothed: the first epochs fall steeply, and their median is not where a run began.
    first = max(float(curves.validation_loss[0]), float(curves.train_loss[0]))
    constant = curves.constant_loss if known else first
    level = _level(reference, constant=constant, thresholds=thresholds)
    lowest = float(validation[best])
    own = max(constant - lowest, thresholds.loss_share * abs(constant))
    first_epoch, last_epoch = float(curves.epochs[0]), float(curves.epochs[-1])
    quarter = last_epoch - (last_epoch - first_epoch) / 4
    score_best, score_end = _scores(curves, window=thresholds.smoothing)
    return Reading(
        points=len(validation),
        first_epoch=first_epoch,
        last_epoch=last_epoch,
        best_epoch=float(curves.epochs[best]),
        validation_best=lowest,
        validation_end=end,
        validation_quarter=float(np.interp(quarter, curves.epochs, validation)),
        roughness=_roughness(curves.validation_loss),
        train_end=float(train[-1]),
        constant=constant,
        constant_known=known,
        reference=level,
        scale=max(own if math.isnan(level) else constant - level, 0.0),
        progress=min(constant, float(curves.validation_loss[0])) - lowest,
        gap_error=_gap_error(curves),
        rise_evidence=None if curves.evidence is None else curves.evidence.rise,
        score_best=score_best,
        score_end=score_end,
    )


def smoothed(values: Array, *, window: int) -> Array:
    """The running median, as long as `values`; near the ends over what the window still holds.

    A quarter of the values is the widest window: five epochs are not smoothed over five.
    An end is the median of the last half window, so that one epoch's jump is not a rise.
    """
    half = min(window, len(values) // 4) // 2
    if half == 0:
        return values
    found = np.empty_like(values)
    windows = np.lib.stride_tricks.sliding_window_view(values, 2 * half + 1)
    found[half:-half] = np.median(windows, axis=1)
    for i in range(half):
        found[i] = np.median(values[: i + half + 1])
        found[-1 - i] = np.median(values[-1 - i - half :])
    return found


def _roughness(values: Array) -> float:
    # Second differences are blind to a steady trend; for independent jumps of deviation d
    # they have deviation d * sqrt(6), and the median of their sizes is 0.6745 of that.
    if len(values) < 3:
        return 0.0
    return float(np.median(np.abs(np.diff(values, n=2)))) / (0.6745 * math.sqrt(6))


def _level(reference: Reference | None, *, constant: float, thresholds: Thresholds) -> float:
    if reference is None or constant - reference.loss < thresholds.constant * abs(constant):
        return math.nan
    return reference.loss


def _gap_error(curves: Curves) -> float:
    if curves.evidence is None:
        return _roughness(curves.validation_loss)
    evidence = curves.evidence
    error = math.hypot(
        evidence.validation_loss_end.standard_error, evidence.train_loss_end.standard_error
    )
    return _roughness(curves.validation_loss) if math.isnan(error) else error


def _scores(curves: Curves, *, window: int) -> tuple[float, float]:
    scores = curves.validation_score
    if len(scores) == 0 or not np.all(np.isfinite(scores)):
        return math.nan, math.nan
    smooth = smoothed(scores, window=window)
    return float(smooth.max()), float(smooth[-1])


def _above(estimate: Estimate | None, margin: float) -> float:
    if estimate is None or math.isnan(estimate.standard_error):
        return math.nan
    if estimate.standard_error == 0:
        return 0.0 if estimate.mean > margin else 1.0
    t = (estimate.mean - margin) / estimate.standard_error
    return float(stats.t.sf(t, df=estimate.n - 1))
