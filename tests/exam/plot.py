"""The reliability plot: how sure the judge was, against how often it was right."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure


def reliability_plot(bins: Sequence[Mapping[str, Any]], place: Path) -> None:
    """Draw the bins of `scoring.reliability`, each with two standard errors of its share."""
    figure = Figure(figsize=(4.6, 4.2), layout="constrained")
    axes = figure.subplots()
    sure = [row["confidence"] for row in bins]
    right = [row["right"] for row in bins]
    errors = [
        2 * (r * (1 - r) / row["verdicts"]) ** 0.5 for r, row in zip(right, bins, strict=True)
    ]
    low = min(*sure, *right) - 0.03
    axes.plot([low, 1], [low, 1], color="0.7", linewidth=1, label="sure as often as right")
    axes.errorbar(sure, right, yerr=errors, fmt="o", color="#2a6f97", label="verdicts given")
    axes.set(
        xlabel="confidence of the verdict",
        ylabel="share that is right",
        xlim=(low, 1.01),
        ylim=(low, 1.01),
    )
    axes.legend(frameon=False, loc="upper left")
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(place, dpi=150)
