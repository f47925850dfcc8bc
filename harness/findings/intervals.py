"""Means over seeds with their intervals, and p values for families of them."""

import math
from collections.abc import Iterable, Sequence

import numpy as np
from scipy.special import stdtr, stdtrit  # scipy.stats takes half a second to import

from harness.findings.records import NOTHING, Interval

LEVEL = 0.95


def interval(values: Iterable[float], *, comparisons: int = 1) -> Interval:
    """The mean of the finite `values` with its 95 % Student-t interval.

    Never a bootstrap: below 20 seeds its intervals are too short (at n = 5 a nominal 95 % hold
    83 % of the time, against Student-t's 95 %; measured by simulation for this project).

    Args:
        values: one per seed, or one per pair of seeds.
        comparisons: intervals that shall hold all at once; each is widened by Bonferroni.
    """
    finite = np.array([value for value in values if math.isfinite(value)])
    n = len(finite)
    if n == 0:
        return NOTHING
    equal = finite.min() == finite.max()
    # The mean of equal floats may be off by a last digit, and their deviation 1e-16.
    mean = float(finite[0] if equal else finite.mean())
    if n == 1:
        return Interval(mean=mean, low=math.nan, high=math.nan, deviation=math.nan, n=1)
    deviation = 0.0 if equal else float(finite.std(ddof=1))
    reach = float(stdtrit(n - 1, 1 - (1 - LEVEL) / comparisons / 2))
    half = reach * deviation / math.sqrt(n)
    return Interval(mean=mean, low=mean - half, high=mean + half, deviation=deviation, n=n)


def p_of_zero(found: Interval) -> float:
    """Two-sided p of the t test of "the mean is 0"; NaN below two values."""
    if found.n < 2:
        return math.nan
    if found.deviation == 0:
        return 1.0 if found.mean == 0 else 0.0
    t = abs(found.mean) / (found.deviation / math.sqrt(found.n))
    return 2 * float(stdtr(found.n - 1, -t))


def holm(p_values: Sequence[float]) -> list[float]:
    """Each p adjusted for its family, in the order given; NaN stays and is not counted.

    Source: Holm (1979), A simple sequentially rejective multiple test procedure.
    """
    order = sorted((p, i) for i, p in enumerate(p_values) if not math.isnan(p))
    adjusted = [math.nan] * len(p_values)
    highest = 0.0
    for rank, (p, i) in enumerate(order):
        highest = max(highest, min(1.0, p * (len(order) - rank)))
        adjusted[i] = highest
    return adjusted
