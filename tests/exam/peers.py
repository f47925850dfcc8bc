"""The rules that others use to call a run overfit, each with its source, on the same curves."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.stats import spearmanr

from harness.curves import Curves


@dataclass(frozen=True, kw_only=True)
class Peer:
    """One rule.

    Args:
        name: what tables call it.
        overfit: whether it calls a run overfit, or trained too long.
        source: who uses or published it.
    """

    name: str
    overfit: Callable[[Curves], bool]
    source: str


def above_minimum(share: float) -> Callable[[Curves], bool]:
    """The last validation loss lies more than that share above the lowest."""

    def overfit(curves: Curves) -> bool:
        losses = curves.validation_loss
        return bool(losses[-1] > (1 + share) * losses.min())

    return overfit


def slope_after_best(curves: Curves) -> bool:
    """A line through the validation losses from the lowest on rises."""
    losses = curves.validation_loss[curves.best :]
    return len(losses) > 2 and bool(np.polyfit(np.arange(len(losses)), losses, 1)[0] > 0)


def mean_of_three(curves: Curves) -> bool:
    """The last three validation losses are higher on average than the three before."""
    losses = curves.validation_loss
    return len(losses) >= 6 and bool(losses[-3:].mean() > losses[-6:-3].mean())


def spearman(curves: Curves) -> bool:
    """Train and validation losses hardly rise and fall together: rank correlation below 0.3."""
    if min(np.ptp(curves.train_loss), np.ptp(curves.validation_loss)) == 0:
        return False
    return bool(spearmanr(curves.train_loss, curves.validation_loss).statistic < 0.3)


def patience(epochs: int) -> Callable[[Curves], bool]:
    """So many epochs in a row, anywhere, without a new lowest validation loss."""

    def overfit(curves: Curves) -> bool:
        waited, lowest = 0, np.inf
        for loss in curves.validation_loss:
            waited = 0 if loss < lowest else waited + 1
            lowest = min(lowest, loss)
            if waited >= epochs:
                return True
        return False

    return overfit


def relative_gap(curves: Curves) -> bool:
    """Validation loss exceeds training loss by more than a tenth of it, at the end."""
    return bool(curves.validation_loss[-1] - curves.train_loss[-1] > 0.1 * curves.train_loss[-1])


def rises_in_a_row(count: int) -> Callable[[Curves], bool]:
    """The validation loss rises so many epochs in a row, anywhere."""

    def overfit(curves: Curves) -> bool:
        run = longest = 0
        for rose in np.diff(curves.validation_loss) > 0:
            run = run + 1 if rose else 0
            longest = max(longest, run)
        return longest >= count

    return overfit


def generalization_loss(percent: float) -> Callable[[Curves], bool]:
    """At any epoch the validation loss lies so many percent above its lowest so far."""

    def overfit(curves: Curves) -> bool:
        losses = curves.validation_loss
        lowest = np.minimum.accumulate(losses)
        return bool(np.any(losses > (1 + percent / 100) * lowest))

    return overfit


def parting(curves: Curves) -> bool:
    """Over the last quarter the validation loss rises while the training loss falls."""
    tail = slice(-max(3, len(curves.epochs) // 4), None)
    at = np.arange(len(curves.epochs[tail]))
    validation, train = curves.validation_loss[tail], curves.train_loss[tail]
    if len(at) < 3:
        return False
    return bool(np.polyfit(at, validation, 1)[0] > 0 > np.polyfit(at, train, 1)[0])


_OVERFITGUARD = "baseline in OverfitGuard (Li et al., 2024)"
_PRECHELT = "Prechelt, 1998, Early Stopping - But When?"
PEERS = (
    Peer(name="last > 1.05 x minimum", overfit=above_minimum(0.05), source="common rule of thumb"),
    Peer(name="last > 1.10 x minimum", overfit=above_minimum(0.10), source="common rule of thumb"),
    Peer(name="slope after best > 0", overfit=slope_after_best, source="common rule of thumb"),
    Peer(name="mean of last 3 rises", overfit=mean_of_three, source="common rule of thumb"),
    Peer(name="Spearman < 0.3", overfit=spearman, source=_OVERFITGUARD),
    Peer(name="patience 10", overfit=patience(10), source="EarlyStopping of Keras and Lightning"),
    Peer(
        name="gap > 0.1 x train",
        overfit=relative_gap,
        source="SageMaker Debugger's Overfit rule, default ratio",
    ),
    Peer(name="3 rises in a row (UP)", overfit=rises_in_a_row(3), source=_PRECHELT),
    Peer(name="GL > 5 at any epoch", overfit=generalization_loss(5), source=_PRECHELT),
    Peer(name="curves part at the end", overfit=parting, source="textbook definition"),
    Peer(name="always overfit", overfit=lambda curves: True, source="the floor of any judge"),
)
