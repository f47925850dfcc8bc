"""What speaks for and against each kind: a run's figures as numbers of about the size of 1.

Every sign is 0 where it says nothing and bounded, so that no single figure outshouts the rest.
Losses come as shares of what there is to learn.
"""

import math
from collections.abc import Mapping

from harness.judge.reading import Reading
from harness.study import Thresholds

LEAST_ERROR = 0.02
"""Added to every standard error, as a share of what there is to learn: models are not exact."""


def signs(reading: Reading, thresholds: Thresholds) -> Mapping[str, float]:
    """All signs by name; those that the curves do not give are 0.

    Args:
        reading: with a scale above 0.
        thresholds: bounds that some signs are measured from.
    """
    found = {
        **_of_the_rise(reading, thresholds),
        **_of_the_fall(reading, thresholds),
        **_of_the_level(reading, thresholds),
        **_of_the_gap(reading, thresholds),
        **_of_the_evidence(reading),
    }
    return {name: 0.0 if math.isnan(value) else value for name, value in found.items()}


def bent(value: float, *, unit: float, most: float = 4.0) -> float:
    """Linear within `unit`, then like a logarithm, and never beyond `most`."""
    return most * math.tanh(math.asinh(value / unit) / most)


def standardised(value: float, error: float, *, most: float = 4.0) -> float:
    """A share in standard errors, never beyond `most`."""
    return most * math.tanh(value / math.hypot(error, LEAST_ERROR) / most)


def _of_the_rise(reading: Reading, thresholds: Thresholds) -> dict[str, float]:
    share, bound = reading.share, thresholds.rise
    rise, rough = share(reading.rise), share(reading.roughness)
    seen, error = _rise_seen(reading)
    climb = reading.climb / reading.train_scale
    return {
        "rise": bent(rise - bound, unit=0.05),
        "raw_rise": bent(share(reading.raw_rise) - bound, unit=0.05),
        "rise_over_jumps": standardised(rise - bound, rough),
        "examples_rise": bent(seen - bound, unit=0.05),
        # Both must show it: the examples compare two single epochs, and the last one of a noisy
        # run may just have jumped.
        "rise_over_error": standardised(min(rise, seen) - bound, error),
        "climb": bent(climb, unit=0.1),
        "backwards": bent(min(climb - 0.1, (reading.climb_lost - 0.5) / 5), unit=0.1),
        "climb_shared": min(reading.climb / max(reading.rise, 0.02 * reading.scale), 2.0),
        "above_start": bent(
            (reading.train_end - reading.train_level) / reading.train_scale, unit=0.1
        ),
    }


def _rise_seen(reading: Reading) -> tuple[float, float]:
    """The rise example by example and its error, or what the curve alone shows of them."""
    evidence = reading.rise_evidence
    if evidence is None or math.isnan(evidence.standard_error):
        return reading.share(reading.rise), reading.share(reading.roughness)
    return reading.share(evidence.mean), reading.share(evidence.standard_error)


def _of_the_fall(reading: Reading, thresholds: Thresholds) -> dict[str, float]:
    share, late = reading.share, _late(reading)
    fell = {
        name: (earlier - reading.train_end) / reading.train_scale
        for name, earlier in (
            ("train_tenth", reading.train_tenth),
            ("train_quarter", reading.train_quarter),
            ("train_half", reading.train_half),
        )
    }
    own = reading.drop / max(reading.progress, 0.05 * reading.scale)
    return {
        "drop_of_own": bent(own - thresholds.early_drop, unit=0.1),
        "drop": bent(share(reading.drop), unit=0.05),
        "last_tenth": bent(share(reading.validation_tenth - reading.validation_end), unit=0.03),
        "low_quarter": bent(share(reading.low_quarter - reading.validation_best), unit=0.05),
        "low_half": bent(share(reading.low_half - reading.validation_best), unit=0.05),
        "train_tenth": bent(fell["train_tenth"], unit=0.03),
        "train_quarter": bent(fell["train_quarter"], unit=0.05),
        "train_half": bent(fell["train_half"], unit=0.05),
        "best_late": late,
        "best_last": float(late > 0.9),
    }


def _late(reading: Reading) -> float:
    span = reading.last_epoch - reading.first_epoch
    return (reading.best_epoch - reading.first_epoch) / span if span > 0 else 0.0


def _of_the_level(reading: Reading, thresholds: Thresholds) -> dict[str, float]:
    share = reading.share
    learned = share(reading.constant - reading.validation_end)
    error = share(reading.validation_error)
    error = 0.05 if math.isnan(error) else error
    above = share(reading.validation_end - reading.reference)
    both = min(above, share(reading.train_end - reading.reference))
    # A missing score says 0, as one does that is neither level nor clearly gained.
    gained = reading.score_gained / 0.1 - 1
    return {
        "learned": bent(learned - thresholds.constant, unit=0.1),
        "learned_over_error": standardised(learned - thresholds.constant, error / 2),
        "train_learned": bent(
            (reading.constant - reading.train_end) / reading.train_scale, unit=0.1
        ),
        "score_gained": 4 * math.tanh(gained / 4),
        "both_above": bent(both - thresholds.too_weak, unit=0.1),
        "above": bent(above - thresholds.fits, unit=0.1),
        "above_over_error": standardised(above - thresholds.fits, error / math.sqrt(2)),
        "best_above": bent(share(reading.validation_best - reading.reference), unit=0.1),
    }


def _of_the_gap(reading: Reading, thresholds: Thresholds) -> dict[str, float]:
    gap, error = reading.share(reading.gap), reading.share(reading.gap_error)
    level = abs(reading.constant)
    return {
        "gap": bent(gap - thresholds.memorises, unit=0.1),
        "gap_over_error": standardised(gap - thresholds.memorises, error),
        "train_left": min(reading.train_end / level, 2.0) if level > 0 else 0.0,
        "learnable": min(reading.scale / level, 2.0) if level > 0 else 0.0,
    }


def _of_the_evidence(reading: Reading) -> dict[str, float]:
    lost = reading.score_lost / max(reading.score_error, 0.005)
    return {
        "jumps": math.log(reading.share(reading.roughness) + 0.003) + 4,
        "score_lost": 4 * math.tanh(lost / 4),
        "course": math.log(reading.points) - 4.5,
    }
