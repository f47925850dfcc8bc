"""The best level known for some data and size: what "too weak" is measured against."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from harness.judge.records import Run

Key = tuple[int, float]
"""What makes runs comparable: training examples used, and their share of wrong targets."""


@dataclass(frozen=True, kw_only=True)
class Reference:
    """The lowest seed-mean cross-fitted loss among the settings of one data and size.

    The mean over seeds of a loss whose epoch was chosen on other examples keeps most of the
    winner's luck out; the best setting is still a little lucky, and where every setting is
    weak, so is the reference.

    Args:
        loss: that level.
        trial: the number of the trial that reached it.
        runs, settings: how many it is the best of.
        train_examples, label_noise: the data and size.
    """

    loss: float
    trial: int
    runs: int
    settings: int
    train_examples: int
    label_noise: float

    def serves(self, *, others: int) -> bool:
        """Whether a run of this group has `others` runs beside it, from a second setting too."""
        return self.runs > others and self.settings > 1


def reference_key(run: Run) -> Key:
    """The group of a run with curves."""
    if run.curves is None:
        raise ValueError(f"{run.name} has no curves")
    return run.curves.train_examples, run.trial.settings.label_noise


def references(runs: Iterable[Run]) -> Mapping[Key, Reference]:
    """The best level of each group of runs, from those with a validation curve.

    Diverged seeds count as the worse of the constant's loss and their own.
    """
    groups: defaultdict[Key, defaultdict[int, list[Run]]] = defaultdict(lambda: defaultdict(list))
    for run in runs:
        if run.curves is not None and run.curves.validated:
            groups[reference_key(run)][run.trial.number].append(run)
    return {key: _best(key, settings) for key, settings in groups.items()}


def run_level(run: Run) -> float:
    """A run's cross-fitted loss, or the minimum of its curve where there is no evidence."""
    level = run.objective("cross_fitted_loss")
    return run.objective("validation_loss_best") if math.isnan(level) else level


def _best(key: Key, settings: Mapping[int, Sequence[Run]]) -> Reference:
    means = {number: _mean_level(runs) for number, runs in settings.items()}
    winner = min(means, key=lambda number: (means[number], number))
    return Reference(
        loss=means[winner],
        trial=winner,
        runs=sum(len(runs) for runs in settings.values()),
        settings=len(settings),
        train_examples=key[0],
        label_noise=key[1],
    )


def _mean_level(runs: Sequence[Run]) -> float:
    return math.fsum(run_level(run) for run in runs) / len(runs)
