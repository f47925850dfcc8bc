"""Which searched knob goes with the gap and with the validation loss."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from scipy import stats

from harness.findings.intervals import holm
from harness.findings.records import KnobFinding, SettingFinding, ValueMean
from harness.judge import Fit
from harness.study import Choice, KnobValue, Range, written

FEWEST_SETTINGS = 3
_BATCHES = {"stochastic": 1.0, "full": math.inf}
"""Batch sizes written as words, as numbers to rank."""


def knob_findings(
    searched: Mapping[str, Range | Choice], settings: Sequence[SettingFinding]
) -> tuple[KnobFinding, ...]:
    """One finding for each searched knob, the strongest association with the gap first.

    A setting counts for a knob only where the knob acts there and its losses were measured.
    """
    found = [_knob(name, spec, settings) for name, spec in searched.items()]
    adjusted = holm([knob.gap_p for knob in found])
    knobs = [replace(knob, gap_p=p) for knob, p in zip(found, adjusted, strict=True)]
    return tuple(sorted(knobs, key=_strength, reverse=True))


def spearman(x: Sequence[float], y: Sequence[float]) -> tuple[float, float]:
    """Spearman's correlation and its two-sided p; both NaN where they are not defined."""
    if len(x) < FEWEST_SETTINGS or len(set(x)) < 2 or len(set(y)) < 2:
        return math.nan, math.nan
    # Ranks first: infinity (a full batch) has a rank and no correlation.
    line = stats.linregress(stats.rankdata(x), stats.rankdata(y))
    return float(line.rvalue), float(line.pvalue)


def ordinal(spec: Range | Choice) -> bool:
    """Whether a knob's values have an order: counts, shares, or sizes of a batch.

    A share and a count of training examples mixed in one list have none.
    """
    if isinstance(spec, Range):
        return True
    kinds = {_written_as(value) for value in spec.values}
    return kinds in ({"count"}, {"real"}, {"batch"}, {"count", "batch"})


def _knob(name: str, spec: Range | Choice, settings: Sequence[SettingFinding]) -> KnobFinding:
    acts = [s for s in settings if name in s.trial.settings.acting()]
    measured = [s for s in acts if math.isfinite(s.gap.mean)]
    if not ordinal(spec):
        return KnobFinding(
            knob=name,
            gap_correlation=math.nan,
            loss_correlation=math.nan,
            n=len(measured),
            by_value=_by_value(name, measured),
        )
    ranks = [_number(s.trial.settings.value(name)) for s in measured]
    gap, p = spearman(ranks, [s.gap.mean for s in measured])
    loss, _ = spearman(ranks, [s.validation_loss.mean for s in measured])
    return KnobFinding(
        knob=name, gap_correlation=gap, loss_correlation=loss, n=len(measured), gap_p=p
    )


def _by_value(name: str, settings: Sequence[SettingFinding]) -> tuple[ValueMean, ...]:
    groups: defaultdict[KnobValue, list[SettingFinding]] = defaultdict(list)
    for setting in settings:
        groups[setting.trial.settings.value(name)].append(setting)
    found = [_mean(value, group) for value, group in groups.items()]
    return tuple(sorted(found, key=lambda mean: -mean.gap))


def _mean(value: KnobValue, group: Sequence[SettingFinding]) -> ValueMean:
    return ValueMean(
        value=written(value),
        gap=float(np.mean([s.gap.mean for s in group])),
        validation_loss=float(np.mean([s.validation_loss.mean for s in group])),
        overfit=sum(s.kind.fit is Fit.OVERFIT for s in group) / len(group),
        n=len(group),
    )


def _strength(knob: KnobFinding) -> float:
    return 0.0 if math.isnan(knob.gap_correlation) else abs(knob.gap_correlation)


def _number(value: KnobValue) -> float:
    if isinstance(value, str):
        return _BATCHES[value]
    if isinstance(value, int | float):
        return float(value)
    raise ValueError(f"{written(value)} has no order")


def _written_as(value: KnobValue) -> str:
    if isinstance(value, bool):
        return "flag"
    if isinstance(value, str):
        return "batch" if value in _BATCHES else "word"
    return {int: "count", float: "real"}.get(type(value), "list")
