"""A run of which nothing is known but its curves, as somebody's log gives them."""

from dataclasses import dataclass

import numpy as np

from harness.curves import Curves
from harness.curves.logs.records import Log
from harness.curves.records import Array
from harness.judge.calls import NO_SCALE, RUINED, too_few
from harness.judge.figures import number, percent
from harness.judge.records import Ending, Kind, Quantity, Verdict
from harness.judge.smoothing import before_end, smoothed
from harness.judge.verdicts import judge
from harness.study import Thresholds

LOST = 0.5
"""A training loss that loses again this share of what training had learned has diverged."""
RISING = 0.8
"""A curve that goes up in this share of its steps, or of its way, rises by design."""
NOT_TOLD = "without a validation curve nothing tells whether it overfits"


def judge_log(log: Log, *, thresholds: Thresholds | None = None) -> Verdict:
    """What somebody's log means, by the bounds that studies have if they set none."""
    ending = Ending.DIVERGED if log.diverged else Ending.FINISHED
    bounds = thresholds or Thresholds()
    return judge_alone(log.curves, ending=ending, reason=log.diverged, thresholds=bounds)


def judge_alone(
    curves: Curves,
    *,
    ending: Ending = Ending.FINISHED,
    reason: str = "",
    thresholds: Thresholds,
) -> Verdict:
    """What the curves of a log mean; unclear with its reason where they cannot tell.

    Args:
        curves: of one run, with or without validation.
        ending: a run that ended diverged is so judged, whatever its curves.
        reason: why it diverged, for the line why.
        thresholds: the bounds.
    """
    if ending is not Ending.DIVERGED and (doubt := _a_score(curves)):
        return Verdict(kind=Kind.UNCLEAR, why=doubt, confidence=0.0)
    found = judge(curves, ending=ending, reason=reason, reference=None, thresholds=thresholds)
    if found is not None:
        return found
    return judge_train_only(curves, ending=ending, reason=reason, thresholds=thresholds)


def judge_train_only(
    curves: Curves,
    *,
    ending: Ending = Ending.FINISHED,
    reason: str = "",
    thresholds: Thresholds,
) -> Verdict:
    """What a training loss alone can show: that a run diverged, or that it learned nothing.

    Everything else is unclear, and the line why says whether the loss was still falling: a run
    may overfit while its training loss falls, and fit while it does not.
    """
    course = _course(curves, thresholds)
    kind, why = _told(course, thresholds)
    if ending is Ending.DIVERGED:
        kind, why = Kind.DIVERGED, reason
    return Verdict(
        kind=kind,
        why=why,
        confidence=0.0 if kind is Kind.UNCLEAR else 0.9,
        decide_by="a validation curve" if kind is Kind.UNCLEAR else "",
        quantities=tuple(
            Quantity(name=name, value=value, unit="loss")
            for name, value in (
                ("train_loss_start", course.start),
                ("train_loss_best", course.best),
                ("train_loss_end", course.end),
                ("train_drop_last_quarter", course.drop),
            )
        ),
    )


@dataclass(frozen=True, kw_only=True)
class _Course:
    """A training loss in figures; all but the start are smoothed."""

    points: int
    start: float
    best: float
    best_epoch: float
    end: float
    end_epoch: float
    drop: float
    late: bool
    scale: float

    @property
    def learned(self) -> float:
        return self.start - self.best


def _course(curves: Curves, thresholds: Thresholds) -> _Course:
    losses, epochs = smoothed(curves.train_loss, window=thresholds.smoothing), curves.epochs
    best, start = int(losses.argmin()), float(curves.train_loss[0])
    span = float(epochs[-1] - epochs[0])
    return _Course(
        points=len(losses),
        start=start,
        best=float(losses[best]),
        best_epoch=float(epochs[best]),
        end=float(losses[-1]),
        end_epoch=float(epochs[-1]),
        drop=before_end(losses, epochs, 0.25) - float(losses[-1]),
        late=bool(epochs[best] >= epochs[-1] - 0.1 * span),
        scale=max(start - float(losses[best]), thresholds.loss_share * abs(start)),
    )


def _told(course: _Course, thresholds: Thresholds) -> tuple[Kind, str]:
    end = f"training loss ends at {number(course.end)}"
    if doubt := too_few(course.points):
        return Kind.UNCLEAR, f"{doubt}; {end}; {NOT_TOLD}"
    if course.scale == 0:
        return Kind.UNCLEAR, f"{NO_SCALE}; {end}"
    if course.end - course.start > RUINED * course.scale:
        return Kind.DIVERGED, f"{end}, above its start's {number(course.start)}"
    climb = course.end - course.best
    if course.learned > 0 and climb > LOST * course.learned and climb > 0.1 * course.scale:
        fell = f"training loss fell to {number(course.best)} (epoch {course.best_epoch:g})"
        return Kind.DIVERGED, f"{fell} and climbed back to {number(course.end)}"
    if course.start - course.end < thresholds.constant * course.scale:
        return Kind.CONSTANT, f"{end}, hardly below its start's {number(course.start)}"
    falling = course.drop / course.learned
    if course.late and falling >= thresholds.early_drop:
        still = f"training loss still falls: the last quarter took off {percent(falling)}"
        return Kind.UNCLEAR, f"{still} of all it has learned, to {number(course.end)}; {NOT_TOLD}"
    return Kind.UNCLEAR, f"{end} and hardly falls any more; {NOT_TOLD}"


def _a_score(curves: Curves) -> str:
    """Why a "loss" may be a score, better when higher; empty where it looks like a loss."""
    losses = (
        [curves.train_loss, curves.validation_loss] if curves.validated else [curves.train_loss]
    )
    if too_few(len(curves.epochs)) or not all(_rises(loss) for loss in losses):
        return ""
    first, last = (number(float(curves.train_loss[i])) for i in (0, -1))
    what = "both losses rise" if curves.validated else "the training loss rises"
    return (
        f"{what} within 0 and 1 from the first epoch on (training from {first} to {last}): a score,"
        " better when higher, may have been read as a loss"
    )


def _rises(values: Array) -> bool:
    if values.min() < 0 or values.max() > 1 or values[-1] <= values[0]:
        return False
    lowest_at = int(values.argmin())
    steps = np.diff(values)
    ups = (steps >= 0).mean() >= RISING or steps.sum() >= RISING * np.abs(steps).sum()
    return bool(ups and lowest_at <= len(values) // 10)
