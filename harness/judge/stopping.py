"""Where training should have ended, and how exactly the curve tells."""

import math

import numpy as np

from harness.curves import Curves
from harness.curves.records import Array
from harness.judge.calls import Call
from harness.judge.reading import Reading
from harness.judge.records import Kind, StopAt
from harness.judge.smoothing import smoothed
from harness.study import Thresholds

NOISE = 1.0
"""How many errors above the lowest a loss may lie and still have been the lowest."""


def stop_at(curves: Curves, reading: Reading, call: Call, thresholds: Thresholds) -> StopAt | None:
    """The epoch of the lowest smoothed validation loss, and those it cannot be told from.

    An epoch belongs to them while every loss between it and the lowest stays within the curve's
    jumps and the error of a paired difference. That error is known for the run's end, and
    epochs nearer to each other differ less: it is taken to grow with the root of the share of
    the rise that lies between.
    """
    if call.kind in (Kind.DIVERGED, Kind.CONSTANT) or not call.chances:
        return None
    losses = smoothed(curves.validation_loss, window=thresholds.smoothing)
    best = int(np.searchsorted(curves.epochs, reading.best_epoch))
    inside = losses - losses.min() <= NOISE * _noise(reading, losses)
    low = high = best
    while low > 0 and inside[low - 1]:
        low -= 1
    while high < len(losses) - 1 and inside[high + 1]:
        high += 1
    return StopAt(
        epoch=reading.best_epoch, low=float(curves.epochs[low]), high=float(curves.epochs[high])
    )


def _noise(reading: Reading, losses: Array) -> Array:
    evidence = reading.rise_evidence
    if evidence is None or math.isnan(evidence.standard_error):
        return np.full(len(losses), reading.roughness)
    above = losses - losses.min()
    share = np.sqrt(above / max(float(above.max()), 1e-300))
    return np.hypot(reading.roughness, evidence.standard_error * share)
