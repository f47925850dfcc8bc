"""Every plot of a report, as SVG for a page."""

import math
from collections.abc import Sequence

from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from harness.findings import Difference, SettingFinding
from harness.findings.wording import from_to
from harness.judge import number
from harness.report.frames import Frame, both, constant_loss
from harness.report.palette import TONES, look
from harness.report.stops import mean_stop, stops
from harness.report.svg import drawing, inline
from harness.report.traces import Traces
from harness.report.verdicts import kind_of

WIDTH = 3.5
"""Inches of a plot's view box; the page scales it to its column."""


def loss_curves(setting: SettingFinding, *, frame: Frame, loss: str, salt: str) -> Markup:
    """Train (solid) and validation (dashed) loss against epochs, and the latter's lowest.

    The lowest up to where patience stopped the last seed, which is marked too.
    """
    with drawing(f"{salt}/{setting.label}/loss"):
        figure, axes = _curves(setting, "loss", words=loss, frame=frame, height=2.3)
        _mark_constant(axes, setting, frame)
        _mark_best(axes, setting, frame)
        _mark_stop(axes, setting)
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


def _curves(
    setting: SettingFinding, quantity: str, *, words: str, frame: Frame, height: float
) -> tuple[Figure, Axes]:
    train, validation = both(setting, quantity)
    figure, axes = _panel(height=height, frame=frame)
    axes.set_ylabel(words)
    _draw(axes, train, TONES["train"].ink, "-")
    _draw(axes, validation, look(kind_of(setting)).tone.ink, "--")
    return figure, axes


def _label(setting: SettingFinding, quantity: str, *, words: str) -> str:
    told, stop = _told(*both(setting, quantity)), mean_stop(setting)
    stopped = "" if stop is None else f", stopped by patience at epoch {stop:.0f}"
    return f"{words} against epochs, {setting.label}: {told}{stopped}"


def _panel(*, height: float, frame: Frame) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(WIDTH, height))
    inches = {"left": 0.56 / WIDTH, "right": 1 - 0.08 / WIDTH}
    figure.subplots_adjust(**inches, bottom=0.4 / height, top=1 - 0.17 / height)
    axes = figure.add_subplot()
    _scale(axes, frame)
    axes.set_xlabel("epoch")
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    axes.yaxis.set_label_coords(-0.44 / (WIDTH - 0.64), 0.5)
    return figure, axes


def _scale(axes: Axes, frame: Frame) -> None:
    if frame.logarithmic:
        axes.set_yscale("log")
        axes.yaxis.set_major_locator(LogLocator(numticks=5))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axes.yaxis.set_minor_formatter(NullFormatter())
    else:
        axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.set_ylim(frame.low, frame.high)


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
    # Below the line near the upper edge, clear of the epoch named above it, and where the
    # curve ends above the line, clear of the curve.
    above = any(float(c.mean[-1]) > level for c in both(setting, "loss") if c.measured)
    below = frame.place(level) > 0.85 or (above and frame.place(level) > 0.15)
    side = {"xytext": (0, -2), "va": "top"} if below else {"xytext": (0, 2), "va": "bottom"}
    offset = {**side, "textcoords": "offset points", "ha": "right"}
    axes.annotate(words, **place, **offset, color=TONES["quiet"].ink, fontsize=7)


def _mark_best(axes: Axes, setting: SettingFinding, frame: Frame) -> None:
    _, validation = both(setting, "loss")
    if not validation.measured:
        return
    ended = stops(setting)
    if len(ended) == len(setting.runs):
        validation = validation.until(max(ended))
    last = float(both(setting, "loss")[1].epochs[-1])
    epoch = float(validation.epochs[validation.bottom])
    loss = float(validation.mean[validation.bottom])
    ink = look(kind_of(setting)).tone.ink
    axes.axvline(epoch, color=ink, linewidth=0.6, linestyle=":")
    axes.plot([epoch], [min(loss, frame.high)], "o", color=ink, markersize=4.5)
    align = _align(epoch / max(last, 1.0))
    place = {"xy": (epoch, 1), "xycoords": ("data", "axes fraction")}
    offset = {"xytext": (0, 2), "textcoords": "offset points", "va": "bottom", "ha": align}
    axes.annotate(f"lowest at epoch {epoch:.0f}", **place, **offset, color=ink, fontsize=7)


def _mark_stop(axes: Axes, setting: SettingFinding) -> None:
    """A line where patience stopped the seeds, named where curves that fall leave room."""
    epoch = mean_stop(setting)
    if epoch is None:
        return
    ink = TONES["quiet"].ink
    axes.axvline(epoch, color=ink, linewidth=0.8, linestyle="-")
    left = epoch > axes.get_xlim()[1] / 2
    place = {"xy": (epoch, 0.68), "xycoords": ("data", "axes fraction")}
    side = {"xytext": (-3, 0), "ha": "right"} if left else {"xytext": (3, 0), "ha": "left"}
    offset = {**side, "textcoords": "offset points", "va": "center"}
    axes.annotate(f"stopped at epoch {epoch:.0f}", **place, **offset, color=ink, fontsize=7)


def _align(far: float) -> str:
    return "left" if far < 0.2 else "right" if far > 0.8 else "center"


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
