"""A run's rows on their way to curves: up to the last number, and where both losses meet."""

import math
from dataclasses import dataclass, field

import numpy as np

from harness.curves.logs.choosing import Chosen
from harness.curves.logs.counting import Indices
from harness.curves.logs.points import MEASURED, NAN
from harness.curves.logs.tables import Table
from harness.curves.records import Array
from harness.errors import LogError

MOST_STEPS = 200
"""Points of a training loss by step without validation: more only show its noise."""


@dataclass
class Course:
    """A run's columns on the way to curves, with what was found out."""

    counts: Array
    columns: dict[str, Array]
    diverged: str = ""
    notes: list[str] = field(default_factory=list)

    def keep(self, rows: Indices) -> None:
        self.counts = self.counts[rows]
        self.columns = {name: column[rows] for name, column in self.columns.items()}


def cut_where_not_finite(course: Course, table: Table, chosen: Chosen, source: str) -> None:
    """Cut the run before a loss that stays NaN or infinite; single ones are left out."""
    names = {"train": chosen.train, "validation": chosen.validation}
    end = len(course.counts)
    for role, written in names.items():
        column, name = course.columns[role], " + ".join(written)
        strange, good = np.flatnonzero(np.isinf(column)), np.flatnonzero(np.isfinite(column))
        if len(strange) == 0:
            continue
        word = "nan" if column[strange[0]] == NAN else "infinite"
        if len(good) == 0:
            if role == "train":
                first = f"{table.place} {course.columns['line'][strange[0]]:.0f}"
                raise LogError(f"{source}: {name} is {word} from {first} on, in every row")
            course.notes.append(f"{name} is {word} in every row, so there is no validation curve")
            continue
        tail = strange[strange > good[-1]]
        if len(tail) and tail[0] < end:
            end = int(tail[0])
            word = "nan" if column[end] == NAN else "infinite"
            where = f"{table.place} {course.columns['line'][end]:.0f}"
            course.diverged = f"{name} is {word} from {where} on"
        if single := len(strange) - len(tail):
            course.notes.append(f"rows left out where {name} is not finite: {single}")
    course.keep(np.arange(end))
    for role in MEASURED:
        column = course.columns[role]
        course.columns[role] = np.where(np.isinf(column), np.nan, column)


def meet(course: Course, *, by_epoch: bool) -> None:
    """Bring the training loss to where validation was measured.

    By epoch the training loss of the same epoch is taken, else the mean of what was logged since
    the evaluation before; where nothing was, a straight line between its neighbours.
    """
    at = np.flatnonzero(np.isfinite(course.columns["validation"]))
    apart = False
    for name in ("train", "train_score"):
        column = course.columns[name]
        if not np.isfinite(column).any():
            continue
        means, most = _since(column, at, by_epoch=by_epoch)
        if name == "train" and most > 1:
            course.notes.append("the training loss is averaged between evaluations")
        there = np.isfinite(means)
        if not there.any():
            known = np.flatnonzero(np.isfinite(column))
            means = np.interp(course.counts[at], course.counts[known], column[known])
            apart = True
        elif not there.all():
            means = np.interp(course.counts[at], course.counts[at][there], means[there])
            apart = True
        course.columns[name] = np.full(len(column), math.nan)
        course.columns[name][at] = means
    if apart:
        course.notes.append(
            "the training loss is logged less often than the validation loss: taken on a straight"
            " line between its points"
        )
    left = len(course.counts) - 1 - int(at[-1])
    if left > 0:
        course.notes.append(f"rows left out after the last evaluation: {left}")
    course.keep(at)


def _since(column: Array, at: Indices, *, by_epoch: bool) -> tuple[Array, int]:
    """The mean since the evaluation before, and the most values that went into one."""
    means, most, before = np.full(len(at), math.nan), 0, 0
    for i, end in enumerate(at.tolist()):
        part = column[before : end + 1]
        own = column[end]
        if by_epoch and math.isfinite(own):
            part = column[end : end + 1]
        part = part[np.isfinite(part)]
        if len(part):
            means[i], most = part.mean(), max(most, len(part))
        before = end + 1
    return means, most


def thin(course: Course) -> None:
    """Average a training loss by step in equal blocks, each counted by its last step."""
    size = -(-len(course.counts) // MOST_STEPS)
    if size == 1:
        return
    edges = np.arange(0, len(course.counts), size)
    sizes = np.diff(np.append(edges, len(course.counts)))
    columns = {
        name: np.add.reduceat(column, edges) / sizes for name, column in course.columns.items()
    }
    course.counts, course.columns = course.counts[edges + sizes - 1], columns
    course.notes.append(f"the training loss is averaged over blocks of {size} rows")
