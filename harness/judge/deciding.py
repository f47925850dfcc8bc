"""What would decide an unclear verdict."""

import math

from harness.curves import Curves
from harness.judge.calls import FEWEST_POINTS, Call
from harness.judge.reading import Reading
from harness.judge.records import Kind
from harness.study import Thresholds

ERRORS_APART = 2.0
"""A quantity is told from its bound where it lies so many standard errors away."""
MOST_TIMES = 50
"""Wanting more than so many times the examples is no advice."""


def decide_by(call: Call, curves: Curves, reading: Reading, thresholds: Thresholds) -> str:
    """What to measure or train, in a line; empty for a verdict that is sure of its kind."""
    if call.kind is Kind.SETTLED:
        return "runs of other settings on the same data, to compare with"
    if call.kind is not Kind.UNCLEAR and not call.or_else:
        return ""
    if not call.chances:
        few = reading.points < FEWEST_POINTS
        return f"at least {FEWEST_POINTS} measured epochs" if few else "a loss that changes"
    first, second = list(call.chances)[:2]
    doubtful = {first, second}
    if Kind.STOPPED_EARLY in doubtful:
        return "more epochs: twice as many show whether the validation loss falls on"
    if doubtful & {Kind.TRAINED_TOO_LONG, Kind.MEMORISES}:
        return _examples(doubtful, curves, reading, thresholds)
    if Kind.DIVERGED in doubtful:
        return "the same setting at a smaller learning rate"
    return "more seeds of this setting, and of the best one"


def _examples(doubtful: set[Kind], curves: Curves, reading: Reading, thresholds: Thresholds) -> str:
    """How many validation examples would bring a rise or a gap clear of its bound."""
    seeds = "more seeds of this setting"
    n, evidence = curves.validation_examples, reading.rise_evidence
    if n == 0 or evidence is None:
        return f"losses example by example, or {seeds}"
    if Kind.TRAINED_TOO_LONG in doubtful:
        away = abs(evidence.mean - thresholds.rise * reading.scale)
        error = evidence.standard_error
    else:
        away = abs(reading.gap - thresholds.memorises * reading.scale)
        error = reading.gap_error
    times = (ERRORS_APART * error / away) ** 2 if away > 0 else math.inf
    if not 1 < times <= MOST_TIMES:
        return f"{seeds}: it lies at the bound" if times > 1 else seeds
    return f"about {_rounded(n * times):,} validation examples in place of {n:,}"


def _rounded(count: float) -> int:
    """To two digits, upwards."""
    step = 10 ** max(math.floor(math.log10(count)) - 1, 0)
    return math.ceil(count / step) * step
