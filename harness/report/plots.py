"""Every plot of a report, as SVG for a page."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from harness.findings import Difference, SettingFinding
from harness.findings.wording import from_to
from harness.judge import number
from harness.report.palette import TONES, look
from harness.report.svg import drawing, inline
from harness.report.traces import Traces, traces
from harness.report.verdicts import kind_of

WIDTH = 3.5
"""Inches of a plot's view box; the page scales it to its column."""


@dataclass(frozen=True, kw_only=True)
class Frame:
    """The vertical range that panels share, so that they can be compared by eye."""

    low: float
    high: float

    def cuts(self, highest: float) -> bool:
        """Whether a curve that reaches `highest` leaves the frame."""
        return highest > self.high


def loss_frame(settings: Sequence[SettingFinding]) -> Frame:
    """From 0 to the highest mean loss, but at most twice the constant prediction's.

    Beyond that a network does worse than knowing nothing; one diverged setting would flatten
    all the others.
    """
    low, high = _range(settings, "loss")
    known = [c for s in settings if math.isfinite(c := constant_loss(s))]
    if known:
        high = min(high, 2 * max(known))
    return Frame(low=min(low, 0.0), high=high * 1.05 if high > 0 else 1.0)


def score_frame(settings: Sequence[SettingFinding]) -> Frame:
    """From the lowest mean score (of R² at least −0.5) to 1."""
    low, _ = _range(settings, "score")
    return Frame(low=max(low, -0.5) - 0.03, high=1.03)


def loss_curves(setting: SettingFinding, *, frame: Frame, loss: str, salt: str) -> Markup:
    """Train (solid) and validation (dashed) loss against epochs, and the latter's lowest."""
    with drawing(f"{salt}/{setting.label}/loss"):
        figure, axes = _curves(setting, "loss", words=loss, frame=frame, height=2.3)
        _mark_constant(axes, setting, frame)
        _mark_best(axes, setting, frame)
        return inline(figure, label=_label(setting, "loss", words=loss))


def score_curves(setting: SettingFinding, *, frame: Frame, score: str, salt: str) -> Markup:
    """Train (solid) and validation (dashed) score against epochs."""
    with drawing(f"{salt}/{setting.label}/score"):
        figure, _ = _curves(setting, "score", words=score, frame=frame, height=1.45)
        return inline(figure, label=_label(setting, "score", words=score))


def forest(differences: Sequence[Difference], *, quantity: str, salt: str) -> Markup:
    """Differences with their intervals, one row each, beside a line at 0."""
    with drawing(f"{salt}/forest/{quantity}"):
        figure = Figure(figsize=(WIDTH, 0.65 + 0.3 * len(differences)), layout="constrained")
        axes = figure.add_subplot()
        for row, item in enumerate(differences):
            _forest_row(axes, row, item)
        axes.axvline(0, color=TONES["quiet"].ink, linewidth=0.8)
        axes.set_yticks(range(len(differences)), [_short(item.b) for item in differences])
        axes.set_ylim(len(differences) - 0.5, -0.5)
        axes.grid(axis="y", visible=False)
        axes.set_xlabel(f"{quantity}: difference to {_short(differences[0].a)}")
        axes.xaxis.set_major_locator(MaxNLocator(5))
        told = "; ".join(f"{d.b} {from_to(d.difference)}" for d in differences)
        label = f"Difference in {quantity} to {differences[0].a}, 95 % intervals: {told}"
        return inline(figure, label=label)


def constant_loss(setting: SettingFinding) -> float:
    """The best constant prediction's loss; NaN where no run knows it."""
    known = [r.curves.constant_loss for r in setting.runs if r.curves is not None]
    return next((loss for loss in known if math.isfinite(loss)), math.nan)


def leaves_frame(setting: SettingFinding, frame: Frame) -> bool:
    """Whether the mean loss of a setting leaves the frame."""
    return any(frame.cuts(float(np.nanmax(t.mean))) for t in _both(setting, "loss") if t.measured)


def _range(settings: Sequence[SettingFinding], quantity: str) -> tuple[float, float]:
    """The lowest and the highest mean of all curves; 0 to 1 where there is none."""
    curves = [curve for s in settings for curve in _both(s, quantity) if curve.measured]
    low = min((float(np.nanmin(curve.mean)) for curve in curves), default=0.0)
    return low, max((float(np.nanmax(curve.mean)) for curve in curves), default=1.0)


