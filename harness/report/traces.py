"""Curves of many seeds on one axis of epochs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from harness.curves import Curves

Array = np.ndarray[Any, np.dtype[np.float64]]

POINTS = 120
"""Points of a drawn curve: more than a small plot can show."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Traces:
    """One curve of several seeds.

    Args:
        epochs: every epoch that any seed reached, rising.
        values: seed × epoch; NaN where a seed has no value.
    """

    epochs: Array
    values: Array

    @property
    def measured(self) -> bool:
        """Whether there is anything to draw."""
        return bool(np.isfinite(self.values).any())

    @property
    def mean(self) -> Array:
        """Mean over the seeds that reached each epoch."""
        reached = np.isfinite(self.values)
        return np.nansum(self.values, axis=0) / np.where(reached.any(0), reached.sum(0), np.nan)

    @property
    def lowest(self) -> Array:
        """The lowest seed at each epoch."""
        return np.fmin.reduce(self.values, axis=0)

    @property
    def highest(self) -> Array:
        """The highest seed at each epoch."""
        return np.fmax.reduce(self.values, axis=0)

    @property
    def bottom(self) -> int:
        """Index of the lowest mean."""
        return int(np.nanargmin(self.mean))

    def until(self, epoch: float) -> "Traces":
        """The curves up to and with an epoch."""
        kept = self.epochs <= epoch
        return Traces(epochs=self.epochs[kept], values=self.values[:, kept])

    def thinned(self) -> "Traces":
        """At most about `POINTS` epochs: evenly chosen, both ends and the minimum kept."""
        length = len(self.epochs)
        if length <= POINTS or not self.measured:
            return self
        even = np.linspace(0, length - 1, POINTS).round().astype(int)
        kept = np.union1d(even, [self.bottom])
        return Traces(epochs=self.epochs[kept], values=self.values[:, kept])


def traces(curves: Sequence[Curves], quantity: str) -> Traces:
    """The curve `quantity` ("train_loss", "validation_score" ...) of each of `curves`."""
    measured = [c for c in curves if len(getattr(c, quantity)) > 0]
    if not measured:
        return Traces(epochs=np.empty(0), values=np.empty((0, 0)))
    epochs = np.unique(np.concatenate([c.epochs for c in measured]))
    values = np.full((len(measured), len(epochs)), np.nan)
    for row, c in zip(values, measured, strict=True):
        row[np.searchsorted(epochs, c.epochs)] = getattr(c, quantity)
    return Traces(epochs=epochs, values=values)
