"""Which searched knob goes with the gap and with the validation loss."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from scipy.special import chdtrc, stdtr  # scipy.stats takes half a second to import

from harness.curves.records import Array
from harness.findings.intervals import holm
from harness.findings.records import KnobFinding, Link, SettingFinding, ValueMean
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
    gaps, losses = _adjusted([k.gap for k in found]), _adjusted([k.loss for k in found])
    knobs = [
        replace(knob, gap=gap, loss=loss)
        for knob, gap, loss in zip(found, gaps, losses, strict=True)
    ]
    return tuple(sorted(knobs, key=_strength, reverse=True))


def among(groups: Sequence[KnobValue], y: Sequence[float]) -> Link:
    """How `y` goes with groups that have no order, by ranks.

    Source: Kruskal and Wallis (1952) for p. The strength is our choice: it is 1 where the
    groups do not overlap, however unequal their sizes, as Spearman's is 1 for a rising line.
    """
    values = set(groups)
    if len(y) < FEWEST_SETTINGS or len(values) < 2 or len(set(y)) < 2:
        return Link()
    ranks = ranked(y)
    found = [ranks[[group == value for group in groups]] for value in values]
    found.sort(key=lambda part: float(part.mean()))
    apart = np.split(np.sort(ranks), np.cumsum([len(part) for part in found])[:-1])
    share, most = between(found) / ranks.var(), between(apart) / ranks.var()
    p = float(chdtrc(len(values) - 1, share * (len(y) - 1)))
    return Link(strength=math.sqrt(min(share / most, 1.0)), p=p)


def between(parts: Sequence[Array]) -> float:
    """The variance of the parts' means, each weighted by its size."""
    every = np.concatenate(parts)
    return math.fsum(len(part) * (part.mean() - every.mean()) ** 2 for part in parts) / len(every)


def along(x: Sequence[float], y: Sequence[float]) -> Link:
    """How `y` goes with an ordered `x`."""
    found, p = spearman(x, y)
    return Link(strength=abs(found), correlation=found, p=p)


def spearman(x: Sequence[float], y: Sequence[float]) -> tuple[float, float]:
    """Spearman's correlation and its two-sided p; both NaN where they are not defined.

    p is the t test's, and never below 2 / n!, what a permutation test gives to a perfect
    order: three settings in a row prove nothing.
    """
    if len(x) < FEWEST_SETTINGS or len(set(x)) < 2 or len(set(y)) < 2:
        return math.nan, math.nan
    # Ranks first: infinity (a full batch) has a rank and no correlation.
    found = float(np.corrcoef(ranked(x), ranked(y))[0, 1])
    freedom, rest = len(x) - 2, max(1 - found**2, 1e-300)
    p = 2 * float(stdtr(freedom, -abs(found) * math.sqrt(freedom / rest)))
    return found, max(p, 2 * math.exp(-math.lgamma(len(x) + 1)))


def ranked(values: Sequence[float]) -> Array:
    """Ranks from 1 on; equal values share the mean of theirs."""
    _, place, counts = np.unique(np.asarray(values), return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2)[place]


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
    gaps = [s.gap.mean for s in measured]
    losses = [s.validation_loss.mean for s in measured]
    values = [s.trial.settings.value(name) for s in measured]
    if ordinal(spec):
        numbers = [_number(value) for value in values]
        gap, loss = along(numbers, gaps), along(numbers, losses)
        return KnobFinding(knob=name, gap=gap, loss=loss, n=len(measured))
    return KnobFinding(
        knob=name,
        gap=among(values, gaps),
        loss=among(values, losses),
        n=len(measured),
        by_value=_by_value(name, measured),
    )


def _adjusted(links: Sequence[Link]) -> list[Link]:
    adjusted = holm([link.p for link in links])
    return [replace(link, p=p) for link, p in zip(links, adjusted, strict=True)]


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
        overfit=sum(s.fit is Fit.OVERFIT for s in group) / len(group),
        n=len(group),
    )


def _strength(knob: KnobFinding) -> float:
    return 0.0 if math.isnan(knob.gap.strength) else knob.gap.strength


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
