"""From signs to a verdict: how likely each kind is, and whether that is enough."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.judge.figures import percent
from harness.judge.forest import Forest, forest
from harness.judge.reading import Reading
from harness.judge.records import Fit, Kind
from harness.judge.sharpness import SHARPNESS
from harness.judge.signs import signs
from harness.study import Thresholds

FEWEST_POINTS = 4
NO_SCALE = "the losses leave no scale to read them against"
RUINED = 0.2
"""Training that ends so far above its start, and the constant's loss, has diverged."""
JITTER = 0.12
"""Training that climbs no further than that has not diverged."""
LEARNED_BY_LOSS = 0.3
LEARNED_BY_SCORE = 0.1
"""A run so far below the constant's loss, or above its first score, has learned something."""
REST = Kind.UNCLEAR
"""What is left where none of the kinds is true of a run with a reference."""
LIKELY = 0.15
"""A kind less likely than that is not named among those that an unclear run may be of."""


@dataclass(frozen=True, kw_only=True)
class Call:
    """What the judge says of a run's figures.

    Args:
        kind: the verdict.
        confidence: its probability; of an unclear one the most likely kind's.
        chances: the probability of every kind that was asked about, the most likely first.
        doubt: what an unclear verdict could not decide; empty for the others.
        or_else: what a verdict that is sure of the fit only may be instead; empty for others.
    """

    kind: Kind
    confidence: float
    chances: Mapping[Kind, float] = field(default_factory=dict)
    doubt: str = ""
    or_else: str = ""


def decide(reading: Reading, thresholds: Thresholds) -> Call:
    """The most likely kind, where it, or overfit or underfit as a whole, is likely enough.

    People ask first whether a run overfits or underfits: that it was stopped early or is too
    weak, and nobody can tell which, is an answer.
    """
    if doubt := undecidable(reading):
        return Call(kind=Kind.UNCLEAR, confidence=0.0, doubt=doubt)
    return called(chances(reading, thresholds), sure=thresholds.sure)


def called(found: Mapping[Kind, float], *, sure: float) -> Call:
    """What is said where every kind is so likely.

    Args:
        found: the probability of each kind, the most likely first; together they are 1.
        sure: the probability that a verdict needs.
    """
    kind, confidence = next(iter(found.items()))
    if confidence >= sure:
        return Call(kind=kind, confidence=confidence, chances=found, doubt=_between(kind))
    likely = [named(kind, p) for kind, p in found.items() if p >= LIKELY]
    if _only_the_kind_is_in_doubt(found, sure=sure):
        others = " or ".join(likely[1:])
        return Call(kind=kind, confidence=confidence, chances=found, or_else=others)
    doubt = " or ".join(likely)
    return Call(kind=Kind.UNCLEAR, confidence=confidence, chances=found, doubt=doubt)


def _only_the_kind_is_in_doubt(found: Mapping[Kind, float], *, sure: float) -> bool:
    (first, _), *others = found.items()
    if first.fit is Fit.UNCLEAR or not others:
        return False
    second, p = others[0]
    alike = math.fsum(p for kind, p in found.items() if kind.fit is first.fit)
    return second.fit is first.fit and p >= LIKELY and alike >= sure


def _between(kind: Kind) -> str:
    return "neither near the best level known nor clearly too weak" if kind is REST else ""


def named(kind: Kind, p: float) -> str:
    """A kind that may be, with its probability: "trained too long (31 %)"."""
    own = {REST: "between fitting and too weak", Kind.SETTLED: "settled"}
    words = own.get(kind) or kind.words.rpartition(": ")[2]
    return f"{words} ({percent(p)})"


def undecidable(reading: Reading) -> str:
    """Why nothing can be said: too few points, or a loss without a scale; else empty."""
    return too_few(reading.points) or ("" if reading.scale > 0 else NO_SCALE)


def too_few(points: int) -> str:
    """Why so many measured epochs are no course; empty where they suffice."""
    if points >= FEWEST_POINTS:
        return ""
    shown = "1 measured epoch shows" if points == 1 else f"{points} measured epochs show"
    return f"{shown} no course; {FEWEST_POINTS} are needed"


