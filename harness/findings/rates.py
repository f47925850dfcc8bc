"""A learning-rate range test: which rates are too small, right, too large.

After Smith (2017, "Cyclical learning rates for training neural networks"), with one network
for each rate in place of one whose rate rises: a loss then belongs to its rate alone.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from harness.curves.records import Array

Regime = Literal["too small", "right", "too large"]

LEAST_SHARE = 0.2
"""The smallest rate suggested makes this share of the best progress in the few epochs of the
test; a whole training has several times as many. Our choice."""
KEPT_SHARE = 0.8
"""The largest rate suggested keeps this share of the best progress, and no seed diverges."""


@dataclass(frozen=True, kw_only=True)
class RateScan:
    """Losses after a few epochs, by learning rate.

    Args:
        name: what was scanned: an optimizer, an arm.
        rates: rising.
        train_loss, validation_loss: [rate, seed]; of a seed that diverged the start's loss, or
            its own where that is higher. `validation_loss` is empty without a validation part.
        diverged: seeds that diverged at each rate.
        start: the loss before training, mean over seeds.
        loss_name: "mse" and so on.
        epochs: trained.
    """

    name: str
    rates: Array
    train_loss: np.ndarray
    validation_loss: np.ndarray
    diverged: np.ndarray
    start: float
    loss_name: str
    epochs: int

    @property
    def loss(self) -> np.ndarray:
        """What is judged: the validation loss, or without one the training loss."""
        return self.validation_loss if self.validation_loss.size else self.train_loss


@dataclass(frozen=True, kw_only=True)
class RateAdvice:
    """What a scan suggests.

    Args:
        low, high: ends of the range to search; NaN where no rate learned anything.
        best: the rate of the lowest smoothed loss.
        regimes: of each rate.
        open_low, open_high: the range begins or ends where the scan does, so more may lie
            beyond.
    """

    low: float
    high: float
    best: float
    regimes: tuple[Regime, ...]
    open_low: bool = False
    open_high: bool = False


def advise(scan: RateScan) -> RateAdvice:
    """The range of rates worth searching.

    From the smallest rate that makes `LEAST_SHARE` of the best progress to the largest that
    keeps `KEPT_SHARE` of it without a diverged seed, both without a gap to the best rate.
    Progress is how far the mean over seeds fell below the start, smoothed over neighbours.
    """
    levels = smoothed(np.asarray(scan.loss, dtype=np.float64).mean(axis=1))
    progress = scan.start - levels
    best = int(np.argmax(np.where(scan.diverged > 0, -np.inf, progress)))
    top = float(progress[best])
    if scan.diverged[best] > 0 or not top > 0:
        regimes = tuple[Regime, ...]("too large" if d else "too small" for d in scan.diverged)
        return RateAdvice(low=math.nan, high=math.nan, best=math.nan, regimes=regimes)
    low = _reach(progress >= LEAST_SHARE * top, best, step=-1)
    high = _reach((progress >= KEPT_SHARE * top) & (scan.diverged == 0), best, step=1)
    numbers = range(len(scan.rates))
    return RateAdvice(
        low=float(scan.rates[low]),
        high=float(scan.rates[high]),
        best=float(scan.rates[best]),
        regimes=tuple("too small" if n < low else "too large" if n > high else "right"
                      for n in numbers),
        open_low=low == 0,
        open_high=high == len(scan.rates) - 1,
    )  # fmt: skip


def smoothed(levels: Sequence[float] | Array) -> Array:
    """The median of each value and its two neighbours, at the ends of the nearest three."""
    values = np.asarray(levels, dtype=np.float64)
    if len(values) < 3:
        return values
    inner = np.median(np.stack([values[:-2], values[1:-1], values[2:]]), axis=0)
    return np.concatenate([inner[:1], inner, inner[-1:]])


def _reach(fits: np.ndarray, start: int, *, step: int) -> int:
    """The farthest position from `start` in one direction without a gap."""
    at = start
    while 0 <= at + step < len(fits) and fits[at + step]:
        at += step
    return at
