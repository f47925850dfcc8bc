"""The page of a learning-rate range test."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from markupsafe import Markup
from matplotlib.figure import Figure

from harness.findings import RateAdvice, RateScan
from harness.findings.rates import smoothed
from harness.report.files import replace_text
from harness.report.palette import TONES
from harness.report.render import templates
from harness.report.svg import drawing, inline
from harness.report.wording import loss_words
from harness.study import Study

WIDTH = 5.2


def write_rates(
    study: Study, scans: Sequence[RateScan], advice: Sequence[RateAdvice], folder: Path
) -> Path:
    """Writes `<study>-learning-rate.html` into the folder, which is made where missing.

    Raises:
        OSError: the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    panels = [
        (scan, found, rate_plot(scan, found, salt=study.name))
        for scan, found in zip(scans, advice, strict=True)
    ]
    text = templates().get_template("rates.html.jinja").render(study=study, panels=panels)
    return replace_text(folder / f"{study.name}-learning-rate.html", text)


def rate_plot(scan: RateScan, advice: RateAdvice, *, salt: str) -> Markup:
    """Losses against rates on a log scale, the suggested range shaded, diverged rates crossed."""
    words = loss_words(scan.loss_name)
    with drawing(f"{salt}/{scan.name}/rates"):
        figure = Figure(figsize=(WIDTH, 3.0), layout="constrained")
        axes = figure.add_subplot()
        axes.set_xscale("log")
        if np.isfinite(advice.low):
            axes.axvspan(advice.low, advice.high, color=TONES["fits"].ink, alpha=0.12, linewidth=0)
        for losses, tone, style in (
            (scan.train_loss, "train", "-"),
            (scan.validation_loss, "fits", "--"),
        ):
            if losses.size:
                ink = TONES[tone].ink
                axes.plot(scan.rates, losses, ".", color=ink, markersize=2.5, alpha=0.5)
                axes.plot(scan.rates, smoothed(losses.mean(axis=1)), style, color=ink)
        axes.axhline(scan.start, color=TONES["quiet"].ink, linewidth=0.8, linestyle=":")
        top = max(scan.start * 1.35, 1e-12)
        axes.set_ylim(0, top)
        gone = scan.rates[scan.diverged > 0]
        axes.plot(gone, np.full(len(gone), 0.97 * top), "x", color=TONES["diverged"].ink, ms=5)
        axes.set_xlabel("learning rate")
        axes.set_ylabel(f"{words} after {scan.epochs} epochs")
        label = f"{words} against learning rate, {scan.name}: {in_words(advice)}"
        return inline(figure, label=label)


def in_words(advice: RateAdvice) -> str:
    """The suggestion in a sentence."""
    if not np.isfinite(advice.low):
        return "no rate learned anything"
    return f"from {advice.low:.2g} to {advice.high:.2g}, lowest at {advice.best:.2g}"
