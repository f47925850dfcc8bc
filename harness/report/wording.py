"""Knobs, losses and times as a report writes them."""

from harness.judge import LOSS_UNITS, number
from harness.study import GivenLayer, KnobValue, Study

_LOSSES = {
    **LOSS_UNITS,
    "mse": "mean squared error",
    "mae": "mean absolute error",
    "output": "the network's own loss",
}

Z95 = 1.96
"""Of a normal 95 % interval: the examples are many, unlike the seeds."""


def knob_value(value: KnobValue) -> str:
    """A knob's value for people: 0.00123, 32, adam, 64-32, yes, "0.5, 0.1"."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.3g}"
    if isinstance(value, tuple):
        if any(isinstance(item, GivenLayer) for item in value):
            return "given"
        whole = all(isinstance(item, int) and item >= 0 for item in value)
        return ("-" if whole else ", ").join(str(item) for item in value)
    return str(value)


def knob_meaning(study: Study, knob: str) -> str:
    """What a knob of the study means, in a sentence."""
    return study.knob(knob).meaning


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
