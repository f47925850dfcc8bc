"""The engine bench as a picture: µs a member-step by members, a panel for each work."""

import statistics
from collections.abc import Mapping, Sequence
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
    """A panel for each work: ours by the number of members, each rival as a level."""
    panels: dict[tuple[int, str], dict[int, list[Mapping[str, Any]]]] = {}
    for row in found["cells"]:
        cell = row["cell"]
        place = panels.setdefault((cell["batch"], cell["optimizer"]), {})
        place.setdefault(cell["units"], []).append(row)
    columns = sorted({units for row in panels.values() for units in row})
    size = (1.4 + 2.9 * len(columns), 1.2 + 1.9 * len(panels))
    figure = Figure(figsize=size, layout="constrained")
    FigureCanvasAgg(figure)
    every = figure.subplots(len(panels), len(columns), squeeze=False, sharex=True)
    for axes, ((batch, optimizer), rows) in zip(every, panels.items(), strict=True):
        for one, units in zip(axes, columns, strict=True):
            _panel(one, rows.get(units, []))
            one.set_title(f"{units} units" if one is every[0][columns.index(units)] else "")
        words = {0: "full batch", 1: "stochastic"}.get(batch, f"batch {batch}")
        axes[0].set_ylabel(f"{words}, {optimizer.replace('sgd', 'SGD').replace('adam', 'Adam')}")
    labels = {line.get_label(): line for row in every for one in row for line in one.lines}
    named = [label for label in COLOURS if label in labels]
    figure.legend(
        [labels[label] for label in named], named, loc="outside upper center", ncols=5,
        frameon=False,
    )  # fmt: skip
    figure.supxlabel("members of the harness's population")
    figure.supylabel("µs a member-step on one core, both evaluations included (less is better)")
    figure.savefig(path, dpi=100)


def _panel(axes: Any, rows: Sequence[Mapping[str, Any]]) -> None:
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    axes.grid(which="both", color="#e4e4e4", linewidth=0.6)
    if not rows:
        return
    members = [row["cell"]["members"] for row in rows]
    for name, us in rows[0]["member_step_us"].items():
        if name != "harness":
            axes.axhline(statistics.median(us), color=COLOURS[name], label=name, linewidth=1.4)
    ours = [statistics.median(row["member_step_us"]["harness"]) for row in rows]
    axes.plot(members, ours, "o-", color=COLOURS["harness"], label="harness", linewidth=2)
    axes.set_xticks(members, [f"{each:,}" for each in members])
    axes.minorticks_off()
