"""The rules of the judge in one table, in the order they are asked; the first match decides."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from scipy.special import ndtri

from harness.judge.reading import Reading
from harness.judge.records import Kind
from harness.study import Thresholds


@dataclass(frozen=True, kw_only=True)
class Call:
    """What a rule says when it applies.

    Args:
        kind: the verdict.
        confidence: rough and uncalibrated, 0.5..0.99.
        doubt: what an unclear verdict could not decide; empty for the others.
    """

    kind: Kind
    confidence: float
    doubt: str = ""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One row of the table.

    Args:
        name: what the rule asks about.
        decide: the rule; None where it does not apply.
        thresholds: the bounds it reads, by their names in `Thresholds`.
        says: the rule in words.
        source: where it comes from.
    """

    name: str
    decide: Callable[[Reading, Thresholds], Call | None]
    thresholds: tuple[str, ...]
    says: str
    source: str


def diverged(reading: Reading, thresholds: Thresholds) -> Call | None:
    """Training ended worse than a constant prediction."""
    bound = thresholds.diverged * reading.scale
    above = reading.train_end - reading.constant
    if reading.scale > 0 and above > bound:
        return Call(kind=Kind.DIVERGED, confidence=rough(above, bound))
    return None


def undecidable(reading: Reading, _: Thresholds) -> Call | None:
    """Too few points, or a loss whose scale is unknown."""
    doubt = ""
    if reading.points < FEWEST_POINTS:
        doubt = f"{reading.points} measured epochs show no course; {FEWEST_POINTS} are needed"
    elif reading.scale == 0:
        doubt = "the losses leave no scale to read them against"
    return Call(kind=Kind.UNCLEAR, confidence=0.5, doubt=doubt) if doubt else None


def trained_too_long(reading: Reading, thresholds: Thresholds) -> Call | None:
    """The validation loss rose from its minimum, beyond margin and doubt."""
    rise, margin = reading.share(reading.rise), thresholds.rise_unclear
    p = reading.rise_p(margin * reading.scale)
    if math.isnan(p):
        steady = reading.rise > STEADY * reading.roughness
        certain = rise > thresholds.rise_certain and steady
        confidence = rough(rise, thresholds.rise_certain)
    else:
        # The curve must show it too: the test compares two single epochs, and the last one of
        # a noisy run may just have jumped.
        certain = rise > margin and p < 1 - thresholds.confidence
        confidence = min(1 - p, 0.99)
    return Call(kind=Kind.TRAINED_TOO_LONG, confidence=confidence) if certain else None


def stopped_early(reading: Reading, thresholds: Thresholds) -> Call | None:
    """The validation loss was still falling at the end."""
    # Without the guard a run that never learned is "falling" whenever its noise falls.
    if reading.progress < thresholds.constant * reading.scale or reading.progress <= 0:
        return None
    drop = reading.drop / reading.progress
    tail = thresholds.early_tail * (reading.last_epoch - reading.first_epoch)
    if drop >= thresholds.early_drop and reading.best_epoch >= reading.last_epoch - tail:
        return Call(kind=Kind.STOPPED_EARLY, confidence=rough(drop, thresholds.early_drop))
    return None


def constant(reading: Reading, thresholds: Thresholds) -> Call | None:
    """The run ended about where a constant prediction stands, on train and validation."""
    learned = reading.share(reading.constant - reading.validation_end)
    small_gap = reading.share(reading.gap) < thresholds.memorises_clear
    if learned < thresholds.constant and small_gap:
        return Call(kind=Kind.CONSTANT, confidence=rough(learned, thresholds.constant))
    return None


def memorises(reading: Reading, thresholds: Thresholds) -> Call | None:
    """The training loss lies far below the validation loss, beyond its error."""
    gap = reading.share(reading.gap)
    if gap < thresholds.memorises:
        return None
    low = gap - float(ndtri(thresholds.confidence)) * reading.share(reading.gap_error)
    if low > thresholds.memorises_clear:
        return Call(kind=Kind.MEMORISES, confidence=rough(gap, thresholds.memorises_clear))
    return None


def perhaps_overfit(reading: Reading, thresholds: Thresholds) -> Call | None:
    """A rise or a gap that may be real and is not proved."""
    rise, margin = reading.share(reading.rise), thresholds.rise_unclear
    p = reading.rise_p(margin * reading.scale)
    refuted = not math.isnan(p) and p > thresholds.confidence
    if rise > margin and not refuted:
        doubt = f"a rise of {100 * rise:.0f} % of what there is to learn may be chance"
    elif (gap := reading.share(reading.gap)) >= thresholds.memorises:
        doubt = f"a gap of {100 * gap:.0f} % of what there is to learn may be chance"
    else:
        return None
    return Call(kind=Kind.UNCLEAR, confidence=0.5, doubt=doubt)