def chances(reading: Reading, thresholds: Thresholds) -> Mapping[Kind, float]:
    """The probability of every kind, the most likely first; together they are 1.

    The kinds are asked about in the order of `RULES`. Each answer is a random forest's, given
    that the kinds before it are untrue; what all of them leave is the last's. Without a reference
    nothing tells fit from weak, and what is left has settled.

    Args:
        reading: with a scale and enough points.
        thresholds: the bounds that signs are measured from.
    """
    known = knowledge(reading)
    return answered(reading, thresholds, trees=forest(known), sharpness=SHARPNESS[known])


def answered(
    reading: Reading, thresholds: Thresholds, *, trees: Forest, sharpness: tuple[float, float]
) -> Mapping[Kind, float]:
    """The same by these trees, so sharp."""
    if ruined(reading):
        return {Kind.DIVERGED: 1.0}
    found = chained(
        trees.answers(signs(reading, thresholds)),
        rest=REST if reading.referenced else Kind.SETTLED,
        without=excluded(reading),
    )
    return sharpened(found, *sharpness)


def ruined(reading: Reading) -> bool:
    """Whether training ends so far above its start that nothing needs to be weighed."""
    return reading.train_end - reading.train_level >= RUINED * reading.train_scale


def excluded(reading: Reading) -> frozenset[Kind]:
    """What a run cannot be, by what the words mean and whatever its signs weigh."""
    never = {
        Kind.DIVERGED: max(reading.climb, reading.train_end - reading.train_level)
        <= JITTER * reading.train_scale,
        # Where training shares the whole rise, it went backwards: that is no overfitting.
        Kind.TRAINED_TOO_LONG: reading.climb >= reading.rise,
        Kind.STOPPED_EARLY: reading.drop <= 0,
        Kind.CONSTANT: _learned(reading),
        Kind.MEMORISES: reading.gap <= 0,
    }
    return frozenset(kind for kind, is_not in never.items() if is_not)


def _learned(reading: Reading) -> bool:
    """Whether the loss or the score shows plainly that something was learned."""
    by_loss = reading.share(reading.constant - reading.validation_end) > LEARNED_BY_LOSS
    by_score = reading.score_gained > LEARNED_BY_SCORE + 2 * reading.score_error
    return by_loss or by_score


def chained(
    answers: Mapping[Kind, float], *, rest: Kind, without: frozenset[Kind] = frozenset()
) -> Mapping[Kind, float]:
    """The probability of every kind, and of `rest` if none of them is true.

    Args:
        answers: how likely each kind is, given that those before it are untrue, in their order.
        rest: what is left.
        without: kinds that are not asked about.
    """
    left, found = 1.0, dict[Kind, float]()
    for kind, p in answers.items():
        if kind not in without:
            found[kind], left = left * p, left * (1 - p)
    return {**found, rest: left}


def sharpened(found: Mapping[Kind, float], slope: float, offset: float) -> Mapping[Kind, float]:
    """The chances, the most likely first, with that one's log-odds times `slope` plus `offset`.

    Platt's scaling (1999), fitted on runs from which the forest did not learn. The other kinds
    share what is left as they did.
    """
    first, *others = sorted(found, key=lambda kind: -found[kind])
    best = _logistic(slope * log_odds(found[first]) + offset)
    left = max(1 - found[first], 1e-12)
    return {first: best} | {kind: found[kind] / left * (1 - best) for kind in others}


def knowledge(reading: Reading) -> str:
    """Which forest serves: by whether there is a reference, and evidence of examples."""
    if reading.referenced:
        return "reference"
    return "curves" if reading.rise_evidence is None else "alone"


def log_odds(p: float) -> float:
    """The logarithm of p / (1 - p), finite at the ends."""
    inside = min(max(p, 1e-12), 1 - 1e-12)
    return math.log(inside / (1 - inside))


def _logistic(total: float) -> float:
    return 1 / (1 + math.exp(-max(min(total, 30.0), -30.0)))
