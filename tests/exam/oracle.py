"""How much of the exam is chance: one who knows nearly everything, and is wrong all the same.

It knows what no judge can: the true floor, which run reached it and when, every training loss as
it is, whether twice the epochs would help, and the truth's own bounds. Only the fresh examples
are kept from it: where the truth asks for the loss on those, it has the validation examples, whose
level it sets right by the best run's. What it gets wrong is the luck of so few examples.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from harness.judge import Kind, Verdict
from tests.exam.records import Course, Item, by_sheet
from tests.exam.scoring import Answer
from tests.exam.truth import BOUNDS, Flag, Truth, truth


def oracle_answers(items: Sequence[Item], known: Mapping[int, Truth]) -> list[Answer]:
    """What it says of every item that has a truth; sheets come whole."""
    found: list[Answer] = []
    for places in by_sheet(items).values():
        asked = [place for place in places if place in known]
        if not asked:
            continue
        luck = _luck([items[place] for place in places])
        for place in asked:
            kind = _said(items[place], known[place], luck=luck)
            verdict = Verdict(kind=kind, why="", confidence=1.0, chances={kind: 1.0})
            found.append(Answer(item=items[place], truth=known[place], verdict=verdict))
    return found


def _luck(items: Sequence[Item]) -> float:
    """By how much the validation examples are harder than fresh ones, seen at the best run."""
    finished = [item for item in items if np.isfinite(item.course.steady).all()]
    best = min(finished, key=lambda item: float(item.course.steady.min()), default=None)
    if best is None:
        return 0.0
    at = int(np.argmin(best.course.steady))
    seen = _seen(best, luck=0.0)
    return float(np.interp(best.course.epochs[at], seen.epochs, seen.steady)) - float(
        best.course.steady[at]
    )


def _seen(item: Item, *, luck: float) -> Course:
    """The course as the validation examples show it."""
    curves = item.run.curves
    assert curves is not None
    return Course(epochs=curves.epochs, loss=curves.validation_loss - luck)


def _said(item: Item, known: Truth, *, luck: float) -> Kind:
    measured = truth(replace(item, course=_seen(item, luck=luck)), floor=known.floor, bounds=MIDDLE)
    flags = {**measured.flags, Kind.STOPPED_EARLY: _settled(known.flags[Kind.STOPPED_EARLY])}
    return next((kind for kind, flag in flags.items() if flag is Flag.YES), Kind.UNCLEAR)


def _settled(flag: Flag) -> Flag:
    return Flag.NO if flag is Flag.GREY else flag


MIDDLE = {
    kind: replace(bound, yes=middle, no=math.nextafter(middle, -math.inf))
    for kind, bound in BOUNDS.items()
    for middle in [(bound.yes + bound.no) / 2]
}
"""The truth's bounds with nothing grey between them."""