def too_weak(reading: Reading, thresholds: Thresholds) -> Call | None:
    """Train and validation both end far above what others reached."""
    if not reading.referenced:
        return None
    train = reading.share(reading.train_end - reading.reference)
    validation = reading.share(reading.validation_end - reading.reference)
    distance = min(train, validation)
    if distance >= thresholds.too_weak:
        return Call(kind=Kind.TOO_WEAK, confidence=rough(distance, thresholds.too_weak))
    return None


def fits(reading: Reading, thresholds: Thresholds) -> Call | None:
    """The validation loss ends near the best level known."""
    if not reading.referenced:
        return None
    distance = reading.share(reading.validation_end - reading.reference)
    if distance <= thresholds.fits:
        return Call(kind=Kind.FITS, confidence=rough(max(distance, 0.0), thresholds.fits))
    return None


def settled(reading: Reading, _: Thresholds) -> Call:
    """What is left: between the bounds, or without anything to compare with."""
    if not reading.referenced:
        return Call(kind=Kind.SETTLED, confidence=0.5)
    doubt = "neither near the best level known nor clearly too weak"
    return Call(kind=Kind.UNCLEAR, confidence=0.5, doubt=doubt)


FEWEST_POINTS = 4
STEADY = 2.0
"""A rise counts, by the curve alone, above so many times the jumps from epoch to epoch."""
_EXAM = "prototype exam on networks of known true loss (issue 5 of this project)"
RULES = (
    Rule(
        name="diverged",
        decide=diverged,
        thresholds=("diverged",),
        says="training ended worse than the best constant prediction",
        source=_EXAM,
    ),
    Rule(
        name="undecidable",
        decide=undecidable,
        thresholds=(),
        says="fewer than 4 measured epochs, or losses without a scale",
        source="our choice: a course needs points",
    ),
    Rule(
        name="trained too long",
        decide=trained_too_long,
        thresholds=("rise_certain", "rise_unclear", "confidence"),
        says="the smoothed validation loss rose from its minimum: by a paired t test over "
        "examples against a margin where there is evidence, else by the curve alone and "
        "beyond its jumps",
        source=_EXAM,
    ),
    Rule(
        name="stopped early",
        decide=stopped_early,
        thresholds=("early_drop", "early_tail", "constant"),
        says="the last quarter of the epochs still lowered the validation loss",
        source=_EXAM,
    ),
    Rule(
        name="nothing learned",
        decide=constant,
        thresholds=("constant", "memorises_clear"),
        says="ends where a constant prediction stands, without a gap",
        source=_EXAM,
    ),
    Rule(
        name="memorises",
        decide=memorises,
        thresholds=("memorises", "memorises_clear", "confidence"),
        says="training loss far below validation loss, beyond the error of both",
        source=_EXAM,
    ),
    Rule(
        name="perhaps overfit",
        decide=perhaps_overfit,
        thresholds=("rise_unclear", "memorises", "confidence"),
        says="a rise or a gap that the evidence neither proves nor refutes",
        source="our choice: after memorises, since a clear gap is overfit whatever the rise",
    ),
    Rule(
        name="too weak",
        decide=too_weak,
        thresholds=("too_weak", "others"),
        says="train and validation both end far above the best level known",
        source=_EXAM,
    ),
    Rule(
        name="fits",
        decide=fits,
        thresholds=("fits", "others"),
        says="ends near the best level known",
        source=_EXAM,
    ),
    Rule(
        name="settled",
        decide=settled,
        thresholds=("others",),
        says="no reference: too weak and noisy data look alike; with one: between the bounds",
        source=_EXAM,
    ),
)
"""Asked in this order; the last always answers."""


def decide(reading: Reading, thresholds: Thresholds) -> Call:
    """The first rule's call that applies."""
    calls = (rule.decide(reading, thresholds) for rule in RULES)
    return next(call for call in calls if call is not None)


def rough(value: float, bound: float) -> float:
    """A rough confidence, 0.5 at the bound and 0.95 far from it, in either direction."""
    return 0.5 + 0.45 * (1 - math.exp(-abs(value - bound) / abs(bound)))
