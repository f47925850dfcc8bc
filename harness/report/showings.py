"""What a study's own function shows, as parts of a page: plots, tables and claims."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import cycle

import numpy as np
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from harness.findings import Claim, Line, Map, Picture, Sheet, Showing
from harness.judge import number
from harness.report.palette import TONES, Tone
from harness.report.svg import drawing, inline

WIDTH, HEIGHT = 4.6, 2.7
_INKS = ("link", "overfit", "fits", "diverged", "text", "quiet")
_STYLES = {"line": "-", "dashed": "--", "dotted": ":", "points": "none", "bars": "none"}
_MARKERS = "os^Dv<>P"


@dataclass(frozen=True, kw_only=True)
class ShownPlot:
    """A picture or a map."""

    title: str
    plot: Markup
    note: str


@dataclass(frozen=True, kw_only=True)
class ShownTable:
    """A table in words."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str


@dataclass(frozen=True, kw_only=True)
class Shown:
    """All parts, in the order of reading; plots and tables apart for templates."""

    parts: tuple[ShownPlot | ShownTable, ...]
    claims: tuple[Claim, ...]


def shown(showing: Showing, *, salt: str) -> Shown:
    """What a page shows of it; `salt` keeps the ids inside plots apart."""
    return Shown(
        parts=tuple(
            table_of(part) if isinstance(part, Sheet) else _plot(part, salt=f"{salt}/{at}")
            for at, part in enumerate(showing.parts)
        ),
        claims=tuple(showing.claims),
    )


def table_of(sheet: Sheet) -> ShownTable:
    """Its cells in words: numbers with the digits that matter."""
    return ShownTable(
        title=sheet.title,
        columns=tuple(sheet.columns),
        rows=tuple(tuple(map(_cell, row)) for row in sheet.rows),
        note=sheet.note,
    )


def _cell(value: str | float | int) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int | np.integer):
        return f"{value:,}"
    return number(float(value)) if np.isfinite(value) else "–"


def _plot(part: Picture | Map, *, salt: str) -> ShownPlot:
    with drawing(f"{salt}/{part.title}"):
        plot = inline(figure_of(part), label=_label(part))
    return ShownPlot(title=part.title, plot=plot, note=part.note)


def _label(part: Picture | Map) -> str:
    axes = f"{part.y_label} against {part.x_label}"
    if isinstance(part, Map):
        return f"{part.title}: {part.label} by {axes}"
    named = ", ".join(line.label for line in part.lines if line.label)
    return f"{part.title}: {axes}{': ' if named else ''}{named}"


Paint = Callable[[Tone], str]
"""The colour of a tone: its ink, which a page turns into its own colours, or that of paper."""


def ink(tone: Tone) -> str:
    """What pages draw with."""
    return tone.ink


def figure_of(part: Picture | Map, *, paint: Paint = ink) -> Figure:
    """The figure; call it inside a style of the same paint."""
    if isinstance(part, Map):
        return _map(part, paint)
    figure = Figure(figsize=(WIDTH, HEIGHT), layout="constrained")
    axes = figure.add_subplot()
    colours = cycle(paint(TONES[name]) for name in _INKS)
    markers = cycle(_MARKERS)
    bars = [line for line in part.lines if line.style == "bars"]
    for line in part.lines:
        colour, marker = next(colours), next(markers)
        if line.style == "bars":
            _bars(axes, line, colour, at=bars.index(line), of=len(bars))
        else:
            _series(axes, line, colour, marker)
    _axes(axes, part)
    for mark in part.marks:
        axes.annotate(
            mark.text, (mark.x, mark.y), xytext=(4, 4), textcoords="offset points", fontsize=7
        )
    if any(line.label for line in part.lines):
        axes.legend(frameon=False, fontsize=7)
    return figure


def _series(axes: Axes, line: Line, colour: str, marker: str) -> None:
    points = line.style == "points"
    axes.plot(
        np.asarray(line.x),
        np.asarray(line.y),
        linestyle=_STYLES[line.style],
        marker=marker if points else "",
        markersize=4,
        color=colour,
        linewidth=1.4,
        label=line.label or "_",
    )
    if np.size(line.low):
        low, high = np.asarray(line.low), np.asarray(line.high)
        if points:
            axes.vlines(np.asarray(line.x), low, high, color=colour, linewidth=1)
        else:
            axes.fill_between(np.asarray(line.x), low, high, color=colour, alpha=0.12, linewidth=0)


def _bars(axes: Axes, line: Line, colour: str, *, at: int, of: int) -> None:
    x, y = np.asarray(line.x), np.asarray(line.y)
    apart = float(np.diff(np.unique(x)).min()) if len(np.unique(x)) > 1 else 1.0
    width = 0.8 * apart / of
    places = x + (at - (of - 1) / 2) * width
    axes.bar(places, y, width=0.95 * width, color=colour, label=line.label or "_")
    if np.size(line.low):
        low, high = np.asarray(line.low), np.asarray(line.high)
        axes.vlines(places, low, high, color="0.5", linewidth=1)


def _axes(axes: Axes, part: Picture) -> None:
    axes.set_xlabel(part.x_label)
    axes.set_ylabel(part.y_label)
    if part.log_x:
        axes.set_xscale("log")
    if part.log_y:
        axes.set_yscale("log")
    if part.ticks:
        axes.set_xticks(range(len(part.ticks)), part.ticks, fontsize=7)
    if part.y_limits is not None:
        axes.set_ylim(*part.y_limits)


def _map(part: Map, paint: Paint) -> Figure:
    values = np.asarray(part.values, dtype=np.float64)
    figure = Figure(figsize=(WIDTH, HEIGHT), layout="constrained")
    axes = figure.add_subplot()
    axes.grid(visible=False)
    seen = values[np.isfinite(values)]
    low, high = (float(seen.min()), float(seen.max())) if len(seen) else (0.0, 1.0)
    colour = paint(TONES["link"])
    for row, line in enumerate(values):
        for column, value in enumerate(line):
            if np.isfinite(value):
                share = (value - low) / (high - low) if high > low else 0.5
                axes.add_patch(_square(column, row, colour, share))
    axes.set_xlim(-0.5, len(part.x) - 0.5)
    axes.set_ylim(-0.5, len(part.y) - 0.5)
    _map_ticks(axes, part)
    axes.set_title(f"{part.label}: pale {number(low)}, full {number(high)}", fontsize=7)
    return figure


def _square(column: int, row: int, colour: str, share: float) -> Rectangle:
    return Rectangle((column - 0.5, row - 0.5), 1, 1, color=colour, alpha=0.06 + 0.94 * share, lw=0)


def _map_ticks(axes: Axes, part: Map) -> None:
    axes.set_xlabel(part.x_label)
    axes.set_ylabel(part.y_label)
    for names, place in ((part.x, axes.set_xticks), (part.y, axes.set_yticks)):
        every = max(1, -(-len(names) // 12))
        place(range(0, len(names), every), _every(names, every), fontsize=7)


def _every(names: Sequence[str], every: int) -> list[str]:
    return list(names[::every])
