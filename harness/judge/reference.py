"""The best level known for some data and size: what "too weak" is measured against."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import ndtri

from harness.curves import Baseline, lowest_baselines
from harness.judge.records import Run

Floats = np.ndarray[Any, np.dtype[np.float64]]
Key = tuple[int, float]
"""What makes runs comparable: training examples used, and their share of wrong targets."""


@dataclass(frozen=True, kw_only=True)
class Reference:
    """The lowest seed-mean cross-fitted loss among the settings of one data and size.

    Beside it stands the best of the cheap models that learned from the same examples, where
    there is one: it is a level too, and needs no other runs. In the exam (tuning seed) it lies
    .12 of what there is to learn above the best of 28 networks, in the median of studies, and
    below it in 13 %. Cross-fitted there, it raises what is decided of single runs from 70 to
    90 % (90 % of it right), and the recall of "too weak" from .71 to .75 in studies of eight
    runs none of which need be good; beside 27 runs with good ones it changes little.

    A loss whose epoch was chosen on other examples, and its mean over seeds, keep some of the
    winner's luck out; what is left is estimated and added (`luck`). Where every setting is
    weak, so is the reference.

    Args:
        loss: that level, its luck taken back.
        luck: how much lower than it is the best of so many settings is expected to look, by
            the deviation between seeds; 0 where no setting has two seeds.
        trial: the number of the trial that reached it.
        runs, settings: how many it is the best of.
        train_examples, label_noise: the data and size.
        cheap: the best of the cheap models; None without any. It was chosen by nothing that
            it is measured on but to be the better of two, so no luck is taken back.
    """

    loss: float
    luck: float = 0.0
    trial: int
    runs: int
    settings: int
    train_examples: int
    label_noise: float
    cheap: Baseline | None = None

    def level(self, *, others: int) -> float:
        """The lower of the two levels; NaN where there are too few runs and no cheap model.

        Args:
            others: runs that must stand beside the one that is judged.
        """
        served = self.loss if self.serves(others=others) else math.nan
        cheap = math.nan if self.cheap is None else self.cheap.validation_loss.mean
        return float(np.fmin(served, cheap))

    def serves(self, *, others: int) -> bool:
        """Whether a run of this group has `others` runs beside it, from a second setting too."""
        return self.runs > others and self.settings > 1


def reference_key(run: Run) -> Key:
    """The group of a run with curves."""
    if run.curves is None:
        raise ValueError(f"{run.name} has no curves")
    return run.curves.train_examples, run.trial.settings.label_noise


def references(
    runs: Iterable[Run], *, baselines: Iterable[Baseline] = ()
) -> Mapping[Key, Reference]:
    """The best level of each group of runs, from those with a validation curve.

    Diverged seeds count as the worse of the constant's loss and their own.

    Args:
        runs: any; those without a validation curve are no level.
        baselines: the cheap models that learned from the same examples.
    """
    groups: defaultdict[Key, defaultdict[int, list[Run]]] = defaultdict(lambda: defaultdict(list))
    for run in runs:
        if run.curves is not None and run.curves.validated:
            groups[reference_key(run)][run.trial.number].append(run)
    cheap = lowest_baselines(baselines)
    return {key: _best(key, settings, cheap.get(key)) for key, settings in groups.items()}


def run_level(run: Run) -> float:
    """A run's cross-fitted loss, or the minimum of its curve where there is no evidence."""
    level = run.objective("cross_fitted_loss")
    return run.objective("validation_loss_best") if math.isnan(level) else level


def _best(key: Key, settings: Mapping[int, Sequence[Run]], cheap: Baseline | None) -> Reference:
    # Sorted and summed exactly, so that the order of runs changes nothing.
    levels = {n: np.sort([run_level(run) for run in runs]) for n, runs in settings.items()}
    means = {number: math.fsum(found) / len(found) for number, found in levels.items()}
    winner = min(means, key=lambda number: (means[number], number))
    luck = _luck(levels, means, winner)
    return Reference(
        loss=means[winner] + luck,
        luck=luck,
        trial=winner,
        runs=sum(len(runs) for runs in settings.values()),
        settings=len(settings),
        train_examples=key[0],
        label_noise=key[1],
        cheap=cheap,
    )


def _luck(levels: Mapping[int, Floats], means: Mapping[int, float], winner: int) -> float:
    """What the winner is expected to look too good by: the winner's curse.

    Contenders are the settings within five standard errors of the winner: of many equal ones
    the luckiest lies two or three below most others. The largest of k draws from a normal
    distribution lies as many deviations above its mean as Blom (1958) gives. Infinite levels
    are nobody's luck.
    """
    squares = [found.var(ddof=1) for found in levels.values() if len(found) > 1]
    finite = [square for square in squares if math.isfinite(square)]
    if not finite or not math.isfinite(means[winner]):
        return 0.0
    # The median, since a setting some of whose seeds collapse says nothing of the others.
    error = math.sqrt(float(np.median(finite)) / len(levels[winner]))
    contenders = sum(mean <= means[winner] + 5 * error for mean in means.values())
    expected = float(ndtri((contenders - 0.375) / (contenders + 0.25)))
    return max(expected, 0.0) * error
