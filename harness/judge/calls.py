"""What each rule asks of a run's figures, and what it says when it applies."""

import math
from dataclasses import dataclass

from scipy.special import ndtri

from harness.judge.reading import Reading
from harness.judge.records import Kind
from harness.study import Thresholds

FEWEST_POINTS = 4
STEADY = 2.0
"""A rise counts, by the curve alone, above so many times the jumps from epoch to epoch."""


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


def diverged(reading: Reading, thresholds: Thresholds) -> Call | None:
    """Training ended worse than a constant prediction, and worse than it began."""
    bound = thresholds.diverged * reading.train_scale
    above = reading.train_end - reading.train_level
    if bound > 0 and above > bound:
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


def collapsed(reading: Reading, thresholds: Thresholds) -> Call | None:
    """Training lost again most of what it had learned, however finite its losses stayed."""
    if reading.climb < thresholds.climb * reading.train_scale:
        return None
    if reading.climb_lost < thresholds.climb_lost:
        return None
    return Call(kind=Kind.DIVERGED, confidence=rough(reading.climb_lost, thresholds.climb_lost))


def trained_too_long(reading: Reading, thresholds: Thresholds) -> Call | None:
    """The validation loss rose from its minimum, beyond margin and doubt, and by itself."""
    if unsteady_rise(reading, thresholds):
        return None
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
    began = reading.progress >= thresholds.constant * reading.scale or learned_by_score(
        reading, thresholds
    )
    if not began or reading.progress <= 0:
        return None
    drop = reading.drop / reading.progress
    tail = thresholds.early_tail * (reading.last_epoch - reading.first_epoch)
    if drop >= thresholds.early_drop and reading.best_epoch >= reading.last_epoch - tail:
        return Call(kind=Kind.STOPPED_EARLY, confidence=rough(drop, thresholds.early_drop))
    return None


def constant(reading: Reading, thresholds: Thresholds) -> Call | None:
    """The run ended no better than a constant prediction, on train and validation."""
    learned = reading.share(reading.constant - reading.validation_end)
    # A slow run on its way down from above a constant has a gap that it did not learn.
    on_train = reading.share(reading.constant - reading.train_end)
    small_gap = reading.share(reading.gap) < thresholds.memorises_clear
    if learned < thresholds.constant and (small_gap or on_train < thresholds.constant):
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
    if risen(reading, thresholds) and not unsteady_rise(reading, thresholds):
        rise = reading.share(reading.rise)
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


def unsteady(reading: Reading, thresholds: Thresholds) -> Call | None:
    """A rise that the training loss shares: too unsteady to call it a fit, and not overfit."""
    if not (risen(reading, thresholds) and unsteady_rise(reading, thresholds)):
        return None
    rise = f"{100 * reading.share(reading.rise):.0f} % of what there is to learn"
    doubt = f"unsteady, often by too large a learning rate: training loss shares a rise of {rise}"
    return Call(kind=Kind.UNCLEAR, confidence=0.5, doubt=doubt)


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


def risen(reading: Reading, thresholds: Thresholds) -> bool:
    """Whether the validation loss ends above its minimum, as far as nothing refutes it."""
    margin = thresholds.rise_unclear
    p = reading.rise_p(margin * reading.scale)
    refuted = not math.isnan(p) and p > thresholds.confidence
    return reading.share(reading.rise) > margin and not refuted


def unsteady_rise(reading: Reading, thresholds: Thresholds) -> bool:
    """Whether the training loss climbs along with the validation loss: no overfitting.

    Both are measured in eval mode, so that dropout does not make training look worse.
    """
    return reading.rise > 0 and reading.climb >= thresholds.climb_shared * reading.rise


def learned_by_score(reading: Reading, thresholds: Thresholds) -> bool:
    """Whether the score shows a beginning; False without a score."""
    return reading.score_gained > thresholds.score_learned + 2 * reading.score_error


def rough(value: float, bound: float) -> float:
    """A rough confidence, 0.5 at the bound and 0.95 far from it, in either direction."""
    return 0.5 + 0.45 * (1 - math.exp(-abs(value - bound) / abs(bound)))
