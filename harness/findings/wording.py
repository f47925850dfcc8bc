"""Numbers and lists as people read them."""

from collections.abc import Sequence

from harness.findings.records import Interval
from harness.judge import SCORE_WORDS, number


def with_spread(found: Interval) -> str:
    """A mean with half its 95 % interval and the number of seeds: "0.0810 ± 0.006 over 5 seeds".

    The half has no more decimals than the mean, unless nothing would be left of it.
    """
    if found.n < 2:
        return f"{number(found.mean)} from {counted(found.n, 'seed')}"
    mean, half = number(found.mean), number(found.half)
    fewer = f"{found.half:.{_decimals(mean)}f}"
    if "e" not in mean and float(fewer) != 0 and len(fewer) < len(half):
        half = fewer
    return f"{mean} ± {half} over {found.n} seeds"


def signed(value: float) -> str:
    """With its sign: "+0.300", "−0.300"."""
    return f"+{number(value)}" if value > 0 else number(value).replace("-", "−")


def quantity_words(quantity: str, score_name: str) -> str:
    """A compared quantity: "gap", "validation loss", "validation accuracy"."""
    if quantity == "validation_score":
        return f"validation {SCORE_WORDS.get(score_name, score_name or 'score')}"
    return quantity.replace("_", " ")


def knob_words(knob: str) -> str:
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


def _decimals(text: str) -> int:
    return len(text.partition(".")[2])
