"""Curves without their jumps, and how far they jump."""

import math
from functools import lru_cache

import numpy as np

from harness.curves.records import Array


def smoothed(values: Array, *, window: int) -> Array:
    """The running median, as long as `values`; near the ends over what the window still holds.

    A quarter of the values is the widest window: five epochs are not smoothed over five.
    An end is the median of the last half window, so that one epoch's jump is not a rise.
    """
    half = reach(len(values), window)
    if half == 0:
        return values
    found = np.empty_like(values)
    # Sorted, since NumPy's median takes five times as long on windows as short as these.
    windows = np.sort(values[_windows(len(values), 2 * half + 1)], axis=1)
    found[half:-half] = windows[:, half]
    for i in range(half):
        found[i] = median(values[: i + half + 1])
        found[-1 - i] = median(values[-1 - i - half :])
    return found


def reach(length: int, window: int) -> int:
    """How many values to either side a median of `length` values takes in."""
    return min(window, length // 4) // 2


def roughness(values: Array) -> float:
    """How far neighbours jump, as a standard deviation; 0 below three values.

    Second differences are blind to a steady trend; for independent jumps of deviation d they
    have deviation d·sqrt(6), and the median of their sizes is 0.6745 of that.
    """
    if len(values) < 3:
        return 0.0
    steps = values[2:] - 2 * values[1:-1] + values[:-2]
    return median(np.abs(steps)) / (0.6745 * math.sqrt(6))


def before_end(losses: Array, epochs: Array, share: float) -> float:
    """The loss that share of the epochs before the last one."""
    first, last = float(epochs[0]), float(epochs[-1])
    return float(np.interp(last - (last - first) * share, epochs, losses))


def median(values: Array) -> float:
    """The median of a short array."""
    ordered = sorted(values.tolist())
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return (ordered[middle - 1] + ordered[middle]) / 2


@lru_cache(maxsize=64)
def _windows(length: int, width: int) -> np.ndarray[tuple[int, int], np.dtype[np.intp]]:
    return np.arange(length - width + 1)[:, None] + np.arange(width)
