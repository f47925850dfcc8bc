"""Knobs, losses and times as a report writes them."""

from harness.judge import LOSS_UNITS, number
from harness.study import KNOBS, GivenLayer, KnobValue

_LOSSES = {
    **LOSS_UNITS,
    "mse": "mean squared error",
    "mae": "mean absolute error",
    "output": "the network's own loss",
}


def knob_value(value: KnobValue) -> str:
    """A knob's value for people: 0.00123, 32, adam, 64-32, yes."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.3g}"
    if isinstance(value, tuple):
        plain = not any(isinstance(item, GivenLayer) for item in value)
        return "-".join(str(item) for item in value) if plain else "given"
    return str(value)


def knob_meaning(knob: str) -> str:
    """What a knob means, in a sentence; empty for one that is not ours."""
    return KNOBS[knob].meaning if knob in KNOBS else ""


def loss_words(loss_name: str) -> str:
    """A loss for people: "cross-entropy"."""
    return _LOSSES.get(loss_name, loss_name)


def duration(seconds: float) -> str:
    """ "42 s", "3 min 5 s", "2 h 10 min"."""
    whole = round(seconds)
    if whole < 60:
        return f"{number(seconds) if seconds < 10 else whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
