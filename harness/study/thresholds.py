"""The bounds that verdicts are read against, in one table."""

from dataclasses import dataclass, fields

from harness.errors import StudyError, raise_all


@dataclass(frozen=True, kw_only=True)
class Thresholds:
    """Every bound of the judge. Shares are of the scale s unless said otherwise.

    s is the best constant prediction's loss minus the reference (the best level known for
    this data and size): what there is to learn. A study's `[thresholds]` table overrides
    them; changing one judges again and never trains again.

    A verdict weighs all that speaks for and against it (README, "How it judges"); a bound is
    where its main sign changes sides, halfway between what the exam calls true and untrue. So
    moving a bound moves verdicts, and their confidence is calibrated for the bounds given here.

    Args:
        smoothing: epochs in the running median.
        sure: the probability that a verdict needs; what has less is unclear.
        rise: validation loss ends this far above its minimum: trained too long.
        early_drop: the last quarter of the epochs still lowers the validation loss by this
            share of the run's own progress: stopped early.
        constant: validation loss ends less than this below the constant's: nothing learned.
        memorises: validation loss ends this far above the training loss.
        too_weak: training loss ends this far above the reference.
        fits: validation loss ends within this of the reference.
        loss_share: without a reference s is at least this share of the constant's loss; for
            climbs of the training loss always, and of its start where that is higher.
        score_points: accuracy or R² that ends within this of its best has not worsened.
        others: runs of the same data and size, beside the run judged, that make a reference
            (they must come from at least two settings); a cheap model is one by itself.
    """

    smoothing: int = 5
    sure: float = 0.75
    rise: float = 0.06
    early_drop: float = 0.10
    constant: float = 0.05
    memorises: float = 0.225
    too_weak: float = 0.15
    fits: float = 0.15
    loss_share: float = 0.3
    score_points: float = 0.01
    others: int = 4

    def __post_init__(self) -> None:
        faults: list[str] = []
        for field in fields(self):
            value: float = getattr(self, field.name)
            if field.name in ("smoothing", "others"):
                if value < 1 or value != int(value):
                    rule = "must be a whole number of at least 1"
                    faults.append(f"thresholds.{field.name} {rule}, got {value}")
            elif not 0 < value < 1:
                faults.append(f"thresholds.{field.name} must lie between 0 and 1, got {value}")
        raise_all(StudyError, faults)
