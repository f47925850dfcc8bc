"""Settings compared in pairs of equal seeds."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import combinations

from harness.findings.intervals import holm, interval, p_of_zero
from harness.findings.records import ALPHA, Difference, Interval, SettingFinding
from harness.findings.wording import counted, quantity_words, signed
from harness.judge import Ending, Run, number

MINIMUM_PAIRS = 6
"""A sign-flip test of fewer pairs cannot reach p < 0.05; below, nothing is claimed."""
MOST_ARMS_ALL_PAIRS = 4
"""Up to so many arms all pairs are compared; more are compared with the first one only."""
QUANTITIES = {
    "validation_loss": "validation_loss_end",
    "gap": "gap",
    "validation_score": "validation_score_end",
}


def differences(
    settings: Sequence[SettingFinding], *, score_name: str = ""
) -> tuple[Difference, ...]:
    """The differences that a study with arms asks about, one family for each quantity.

    Losses of diverged seeds count as the worse of the constant's and their own; in gap and
    score they do not count.

    Args:
        settings: the arms.
        score_name: of the runs' curves, for the sentences.
    """
    if len(settings) <= MOST_ARMS_ALL_PAIRS:
        asked = list(combinations(settings, 2))
    else:
        asked = [(settings[0], other) for other in settings[1:]]
    families = [family(asked, quantity, score_name=score_name) for quantity in QUANTITIES]
    return tuple(found for each in families for found in each)


def family(
    pairs: Iterable[tuple[SettingFinding, SettingFinding]], quantity: str, *, score_name: str = ""
) -> tuple[Difference, ...]:
    """Every pair's difference (the second minus the first) in one quantity.

    Intervals hold all at once (Bonferroni), p values are Holm's. Pairs of settings that share
    no seed with the quantity measured are left out.
    """
    asked = [(a, b, shared(a, b, quantity)) for a, b in pairs]
    asked = [(a, b, values) for a, b, values in asked if values]
    found = [_difference(a, b, quantity, values, len(asked)) for a, b, values in asked]
    adjusted = holm([p_of_zero(one.difference) for one in found])
    named = [replace(one, holm_p=p) for one, p in zip(found, adjusted, strict=True)]
    words = quantity_words(quantity, score_name)
    return tuple(replace(one, sentence=_sentence(one, words, len(asked))) for one in named)


def shared(a: SettingFinding, b: SettingFinding, quantity: str) -> list[float]:
    """The quantity of `b` minus that of `a` for every seed measured in both, by seed."""
    mine, others = _by_seed(a, quantity), _by_seed(b, quantity)
    return [others[seed] - mine[seed] for seed in sorted(mine) if seed in others]


def _difference(
    a: SettingFinding, b: SettingFinding, quantity: str, values: Sequence[float], comparisons: int
) -> Difference:
    return Difference(
        a=a.label,
        b=b.label,
        quantity=quantity,
        difference=interval(values, comparisons=comparisons),
        pairs=len(values),
        enough=len(values) >= MINIMUM_PAIRS,
        holm_p=math.nan,
        sentence="",
    )


def _sentence(found: Difference, words: str, comparisons: int) -> str:
    between = f"{found.b} − {found.a}, {words}: {signed(found.difference.mean)}"
    if not found.enough:
        seeds = f"{counted(found.pairs, 'pair')} of seeds"
        return f"Too few seeds to claim: {between} over {seeds}, {MINIMUM_PAIRS} are needed."
    figures = f"{_bounds(found.difference, comparisons)}, {found.pairs} pairs of seeds"
    p = f"Holm p {_p(found.holm_p)}"
    if not found.holm_p < ALPHA:
        return f"No clear difference: {between} ({figures}, {p})."
    side = "higher" if found.difference.mean > 0 else "lower"
    by = number(abs(found.difference.mean))
    return f"{found.b} has a {side} {words} than {found.a}, by {by} ({figures}, {p})."


def _bounds(found: Interval, comparisons: int) -> str:
    all_at_once = f" for all {comparisons} comparisons at once" if comparisons > 1 else ""
    return f"95 %{all_at_once}: {signed(found.low)} to {signed(found.high)}"


def _p(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def _by_seed(setting: SettingFinding, quantity: str) -> dict[int, float]:
    counted = [run for run in setting.runs if _counts(run, quantity)]
    values = {run.seed: run.objective(QUANTITIES[quantity]) for run in counted}
    return {seed: value for seed, value in values.items() if math.isfinite(value)}


def _counts(run: Run, quantity: str) -> bool:
    if run.curves is None or not run.curves.validated:
        return False
    return quantity == "validation_loss" or run.ending is Ending.FINISHED
