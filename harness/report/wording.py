"""Numbers, knob values and names as people read them."""

import math

from harness.findings import Interval
from harness.study import KNOBS, KnobValue

NOT_MEASURED = "–"
MINUS = "−"

_LOSSES = {
    "categorical_crossentropy": "cross-entropy",
    "binary_crossentropy": "cross-entropy",
    "mse": "mean squared error",
    "mae": "mean absolute error",
    "huber": "Huber loss",
    "output": "the network's own loss",
}
_SCORES = {"accuracy": "accuracy", "r2": "R²"}


def number(value: float) -> str:
    """Three significant digits: 0.0421, 1.30, 1230, 2.5e-05; a dash where not measured."""
    if math.isnan(value):
        return NOT_MEASURED
    if math.isinf(value):
        return "∞" if value > 0 else f"{MINUS}∞"
    size = abs(value)
    if size != 0 and not 1e-4 <= size < 1e6:
        text = f"{value:.2e}"
    else:
        text = f"{value:.{_decimals(size)}f}"
    return text.replace("-", MINUS, 1) if text.startswith("-") else text


def plus_minus(interval: Interval) -> str:
    """Mean ± half the 95 % interval, the half with no more decimals than the mean.

    The mean alone where a single seed gives no interval.
    """
    if math.isnan(interval.mean) or math.isnan(interval.half):
        return number(interval.mean)
    decimals = min(_decimals(abs(interval.mean)), _decimals(interval.half))
    half = f"{interval.half:.{decimals}f}"
    if float(half) == 0 or abs(interval.mean) < 1e-4:
        half = number(interval.half)
    return f"{number(interval.mean)} ± {half}"


def from_to(interval: Interval) -> str:
    """The ends of an interval: "0.12 to 0.30"."""
    if math.isnan(interval.half):
        return NOT_MEASURED
    return f"{number(interval.low)} to {number(interval.high)}"


def correlation(value: float) -> str:
    """A rank correlation: "+0.63", "−0.20"."""
    return NOT_MEASURED if math.isnan(value) else f"{value:+.2f}".replace("-", MINUS)


def p_value(p: float) -> str:
    """A p that was adjusted for the number of tests: "Holm p 0.021", "Holm p < 0.001"."""
    if math.isnan(p):
        return "no p"
    return "Holm p < 0.001" if p < 0.001 else f"Holm p {p:.3f}"


def count(n: int, one: str, many: str | None = None) -> str:
    """ "1 setting", "3 settings"."""
    return f"{n} {one if n == 1 else many or one + 's'}"


def knob_value(value: KnobValue) -> str:
    """A knob's value for people: 0.00123, 32, adam, 64-32, yes."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.3g}"
    if isinstance(value, tuple):
        whole = all(isinstance(item, int) for item in value)
        return "-".join(str(item) for item in value) if whole else "given"
    return str(value)


def knob_name(knob: str) -> str:
    """A knob's name for people: "learning rate"."""
    return knob.replace("_", " ")


def knob_meaning(knob: str) -> str:
    """What a knob means, in a sentence; empty for one that is not ours."""
    return KNOBS[knob].meaning if knob in KNOBS else ""


def loss_words(loss_name: str) -> str:
    """A loss for people: "cross-entropy"."""
    return _LOSSES.get(loss_name, loss_name)


def score_words(score_name: str) -> str:
    """A score for people: "accuracy", "R²"."""
    return _SCORES.get(score_name, score_name)


def duration(seconds: float) -> str:
    """ "42 s", "3 min 5 s", "2 h 10 min"."""
    whole = round(seconds)
    if whole < 60:
        return f"{number(seconds) if seconds < 10 else whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def _decimals(size: float) -> int:
    if size == 0:
        return 0
    return max(2 - math.floor(math.log10(float(f"{size:.2e}"))), 0)
