"""Settings compared in pairs of equal seeds."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import combinations

from harness.findings.intervals import holm, interval, p_of_zero
from harness.findings.records import ALPHA, Difference, Interval, SettingFinding
from harness.findings.wording import counted, from_to, p_value, quantity_words, signed
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


def turned(found: Difference) -> Difference:
    """The same difference told from the other side: a minus b."""
    return replace(found, a=found.b, b=found.a, difference=found.difference.negated)


def compared(found: Difference, words: str) -> str:
    """Both in one clause: "the gap of large is 0.723 higher than that of small"."""
    side = "higher" if found.difference.mean > 0 else "lower"
    size = number(abs(found.difference.mean))
    return f"the {words} of {found.b} is {size} {side} than that of {found.a}"


def sizes(apart: Interval) -> str:
    """The ends of a difference's interval, counted in the direction of its mean."""
    return from_to(apart if apart.mean > 0 else apart.negated)


def _sentence(found: Difference, words: str, comparisons: int) -> str:
    apart, pairs = found.difference, f"{counted(found.pairs, 'pair')} of equal seeds"
    between = f"{found.b} minus {found.a} is {signed(apart.mean)}"
    if not found.enough:
        claim = f"Too few seeds to claim a difference in {words}"
        return f"{claim}: {between} over {pairs}, {MINIMUM_PAIRS} are needed."
    level = f"95 % for all {comparisons} comparisons at once" if comparisons > 1 else "95 %"
    p = p_value(found.holm_p)
    if not found.holm_p < ALPHA:
        ends = f"{signed(apart.low)} to {signed(apart.high)}"
        return f"No clear difference in {words}: {between} ({level}: {ends}, {pairs}, {p})."
    told = compared(found, words)
    return f"{told[0].upper()}{told[1:]} ({level}: {sizes(apart)}, {pairs}, {p})."


def _by_seed(setting: SettingFinding, quantity: str) -> dict[int, float]:
    counted = [run for run in setting.runs if _counts(run, quantity)]
    values = {run.seed: run.objective(QUANTITIES[quantity]) for run in counted}
    return {seed: value for seed, value in values.items() if math.isfinite(value)}


def _counts(run: Run, quantity: str) -> bool:
    if run.curves is None or not run.curves.validated:
        return False
    return quantity == "validation_loss" or run.ending is Ending.FINISHED
