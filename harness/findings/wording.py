"""Numbers, names and lists as people read them."""

import math
from collections.abc import Sequence

from harness.findings.records import Interval
from harness.judge import MINUS, NOT_MEASURED, SCORE_WORDS, decimals, number


def plus_minus(found: Interval) -> str:
    """Mean ± half the 95 % interval: "0.0810 ± 0.006"; the mean alone without an interval.

    The half has no more decimals than the mean, unless nothing would be left of it or the
    mean is written with an exponent.
    """
    mean = number(found.mean)
    if math.isnan(found.mean) or math.isnan(found.half):
        return mean
    half = f"{found.half:.{min(decimals(abs(found.mean)), decimals(found.half))}f}"
    if float(half) == 0 or found.mean == 0 or "e" in mean:
        half = number(found.half)
    return f"{mean} ± {half}"


def with_spread(found: Interval) -> str:
    """The same with the number of seeds: "0.0810 ± 0.006 over 5 seeds"."""
    seeds = "from 1 seed" if found.n == 1 else f"over {counted(found.n, 'seed')}"
    return f"{plus_minus(found)} {seeds}"


def from_to(found: Interval) -> str:
    """The ends of an interval: "0.12 to 0.30"; a dash where it has none."""
    if math.isnan(found.half):
        return NOT_MEASURED
    return f"{number(found.low)} to {number(found.high)}"


def signed(value: float) -> str:
    """With its sign: "+0.300", "−0.300"."""
    return f"+{number(value)}" if value > 0 else number(value)


def correlation(value: float) -> str:
    """A rank correlation: "+0.63", "−0.20"."""
    return NOT_MEASURED if math.isnan(value) else f"{value:+.2f}".replace("-", MINUS)


def p_value(p: float) -> str:
    """A p that was adjusted for the number of tests: "Holm p 0.021", "Holm p < 0.001"."""
    if math.isnan(p):
        return "no p"
    return "Holm p < 0.001" if p < 0.001 else f"Holm p {p:.3f}"


def quantity_words(quantity: str, score_name: str) -> str:
    """A compared quantity: "gap", "validation loss", "validation accuracy"."""
    if quantity == "validation_score":
        return f"validation {score_words(score_name) or 'score'}"
    return quantity.replace("_", " ")


def score_words(score_name: str) -> str:
    """A score for people: "accuracy", "R²"; empty where there is none."""
    return SCORE_WORDS.get(score_name, score_name)


def knob_name(knob: str) -> str:
    """A knob's name: "learning rate"."""
    return knob.replace("_", " ")


def counted(n: int, thing: str) -> str:
    """ "1 run", "1,200 runs"."""
    return f"{n} {thing}" if n == 1 else f"{n:,} {thing}s"


def listed(parts: Sequence[str]) -> str:
    """ "a", "a and b", "a, b and c"; "" for none."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"
