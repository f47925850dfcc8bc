"""From a table of rows to the runs in it, as curves that a judge can read."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from harness.curves.logs.choosing import Chosen, choose
from harness.curves.logs.counting import Counted, Counter, Indices, counter_of, runs_of
from harness.curves.logs.points import MEASURED, NAN, points_of
from harness.curves.logs.records import Columns, Log
from harness.curves.logs.tables import Table
from harness.curves.records import Array, Curves
from harness.errors import LogError

MOST_STEPS = 200
"""Points of a training loss by step without validation: more only show its noise."""
PERCENT = 1.5
"""A score above that is in percent."""


def logs_of(table: Table, columns: Columns) -> tuple[Log, ...]:
    """The runs in a table, one log each.

    Raises:
        LogError: nothing says what to read, a cell is no number, or a loss never is finite.
    """
    chosen = choose(table, columns)
    _refuse_ragged(table, chosen)
    points = points_of(table, chosen)
    arrays = points.columns
    if len(arrays["line"]) == 0:
        raise LogError(f"{table.source}: has no row with a loss")
    arrays = _spoken_for(arrays)
    counter = counter_of(chosen, arrays)
    runs, several = runs_of(table, counter, arrays, every=points.every)
    merged = (f"each point is the mean of {points.every} rows",) if points.every > 1 else ()
    said = (*table.notes, *chosen.notes, *several, *merged)
    return tuple(
        _log(table, chosen, counter, run, said, number if len(runs) > 1 else 0)
        for number, run in enumerate(runs, start=1)
    )


@dataclass
class _Course:
    """A run's columns on the way to curves, with what was found out."""

    counts: Array
    columns: dict[str, Array]
    diverged: str = ""
    notes: list[str] = field(default_factory=list)

    def keep(self, rows: Indices) -> None:
        self.counts = self.counts[rows]
        self.columns = {name: column[rows] for name, column in self.columns.items()}


def _refuse_ragged(table: Table, chosen: Chosen) -> None:
    lengths = {name: table.lengths.get(name, 0) for name in (*chosen.train, *chosen.validation)}
    if len(set(lengths.values())) > 1:
        told = " and ".join(f"{name} has {n} values" for name, n in lengths.items())
        raise LogError(f"{table.source}: {told}, and nothing says which belong together")


def _log(
    table: Table,
    chosen: Chosen,
    counter: Counter,
    run: Counted,
    said: tuple[str, ...],
    number: int,
) -> Log:
    source = f"{table.source}#{number}" if number else table.source
    course = _Course(run.counts, dict(run.columns), notes=[*said, *run.notes])
    _cut_where_not_finite(course, table, chosen, source)
    validated = bool(np.isfinite(course.columns["validation"]).any())
    if validated:
        _meet(course, by_epoch=counter.by_epoch)
    else:
        course.keep(np.flatnonzero(np.isfinite(course.columns["train"])))
        if not counter.by_epoch:
            _thin(course)
    if len(course.counts) == 0:
        raise LogError(f"{source}: has no row with a finite loss")
    curves = _curves(course, chosen, validated=validated)
    return Log(
        source=source,
        format=table.format,
        curves=curves,
        columns=_read_as(chosen, counter, curves),
        diverged=course.diverged,
        notes=tuple(course.notes),
    )


def _spoken_for(arrays: Mapping[str, Array]) -> Mapping[str, Array]:
    """NaN in rows apart stands for a cell that its row does not have."""
    train, validation = arrays["train"], arrays["validation"]
    if np.any(np.isfinite(train) & np.isfinite(validation)):
        return arrays
    apart = np.any((train == NAN) & np.isfinite(validation)) and np.any(
        (validation == NAN) & np.isfinite(train)
    )
    if not apart:
        return arrays
    return {
        name: np.where(column == NAN, np.nan, column) if name in MEASURED else column
        for name, column in arrays.items()
    }


def _cut_where_not_finite(course: _Course, table: Table, chosen: Chosen, source: str) -> None:
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


def _meet(course: _Course, *, by_epoch: bool) -> None:
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


def _thin(course: _Course) -> None:
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


def _curves(course: _Course, chosen: Chosen, *, validated: bool) -> Curves:
    train_score, validation_score = (
        _score(course, "train_score"),
        _score(course, "validation_score"),
    )
    scored = len(train_score) > 0 or len(validation_score) > 0
    return Curves(
        epochs=course.counts,
        train_loss=course.columns["train"],
        validation_loss=course.columns["validation"] if validated else np.array([]),
        train_score=train_score,
        validation_score=validation_score,
        loss_name="",
        score_name=chosen.score if scored else "",
        constant_loss=math.nan,
        train_examples=0,
        validation_examples=0,
    )


def _score(course: _Course, name: str) -> Array:
    column = course.columns[name]
    if not np.isfinite(column).all():
        return np.array([])
    if len(column) and column.max() > PERCENT:
        if not 0 <= column.min() <= column.max() <= 100:
            return np.array([])
        note = "the score is in percent"
        if note not in course.notes:
            course.notes.append(note)
        return column / 100
    return column


def _read_as(chosen: Chosen, counter: Counter, curves: Curves) -> dict[str, str]:
    found = {"epoch": counter.name, "train_loss": " + ".join(chosen.train)}
    if curves.validated:
        found["validation_loss"] = " + ".join(chosen.validation)
    if chosen.train_score and len(curves.train_score):
        found["train_score"] = chosen.train_score
    if chosen.validation_score and len(curves.validation_score):
        found["validation_score"] = chosen.validation_score
    return found
