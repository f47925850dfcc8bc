"""The engine bench as a picture: µs a member-step for every cell and competitor."""

import statistics
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

COLOURS = {
    "harness": "#0b6e4f",
    "Lightning": "#c44536",
    "plain loop": "#e09f3e",
    "vmap(grad)": "#5f6caf",
    "JAX": "#444444",
}


def draw(found: Mapping[str, Any], path: Path) -> None:
    """One row a cell, one dot a competitor at its median, a line over its turns."""
    cells = found["cells"][::-1]
    figure = Figure(figsize=(9, 1.2 + 0.42 * len(cells)), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    for name, colour in COLOURS.items():
        rows = [n for n, cell in enumerate(cells) if name in cell["timed"]]
        turns = [cells[n]["timed"][name]["member_step_us"] for n in rows]
        if rows:
            middles = [statistics.median(us) for us in turns]
            axes.plot(middles, rows, "o", color=colour, label=name, zorder=3)
            axes.hlines(rows, [min(us) for us in turns], [max(us) for us in turns], color=colour)
    axes.set_xscale("log")
    axes.set_yticks(range(len(cells)), [cell["name"] for cell in cells])
    axes.set_xlabel("µs a member-step on one core, both evaluations included (less is better)")
    axes.grid(axis="x", which="both", color="#dddddd", linewidth=0.6)
    axes.legend(
        loc="upper center", bbox_to_anchor=(0.5, 1.0 + 0.9 / len(cells)), ncols=5, frameon=False
    )
    figure.savefig(path, dpi=110)
