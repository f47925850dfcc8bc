"""Is the network worth it: a table of networks beside cheap models."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from harness.curves import Baseline
from harness.data import LEAST_PROBABILITY
from harness.findings import Findings, Interval, SettingFinding, group_of, new_loss, worth
from harness.findings.wording import plus_minus, score_words
from harness.judge import NOT_MEASURED, Ending, number
from harness.report.wording import Z95

CONSTANT = "constant"
"""The model that predicts the same for every example."""


@dataclass(frozen=True, kw_only=True)
class Rival:
    """A model's row.

    Args:
        name: the setting's label, or what the cheap model is.
        network: whether it is a setting of the study.
        cells: what stands under the table's other heads.
    """

    name: str
    network: bool
    cells: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class WorthTable:
    """The answer in a sentence, and what it rests on: networks first, then cheap models."""

    sentence: str
    note: str
    heads: tuple[str, ...]
    rows: tuple[Rival, ...]


def worth_table(findings: Findings) -> WorthTable | None:
    """None where no cheap model stands beside the best setting."""
    found = worth(findings)
    if found is None:
        return None
    groups = tuple(dict.fromkeys(one.key for one in findings.baselines))
    score = score_words(findings.score_name)
    heads = ["training examples", "wrong targets", "validation loss", *([score] if score else [])]
    rows = [row for group in groups for row in _group(findings, group, scored=bool(score))]
    return WorthTable(
        sentence=found.sentence,
        note=_note(findings),
        heads=tuple(heads),
        rows=tuple(rows),
    )


def _group(findings: Findings, group: tuple[int, float], *, scored: bool) -> Iterable[Rival]:
    """The best setting of those that learned from so many examples, and the cheap models."""
    several = [s for s in findings.settings if group_of(s) == group]
    measured = [s for s in several if math.isfinite(s.cross_fitted_loss.mean)]
    if not measured:
        return
    best = min(measured, key=lambda setting: setting.cross_fitted_loss.mean)
    noise = f"{group[1]:.0%}"
    examples = f"{group[0]:,}"
    loss, score = plus_minus(new_loss(best)), number(_best_score(best, findings.score_name))
    yield _row(best.label, [examples, noise, loss], score, network=True, scored=scored)
    for one in (found for found in findings.baselines if found.key == group):
        loss, score = plus_minus(_about(one)), number(one.score)
        yield _row(one.name, [_learned(one), noise, loss], score, scored=scored)
    loss = number(_constant_loss(best))
    yield _row(CONSTANT, [examples, noise, loss], NOT_MEASURED, scored=scored)


def _row(
    name: str, cells: Sequence[str], score: str, *, scored: bool, network: bool = False
) -> Rival:
    return Rival(name=name, network=network, cells=(*cells, *([score] if scored else [])))


def _learned(one: Baseline) -> str:
    held = f"{one.train_examples:,}"
    return held if one.learned_from == one.train_examples else f"{one.learned_from:,} of {held}"


def _about(one: Baseline) -> Interval:
    mean, half = one.validation_loss.mean, Z95 * one.validation_loss.standard_error
    return Interval(mean=mean, low=mean - half, high=mean + half, deviation=math.nan, n=one.seeds)


def _best_score(setting: SettingFinding, name: str) -> float:
    """Accuracy or R² at the epoch of lowest validation loss, the mean of finished seeds."""
    scores = [
        run.curves.validation_score[run.curves.counted.best]
        for run in setting.runs
        if run.ending is Ending.FINISHED and run.curves is not None
        if name and len(run.curves.validation_score) > 0
    ]
    return float(np.mean(scores)) if scores else math.nan


def _constant_loss(setting: SettingFinding) -> float:
    return next(run.curves.constant_loss for run in setting.runs if run.curves is not None)


def _note(findings: Findings) -> str:
    many = len(findings.settings)
    lucky = " A network is the best of several settings, and so a little lucky." if many > 1 else ""
    entropy = findings.loss_name.endswith("crossentropy")
    floor = f" In them no class counts as less probable than 1 in {1 / LEAST_PROBABILITY:,.0f}."
    return (
        "All on the same validation examples; networks at their best epoch, which is chosen on "
        "other examples than their loss is read on. ± is half of the 95 % interval for new "
        "examples of the same kind: it counts seeds and validation examples."
        f"{lucky} The cheap models are scikit-learn's, with nothing chosen but the strength of a "
        "penalty and the number of trees, on a fifth of their own training examples."
        f"{floor if entropy else ''} A constant looks at no feature."
    )
