"""The vertical ranges of curves: shared where that shows every curve, else a panel's own."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from harness.findings import SettingFinding
from harness.report.traces import Traces, traces

SEEN = 0.2
"""Share of a curve below which its picture counts as empty: our choice."""
LOG_SPAN = 30.0
"""From this many times its lowest value on, a curve of its own scale is drawn by orders."""


@dataclass(frozen=True, kw_only=True)
class Frame:
    """A vertical range; panels share it, so that they can be compared by eye.

    Args:
        low, high: its ends.
        logarithmic: whether the axis rises by orders of magnitude.
    """

    low: float
    high: float
    logarithmic: bool = False

    def cuts(self, highest: float) -> bool:
        """Whether a curve that reaches `highest` leaves the frame."""
        return highest > self.high

    def place(self, level: float) -> float:
        """Where a level lies: 0 at the bottom, 1 at the top."""
        low, high = self.low, self.high
        if self.logarithmic:
            low, high, level = math.log(low), math.log(high), math.log(level)
        return (level - low) / (high - low)


def loss_frame(settings: Sequence[SettingFinding]) -> Frame:
    """From 0 to the highest mean loss, but at most twice the constant prediction's.

    Beyond that a network does worse than knowing nothing; one diverged setting would flatten
    all the others. Where that loss is unknown, the highest before training takes its place.
    """
    low, high = _range(settings, "loss")
    known = [c for s in settings if math.isfinite(c := constant_loss(s))] or _starts(settings)
    if known:
        high = min(high, 2 * max(known))
    return Frame(low=min(low, 0.0), high=high * 1.05 if high > 0 else 1.0)


def score_frame(settings: Sequence[SettingFinding]) -> Frame:
    """From the lowest mean score (of R² at least −0.5) to 1."""
    low, _ = _range(settings, "score")
    return Frame(low=max(low, -0.5) - 0.03, high=1.03)


def own_loss_frame(setting: SettingFinding, shared: Frame) -> Frame | None:
    """A range for one setting whose curve would hardly be seen in the shared one, else None."""
    if all(_seen(curve, shared) >= SEEN for curve in both(setting, "loss") if curve.measured):
        return None
    low, high = _range([setting], "loss")
    if low > 0 and high > LOG_SPAN * low:
        return Frame(low=low / 1.5, high=high * 1.5, logarithmic=True)
    return Frame(low=min(low, 0.0), high=high * 1.05)


def constant_loss(setting: SettingFinding) -> float:
    """The best constant prediction's loss; NaN where no run knows it."""
    known = [r.curves.constant_loss for r in setting.runs if r.curves is not None]
    return next((loss for loss in known if math.isfinite(loss)), math.nan)


def leaves_frame(setting: SettingFinding, frame: Frame) -> bool:
    """Whether the mean loss of a setting leaves the frame."""
    return any(frame.cuts(float(np.nanmax(t.mean))) for t in both(setting, "loss") if t.measured)


def both(setting: SettingFinding, quantity: str) -> tuple[Traces, Traces]:
    """The training and the validation curves of a setting's seeds."""
    curves = [run.curves for run in setting.runs if run.curves is not None]
    return traces(curves, f"train_{quantity}"), traces(curves, f"validation_{quantity}")


def _seen(curve: Traces, frame: Frame) -> float:
    """The share of the epochs at which the mean lies inside the frame."""
    return float(np.mean(curve.mean <= frame.high))


def _starts(settings: Sequence[SettingFinding]) -> list[float]:
    trains = [both(setting, "loss")[0] for setting in settings]
    return [float(train.mean[0]) for train in trains if train.measured and train.mean[0] > 0]


def _range(settings: Sequence[SettingFinding], quantity: str) -> tuple[float, float]:
    """The lowest and the highest mean of all curves; 0 to 1 where there is none."""
    curves = [curve for s in settings for curve in both(s, quantity) if curve.measured]
    low = min((float(np.nanmin(curve.mean)) for curve in curves), default=0.0)
    return low, max((float(np.nanmax(curve.mean)) for curve in curves), default=1.0)
