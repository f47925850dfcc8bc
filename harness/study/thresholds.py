"""The bounds that verdicts are read against, in one table."""

from dataclasses import dataclass, fields

from harness.errors import StudyError, raise_all


@dataclass(frozen=True, kw_only=True)
class Thresholds:
    """Every bound of the judge. Shares are of the scale s unless said otherwise.

    s is the best constant prediction's loss minus the reference (the best level known for
    this data and size): what there is to learn. A study's `[thresholds]` table overrides
    them; changing one judges again and never trains again.

    The values come from a prototype exam on networks whose true loss was known (MNIST-1D,
    mixtures, spirals, teacher-student regression; 3,312 items), where the rise rule reached a
    macro-F1 of .975; they are uncalibrated until the judge has an exam of its own.

    Args:
        smoothing: epochs in the running median.
        diverged: training loss ends this far above the constant's and above its own start.
        climb: training loss ends this far above its own minimum: training went backwards. This
            and the next two are our choice: on the digits study's runs they set collapsed
            and unsteady runs apart from overfit ones.
        climb_lost: and so much of what training had learned is lost again: diverged. A share
            of the run's own progress.
        climb_shared: training loss climbs by this share of a rise of the validation loss: the
            rise is unsteady training, not overfitting.
        rise_certain: validation loss ends this far above its minimum: trained too long, from
            the curve alone.
        rise_unclear: from here on a rise may be real; also the margin of the paired test.
        confidence: of the paired test of the rise.
        early_drop: the last quarter of the epochs still lowers the validation loss by this
            share of the run's own progress.
        early_tail: the best epoch lies in this last share of the epochs.
        constant: validation loss ends less than this below the constant's: nothing learned.
        score_learned: accuracy or R² that ends this far above its start, beyond two standard
            errors, shows a beginning where the loss has hardly moved yet; our choice.
        memorises: validation loss ends this far above the training loss.
        memorises_clear: and more than this even at the low end of its error.
        too_weak: train and validation loss both end this far above the reference.
        fits: validation loss ends within this of the reference.
        loss_share: without a reference s is at least this share of the constant's loss; for
            climbs of the training loss always, and of its start where that is higher.
        score_points: accuracy or R² that ends within this of its best has not worsened.
        others: runs of the same data and size, beside the run judged, that make a reference
            (they must come from at least two settings).
    """

    smoothing: int = 5
    diverged: float = 0.2
    climb: float = 0.10
    climb_lost: float = 0.5
    climb_shared: float = 0.5
    rise_certain: float = 0.15
    rise_unclear: float = 0.05
    confidence: float = 0.95
    early_drop: float = 0.10
    early_tail: float = 0.10
    constant: float = 0.05
    score_learned: float = 0.10
    memorises: float = 0.225
    memorises_clear: float = 0.15
    too_weak: float = 0.20
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
        if self.rise_unclear > self.rise_certain:
            rule = f"must be at most rise_certain ({self.rise_certain})"
            faults.append(f"thresholds.rise_unclear {rule}, got {self.rise_unclear}")
        raise_all(StudyError, faults)
