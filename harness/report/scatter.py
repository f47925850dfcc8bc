"""Plots of validation loss and gap against one searched knob, a point for each setting."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import fill

from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullFormatter

from harness.findings import Findings, Interval, SettingFinding
from harness.findings.wording import knob_name, plus_minus
from harness.judge import Kind
from harness.report.frames import constant_loss
from harness.report.palette import LOOKS, TONES
from harness.report.plots import WIDTH
from harness.report.svg import drawing, inline
from harness.report.verdicts import kind_of, verdict_words
from harness.report.wording import knob_value
from harness.study import Choice, Range

SPREAD = 0.5
"""Width of a category's strip, in categories."""
LABEL_WIDTH = 22
"""Letters that fit along half a plot's height."""


@dataclass(frozen=True, kw_only=True)
class _Point:
    """A setting's place on the axis of one knob."""

    x: float
    setting: SettingFinding


def knob_scatter(findings: Findings, knob: str, *, loss: str, salt: str) -> Markup:
    """Validation loss above, gap below, against `knob`; settings where it acts."""
    spec = findings.study.searched[knob]
    shown = [s for s in findings.settings if knob in s.trial.settings.acting()]
    points = _strips(shown, knob, spec) if isinstance(spec, Choice) else _numbers(shown, knob)
    top = _top(shown)
    with drawing(f"{salt}/{knob}"):
        figure = Figure(figsize=(WIDTH, 3.6), layout="constrained")
        above, below = figure.subplots(2, 1, sharex=True)
        tips: dict[str, list[str]] = {}
        _scatter(above, points, "validation_loss", top, tips)
        _scatter(below, points, "gap", top, tips)
        above.set_ylabel(fill(f"validation {loss}", LABEL_WIDTH))
        below.set_ylabel("gap")
        below.axhline(0, color=TONES["quiet"].ink, linewidth=0.8)
        below.set_xlabel(knob_name(knob))
        _scale(below, spec)
        what = f"validation {loss} and gap against {knob_name(knob)}"
        label = f"{what}, {len(points)} settings; the table of settings holds the numbers"
        return inline(figure, label=label, tips=tips)


def _numbers(settings: Sequence[SettingFinding], knob: str) -> list[_Point]:
    values = [(s.trial.settings.value(knob), s) for s in settings]
    return [
        _Point(x=float(value), setting=s) for value, s in values if isinstance(value, int | float)
    ]


def leaves_picture(findings: Findings, knob: str) -> bool:
    """Whether a point is drawn at the upper edge because it lies above."""
    shown = [s for s in findings.settings if knob in s.trial.settings.acting()]
    top = _top(shown)
    return any(max(s.validation_loss.mean, s.gap.mean) > top for s in shown)


def _strips(settings: Sequence[SettingFinding], knob: str, spec: Choice) -> list[_Point]:
    """Points spread evenly over the strip of their category, in the order of the trials."""
    points: list[_Point] = []
    for place, value in enumerate(spec.values):
        members = [s for s in settings if s.trial.settings.value(knob) == value]
        for index, setting in enumerate(members):
            shift = (index + 0.5) / len(members) - 0.5
            points.append(_Point(x=place + SPREAD * shift, setting=setting))
    return points


def _top(settings: Sequence[SettingFinding]) -> float:
    """The highest value drawn where it lies: twice the constant prediction's loss."""
    known = [c for s in settings if math.isfinite(c := constant_loss(s))]
    return 2 * max(known) if known else math.inf


def _scatter(
    axes: Axes, points: Sequence[_Point], quantity: str, top: float, tips: dict[str, list[str]]
) -> None:
    for kind, look in LOOKS.items():
        shown = [p for p in points if _shown(p, kind, quantity)]
        if not shown:
            continue
        ink, gid = look.tone.ink, f"tips-{quantity}-{kind}"
        _bars(axes, shown, quantity, top, ink)
        axes.scatter(
            [p.x for p in shown],
            [min(_interval(p, quantity).mean, top) for p in shown],
            marker=look.marker,
            s=26,
            facecolors=ink if look.filled else "none",
            edgecolors=ink if not look.filled else TONES["page"].ink,
            linewidths=1.0 if not look.filled else 0.4,
            gid=gid,
            zorder=3,
        )
        tips[gid] = [_tip(p, quantity) for p in shown]
    axes.yaxis.set_major_locator(MaxNLocator(5))
    _limit(axes, [_interval(p, quantity).mean for p in points], top)


def _limit(axes: Axes, values: Sequence[float], top: float) -> None:
    """From the lowest point (at most 0) to the highest; intervals may leave the picture."""
    inside = [min(value, top) for value in values if math.isfinite(value)]
    if inside:
        low, high = min(*inside, 0.0), max(*inside, 0.0)
        margin = 0.06 * (high - low) or 0.5
        axes.set_ylim(low - margin, high + margin)


def _bars(axes: Axes, points: Sequence[_Point], quantity: str, top: float, ink: str) -> None:
    """Thin 95 % intervals behind the points."""
    with_bars = [p for p in points if _interval(p, quantity).half < top]
    lows = [min(_interval(p, quantity).low, top) for p in with_bars]
    highs = [min(_interval(p, quantity).high, top) for p in with_bars]
    axes.vlines([p.x for p in with_bars], lows, highs, colors=ink, linewidth=0.6, alpha=0.45)


def _scale(axes: Axes, spec: Range | Choice) -> None:
    if isinstance(spec, Choice):
        axes.set_xticks(range(len(spec.values)), [knob_value(value) for value in spec.values])
        axes.set_xlim(-0.5, len(spec.values) - 0.5)
        axes.grid(axis="x", visible=False)
    elif spec.scale == "log":
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axes.xaxis.set_minor_formatter(NullFormatter())


def _shown(point: _Point, kind: Kind, quantity: str) -> bool:
    return kind_of(point.setting) is kind and math.isfinite(_interval(point, quantity).mean)


def _interval(point: _Point, quantity: str) -> Interval:
    setting = point.setting
    return setting.gap if quantity == "gap" else setting.validation_loss


def _tip(point: _Point, quantity: str) -> str:
    value = plus_minus(_interval(point, quantity))
    what = quantity.replace("_", " ")
    return f"{point.setting.label} · {verdict_words(point.setting)} · {what} {value}"
