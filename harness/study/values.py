"""The rule of every knob's values, and what a message says of a value that breaks it."""

import math
import re
import sys
from difflib import get_close_matches
from typing import Any

from harness.study.knobs import GivenLayer, Knob
from harness.study.wording import shown

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_ELSEWHERE = {"kaiming": "he", "xavier": "glorot"}
"""First names, for which PyTorch's rules are named; here they bear their last names."""


def value_fault(knob: Knob, value: Any) -> str | None:
    """What is wrong with one value of a knob, as "must ..., got ...", or None."""
    match knob.kind:
        case "integer" | "real":
            return number_fault(knob, value)
        case "flag":
            right, rule = isinstance(value, bool), "must be true or false"
        case "choice":
            right, rule = value in knob.choices, f"must be one of {', '.join(knob.choices)}"
        case "units":
            sizes = value if isinstance(value, tuple | list) else (value,)
            right = len(sizes) > 0 and all(_whole(size) and inside(knob, size) for size in sizes)
            rule = (
                f"must be a whole number in {knob.low:g}..{knob.high:.0f}, "
                "or a list of them, one per layer"
            )
        case "batch":
            right = value in knob.choices or (_whole(value) and inside(knob, value))
            rule = 'must be a whole number of at least 1, "stochastic" or "full"'
        case "train_size":
            share = isinstance(value, float) and 0 < value <= 1
            right = share or (_whole(value) and value >= 1)
            rule = "must be a share in 0..1, or a whole number of examples"
        case "own":
            items = value if isinstance(value, tuple | list) else (value,)
            flags = isinstance(value, tuple | list) and any(isinstance(x, bool) for x in items)
            right = len(items) > 0 and not flags and all(_plain(item) for item in items)
            rule = "must be a number, text, true or false, or a list of numbers or texts"
        case "weights":
            layers = value if isinstance(value, tuple) else ()
            given = len(layers) > 0 and all(isinstance(layer, GivenLayer) for layer in layers)
            right = value in knob.choices or given
            rule = f"must be one of {', '.join(knob.choices)}, or a list of weights per layer"
    return None if right else f"{rule}, got {shown(value)}{_hint(knob, value)}"


def number_fault(knob: Knob, value: Any) -> str | None:
    """What is wrong with a number that a knob of numbers is set to or searched up to."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    right = number and inside(knob, value)
    rule = _rule(knob)
    if knob.kind not in ("real", "own"):
        right = right and value == int(value)
        rule += " and be a whole number"
    return None if right else f"{rule}, got {shown(value)}"


def own_name_fault(name: str) -> str | None:
    """What is wrong with the name of an own knob: stores and tables have to bear it, too."""
    return None if _NAME.fullmatch(name) else "must be a name of letters, digits and _"


def inside(knob: Knob, value: float) -> bool:
    """Whether a number is finite and within the knob's range."""
    above = value > knob.low if knob.low_open else value >= knob.low
    return above and value <= knob.high and abs(value) <= sys.float_info.max


def _hint(knob: Knob, value: Any) -> str:
    word = value.lower() if isinstance(value, str) else ""
    for theirs, ours in _ELSEWHERE.items():
        word = word.replace(theirs, ours)
    near = get_close_matches(word, knob.choices, n=1)
    return f"; did you mean {near[0]}?" if near else ""


def _plain(value: Any) -> bool:
    return isinstance(value, str) or (isinstance(value, int | float) and math.isfinite(value))


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _rule(knob: Knob) -> str:
    if knob.low == -math.inf:
        return "must be a finite number"
    if knob.high < math.inf:
        return f"must lie in {knob.low:g}..{knob.high:g}"
    return f"must be above {knob.low:g}" if knob.low_open else f"must be at least {knob.low:g}"