def _both(setting: SettingFinding, quantity: str) -> tuple[Traces, Traces]:
    curves = [run.curves for run in setting.runs if run.curves is not None]
    return traces(curves, f"train_{quantity}"), traces(curves, f"validation_{quantity}")


def _curves(
    setting: SettingFinding, quantity: str, *, words: str, frame: Frame, height: float
) -> tuple[Figure, Axes]:
    train, validation = _both(setting, quantity)
    figure, axes = _panel(height=height, frame=frame)
    axes.set_ylabel(words)
    _draw(axes, train, TONES["train"].ink, "-")
    _draw(axes, validation, look(kind_of(setting)).tone.ink, "--")
    return figure, axes


def _label(setting: SettingFinding, quantity: str, *, words: str) -> str:
    told = _told(*_both(setting, quantity))
    return f"{words} against epochs, {setting.label}: {told}"


def _panel(*, height: float, frame: Frame) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(WIDTH, height))
    inches = {"left": 0.56 / WIDTH, "right": 1 - 0.08 / WIDTH}
    figure.subplots_adjust(**inches, bottom=0.4 / height, top=1 - 0.17 / height)
    axes = figure.add_subplot()
    axes.set_ylim(frame.low, frame.high)
    axes.set_xlabel("epoch")
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.yaxis.set_label_coords(-0.44 / (WIDTH - 0.64), 0.5)
    return figure, axes


def _draw(axes: Axes, curve: Traces, ink: str, style: str) -> None:
    """Thin traces of the seeds, a band from the lowest to the highest, and the mean."""
    if not curve.measured:
        return
    thin = curve.thinned()
    if len(thin.values) > 1:
        axes.plot(thin.epochs, thin.values.T, color=ink, linewidth=0.5, alpha=0.35)
        axes.fill_between(thin.epochs, thin.lowest, thin.highest, color=ink, alpha=0.1, linewidth=0)
    axes.plot(thin.epochs, thin.mean, style, color=ink, linewidth=1.5)


def _mark_constant(axes: Axes, setting: SettingFinding, frame: Frame) -> None:
    level = constant_loss(setting)
    if not frame.low < level < frame.high:
        return
    axes.axhline(level, color=TONES["quiet"].ink, linewidth=0.8, linestyle=":")
    words = "as good as knowing nothing"
    place = {"xy": (1, level), "xycoords": ("axes fraction", "data")}
    offset = {"xytext": (0, 2), "textcoords": "offset points", "ha": "right", "va": "bottom"}
    axes.annotate(words, **place, **offset, color=TONES["quiet"].ink, fontsize=7)


def _mark_best(axes: Axes, setting: SettingFinding, frame: Frame) -> None:
    _, validation = _both(setting, "loss")
    if not validation.measured:
        return
    epoch = float(validation.epochs[validation.bottom])
    loss = float(validation.mean[validation.bottom])
    ink = look(kind_of(setting)).tone.ink
    axes.axvline(epoch, color=ink, linewidth=0.6, linestyle=":")
    axes.plot([epoch], [min(loss, frame.high)], "o", color=ink, markersize=4.5)
    far = epoch / max(float(validation.epochs[-1]), 1.0)
    align = "left" if far < 0.2 else "right" if far > 0.8 else "center"
    place = {"xy": (epoch, 1), "xycoords": ("data", "axes fraction")}
    offset = {"xytext": (0, 2), "textcoords": "offset points", "va": "bottom", "ha": align}
    axes.annotate(f"lowest at epoch {epoch:.0f}", **place, **offset, color=ink, fontsize=7)


def _forest_row(axes: Axes, row: int, item: Difference) -> None:
    between = item.difference
    if math.isnan(between.mean):
        return
    ink = TONES["text"].ink if item.enough else TONES["quiet"].ink
    if math.isfinite(between.half):
        axes.plot([between.low, between.high], [row, row], color=ink, linewidth=1.4)
    axes.plot([between.mean], [row], "o" if item.enough else "D", color=ink, markersize=4)


def _told(train: Traces, validation: Traces) -> str:
    """The ends of both curves in words."""
    parts = [
        f"{name} ends at {number(float(curve.mean[-1]))}"
        for name, curve in (("training", train), ("validation", validation))
        if curve.measured
    ]
    return ", ".join(parts) if parts else "nothing measured"


def _short(label: str) -> str:
    return label if len(label) <= 22 else label[:21] + "…"
