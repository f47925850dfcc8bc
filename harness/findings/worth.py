"""Whether a network is worth it, beside cheap models that learned from the same examples.

What is compared are losses on new examples of the same kind, so the error of a mean loss counts
seeds and validation examples: var(seeds)/S + var(examples)/n. Seeds do not replace examples.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from scipy.special import stdtrit

from harness.curves import Baseline, lowest_baselines
from harness.findings.intervals import LEVEL
from harness.findings.records import Findings, Interval, SettingFinding
from harness.findings.wording import from_to
from harness.judge import number, reference_key

Part = tuple[float, int]
"""Part of the variance of a mean, with its degrees of freedom."""


class Standing(StrEnum):
    """What can be said of a network's loss beside a cheap model's."""

    BETTER = "better"
    EQUAL = "equal within the error"
    WORSE = "worse"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class Worth:
    """The best setting beside the best of the cheap models.

    Args:
        standing: whether the network is better; unknown for a single seed.
        setting: the best setting.
        baseline: of the cheap models that learned from as many examples, with as many wrong
            targets, that of lowest validation loss.
        difference: the network's loss, at an epoch chosen on other examples, minus the
            baseline's, with a 95 % interval; as if both were measured on different examples,
            which makes it too wide rather than too narrow.
        sentence: what a person reads.
    """

    standing: Standing
    setting: SettingFinding
    baseline: Baseline
    difference: Interval
    sentence: str


def worth(found: Findings) -> Worth | None:
    """Whether the best setting's network is worth it; None where there is nothing beside it."""
    if found.best is None:
        return None
    key = group_of(found.best)
    baseline = None if key is None else lowest_baselines(found.baselines).get(key)
    if baseline is None:
        return None
    level = found.best.cross_fitted_loss
    difference = _with_error(
        level.mean - baseline.validation_loss.mean,
        [*_parts(found.best), *_baseline_parts(baseline)],
        seeds=level.n,
    )
    standing = _standing(difference)
    return Worth(
        standing=standing,
        setting=found.best,
        baseline=baseline,
        difference=difference,
        sentence=_sentence(standing, found.best, baseline, difference),
    )


def group_of(setting: SettingFinding) -> tuple[int, float] | None:
    """Which baselines a setting may be compared with; None where no run has curves."""
    return next((reference_key(run) for run in setting.runs if run.curves is not None), None)


def new_loss(setting: SettingFinding) -> Interval:
    """A setting's loss at its best epoch on new examples of the same kind.

    The epoch is chosen on other examples than the loss is read on. No interval for one seed.
    """
    level = setting.cross_fitted_loss
    return _with_error(level.mean, _parts(setting), seeds=level.n)


def _parts(setting: SettingFinding) -> list[Part]:
    """The variance of a setting's mean loss by seeds and by validation examples."""
    level = setting.cross_fitted_loss
    if level.n < 2:
        return [(math.nan, 1)]
    measured = [
        run.curves.evidence.cross_fitted_loss
        for run in setting.runs
        if run.curves is not None and run.curves.evidence is not None
    ]
    if not measured:
        return [(math.nan, 1)]
    of_examples = float(np.mean([each.standard_error**2 for each in measured]))
    return [(level.deviation**2 / level.n, level.n - 1), (of_examples, measured[0].n - 1)]


def _baseline_parts(baseline: Baseline) -> list[Part]:
    error, of_seeds = baseline.validation_loss.standard_error**2, baseline.seed_error**2
    examples = (max(error - of_seeds, 0.0), baseline.validation_loss.n - 1)
    return [examples] if baseline.seeds < 2 else [(of_seeds, baseline.seeds - 1), examples]


def _with_error(mean: float, parts: Sequence[Part], *, seeds: int) -> Interval:
    """A mean with its 95 % interval from independent parts of its variance.

    Degrees of freedom after Satterthwaite (1946), An approximate distribution of estimates of
    variance components.
    """
    total = math.fsum(variance for variance, _ in parts)
    if not total > 0:  # nor where a part is not known
        ends = total if math.isnan(total) else 0.0
        return Interval(mean=mean, low=mean - ends, high=mean + ends, deviation=math.nan, n=seeds)
    freedom = total**2 / math.fsum(v**2 / degrees for v, degrees in parts if v > 0)
    half = float(stdtrit(freedom, (1 + LEVEL) / 2)) * math.sqrt(total)
    return Interval(mean=mean, low=mean - half, high=mean + half, deviation=math.nan, n=seeds)


def _standing(difference: Interval) -> Standing:
    if math.isnan(difference.half):
        return Standing.UNKNOWN
    if difference.high < 0:
        return Standing.BETTER
    return Standing.WORSE if difference.low > 0 else Standing.EQUAL


def _sentence(
    standing: Standing, setting: SettingFinding, baseline: Baseline, difference: Interval
) -> str:
    level = number(setting.cross_fitted_loss.mean)
    network = f"at its best epoch {setting.label} reaches a validation loss of {level}"
    other = f"{baseline.name} {number(baseline.validation_loss.mean)}"
    match standing:
        case Standing.BETTER:
            lower = f"95 %: {from_to(difference.negated)} lower"
            return f"The network is worth it: {network}, {other} ({lower})."
        case Standing.WORSE:
            higher = f"95 %: {from_to(difference)} higher"
            return f"The network is not worth it: {network}, {other} ({higher} than that)."
        case Standing.EQUAL:
            apart = f"95 % of the difference: {from_to(difference)}"
            equal = f"{network}, {other}, equal within the error ({apart})"
            return f"The network is hardly worth it: {equal}."
        case _:
            few = "one seed is too few to say which is better"
            return f"Whether the network is worth it is open: {network}, {other}; {few}."
