"""What stands in a cell of a log, as a number."""

import math
import re
from collections.abc import Mapping
from typing import Any

MISSING = frozenset({"", "-", "--", "–", "na", "n/a", "none", "null", "no log"})
_WRAPPED = re.compile(r"^(?:tensor|array|(?:np|jnp|numpy)\.\w+)\(\s*\[?\s*([^,\])]+)")
_LISTED = re.compile(r"^\[\s*([^,\]]+)\s*\]$")


def number(cell: Any) -> float | None:
    """A cell's number, NaN and infinities included; None where the cell is empty.

    "98 %" is 98, "tensor(0.5)" and "[0.5]" are 0.5, "No log" (Hugging Face) is empty.

    Raises:
        ValueError: it holds something else.
    """
    if cell is None:
        return None
    if not isinstance(cell, str):
        return _plain(cell)
    text = cell.strip()
    try:
        return float(text)
    except ValueError:
        pass
    if text.lower() in MISSING:
        return None
    wrapped = _WRAPPED.match(text) or _LISTED.match(text)
    return float(wrapped[1] if wrapped else text.removesuffix("%"))


def is_number(cell: Any) -> bool:
    """Whether a cell holds a number, NaN included."""
    try:
        return number(cell) is not None
    except ValueError:
        return False


def flat(content: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    """A nested mapping as one, with names joined by "/"."""
    found: dict[str, Any] = {}
    for key, value in content.items():
        name = f"{before}{key}"
        found |= flat(value, f"{name}/") if isinstance(value, Mapping) else {name: value}
    return found


def _plain(cell: Any) -> float:
    if isinstance(cell, list) and len(cell) == 1:
        return _plain(cell[0])
    if isinstance(cell, bool) or not isinstance(cell, (int, float)):
        raise ValueError("no number")
    try:
        return float(cell)
    except OverflowError:  # a whole number of more than 308 digits
        return math.inf if cell > 0 else -math.inf
