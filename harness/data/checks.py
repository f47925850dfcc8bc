"""What every source's examples must be, wherever they are held."""

from collections.abc import Mapping

import numpy as np

from harness.data.examples import Array, Examples
from harness.errors import DataError


def check_examples(examples: Examples) -> None:
    """Refuse what no network can learn from."""
    place = examples.place
    if len(examples.x) == 0:
        raise DataError(f"{place}: holds 0 rows")
    values = np.unique(examples.y)
    if len(values) == 1:
        value = examples.class_names[values[0]] if examples.class_names else f"{values[0]:g}"
        what = f"{place}: target {examples.target_name} is constant"
        raise DataError(f"{what}: every row holds {value}")


def standardized_target(y: Array, train: Array, examples: Examples) -> tuple[Array, float, float]:
    """The target shifted and scaled by the training part, its mean and its deviation."""
    mean, scale = float(y[train].mean()), float(y[train].std())
    if np.ptp(y[train]) == 0 or scale == 0:
        what = f"{examples.place}: target {examples.target_name} is constant"
        raise DataError(f"{what} in the training part: every row holds {y[train][0]:g}")
    return (y - mean) / scale, mean, scale


def range_faults(largest: Mapping[str, float], *, place: str) -> list[str]:
    """Faults of columns or targets whose largest value float32 does not hold."""
    return [
        f"{place}: {name} must lie within ±3.4e38 (float32), got {value:g}"
        for name, value in largest.items()
        if value > np.finfo(np.float32).max
    ]
