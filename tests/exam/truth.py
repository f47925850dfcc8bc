"""What is true of a run, by its loss on fresh examples and by what twice its epochs gave."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from harness.judge import Ending, Kind
from tests.exam.records import Item, by_sheet

SHARED = 0.5
"""Where training loss climbs by this share of a rise of the true loss, training itself went
backwards: that is no overfitting."""
LEARNABLE = 0.02
"""A sheet on which no run came so far below the constant's loss teaches nothing."""


class Flag(StrEnum):
    """Whether something is true; what lies between the bounds is not scored."""

    YES = "yes"
    NO = "no"
    GREY = "grey"


@dataclass(frozen=True, kw_only=True)
class Bound:
    """True from `yes` on, untrue up to `no`, in shares of what there is to learn, S."""

    yes: float
    no: float
    says: str

    def flag(self, share: float) -> Flag:
        """Where a share lies; NaN is untrue."""
        if share >= self.yes:
            return Flag.YES
        return Flag.GREY if share > self.no else Flag.NO


BOUNDS: Mapping[Kind, Bound] = {
    Kind.DIVERGED: Bound(
        yes=0.2, no=0.05, says="training loss ends above the constant's loss and its own start"
    ),
    Kind.TRAINED_TOO_LONG: Bound(yes=0.10, no=0.03, says="true loss ends above its minimum"),
    Kind.STOPPED_EARLY: Bound(yes=0.10, no=0.03, says="twice the epochs lower the best true loss"),
    Kind.CONSTANT: Bound(yes=-0.05, no=-0.10, says="true loss ends above the constant's"),
    Kind.MEMORISES: Bound(yes=0.30, no=0.15, says="true loss minus training loss at the end"),
    Kind.TOO_WEAK: Bound(yes=0.20, no=0.10, says="training loss ends above the floor"),
    Kind.FITS: Bound(yes=-0.10, no=-0.20, says="true loss ends less than that above the floor"),
}
"""In the order in which they are asked: a run is of the first kind that is true of it."""


@dataclass(frozen=True, kw_only=True)
class Truth:
    """What is true of a run.

    Args:
        flags: of every kind that is asked about.
        scale: S, the constant's loss minus the floor.
        floor: the lowest true loss of any run of its sheet, or of its cheap models.
    """

    flags: Mapping[Kind, Flag]
    scale: float
    floor: float

    @property
    def kind(self) -> Kind | None:
        """The first kind that is true; None where an earlier one, or all, are grey or untrue."""
        for kind, flag in self.flags.items():
            if flag is Flag.YES:
                return kind
            if flag is Flag.GREY:
                return None
        return None

    def right(self, kind: Kind) -> bool | None:
        """Whether a verdict of this kind is right; None where that is grey.

        An earlier kind that is true makes it wrong. Only "nothing learned so far" stays right
        of a run that has just not been trained long enough.
        """
        for asked, flag in self.flags.items():
            if asked is kind:
                return {Flag.YES: True, Flag.NO: False, Flag.GREY: None}[flag]
            if flag is Flag.YES and (asked, kind) != (Kind.STOPPED_EARLY, Kind.CONSTANT):
                return False
        raise ValueError(f"{kind} is no kind that has a truth")

    def right_fit(self, kind: Kind) -> bool | None:
        """Whether the fit of a verdict of this kind is right, whatever the kind within."""
        found = [self.right(each) for each in self.flags if each.fit is kind.fit]
        return True if True in found else None if None in found else False


def most(votes: Sequence[bool | None]) -> bool | None:
    """What more than half of them say; None where no answer has so many."""
    return next((each for each in (True, False) if 2 * votes.count(each) > len(votes)), None)


def truths(items: Sequence[Item]) -> dict[int, Truth]:
    """The truth about every item, by its place in the order given; sheets come whole."""
    found: dict[int, Truth] = {}
    for places in by_sheet(items).values():
        lowest = [_lowest(items[place]) for place in places]
        floor = min(lowest + _of_cheap_models(items[places[0]]))
        constant = items[places[0]].constant_loss
        if constant - floor >= LEARNABLE * abs(constant):
            found |= {place: truth(items[place], floor=floor) for place in places}
    return found


def truth(item: Item, *, floor: float, bounds: Mapping[Kind, Bound] = BOUNDS) -> Truth:
    """The truth about one item; `floor` is the lowest true loss that its sheet knows."""
    scale = item.constant_loss - floor
    if item.run.ending is Ending.DIVERGED:
        flags = {kind: Flag.YES if kind is Kind.DIVERGED else Flag.NO for kind in BOUNDS}
        return Truth(flags=flags, scale=scale, floor=floor)
    assert item.run.curves is not None
    train = item.run.curves.train_loss
    train_end = float(np.median(train[-3:]))
    course, after = item.course.steady, item.continued.steady
    end, lowest = float(course[-1]), float(course.min())
    started = max(item.constant_loss, float(train[0]))
    measured = {
        Kind.DIVERGED: train_end - started,
        Kind.TRAINED_TOO_LONG: end - lowest,
        Kind.STOPPED_EARLY: lowest - _least(after),
        Kind.CONSTANT: end - item.constant_loss,
        Kind.MEMORISES: end - train_end,
        Kind.TOO_WEAK: train_end - floor,
        Kind.FITS: floor - end,
    }
    flags = {kind: bound.flag(measured[kind] / scale) for kind, bound in bounds.items()}
    climb = train_end - float(train.min())
    flags |= _backwards(climb, started - float(train.min()), scale=scale, flags=flags)
    if climb >= SHARED * measured[Kind.TRAINED_TOO_LONG]:
        flags[Kind.TRAINED_TOO_LONG] = Flag.NO
    return Truth(flags=flags, scale=scale, floor=floor)


def _backwards(
    climb: float, learned: float, *, scale: float, flags: Mapping[Kind, Flag]
) -> Mapping[Kind, Flag]:
    """Training that lost again most of what it had learned has diverged, however finite."""
    if climb < 0.10 * scale or flags[Kind.DIVERGED] is Flag.YES:
        return {}
    lost = climb / learned if learned > 0 else 1.0
    return {Kind.DIVERGED: Bound(yes=0.6, no=0.4, says="").flag(lost)}


def _lowest(item: Item) -> float:
    return min(_least(item.course.steady), _least(item.continued.steady))


def _of_cheap_models(item: Item) -> list[float]:
    return [one.test_loss.mean for one in item.baselines if one.test_loss is not None]


def _least(losses: np.ndarray) -> float:
    finite = losses[np.isfinite(losses)]
    return float(finite.min()) if len(finite) else math.inf
