"""From a table of rows to the runs in it, as curves that a judge can read."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from harness.curves.logs.apart import spread
from harness.curves.logs.choosing import Chosen, choose
from harness.curves.logs.counting import Counted, Counter, counter_of, interleaved, runs_of
from harness.curves.logs.courses import Course, cut_where_not_finite, meet, thin
from harness.curves.logs.points import MEASURED, NAN, points_of
from harness.curves.logs.records import Columns, Log
from harness.curves.logs.tables import Table
from harness.curves.records import Array, Curves
from harness.errors import LogError

ABOVE = 1.05
"""Training losses so many times the validation loss want a word."""
PERCENT = 1.5
"""A score above that is in percent."""


def logs_of(table: Table, columns: Columns) -> tuple[Log, ...]:
    """The runs in a table, one log each.

    Raises:
        LogError: nothing says what to read, a cell is no number, or a loss never is finite.
    """
    table = spread(table)
    chosen = choose(table, columns)
    _refuse_ragged(table, chosen)
    points = points_of(table, chosen)
    arrays = points.columns
    if len(arrays["line"]) == 0:
        raise LogError(f"{table.source}: has no row with a loss")
    arrays = _spoken_for(arrays)
    counter, arrays = interleaved(counter_of(chosen, arrays), arrays)
    runs, several = runs_of(table, counter, arrays, every=points.every)
    merged = (f"each point is the mean of {points.every} rows",) if points.every > 1 else ()
    said = (*table.notes, *chosen.notes, *several, *merged)
    return _logs(table, chosen, counter, runs, said)


def _logs(
    table: Table,
    chosen: Chosen,
    counter: Counter,
    runs: Sequence[Counted],
    said: tuple[str, ...],
) -> tuple[Log, ...]:
    """A log of each run; of several, those without a loss are left out, and that is said."""
    found: list[Log] = []
    faults: list[str] = []
    for number, run in enumerate(runs, start=1):
        source = f"{table.source}#{number}" if len(runs) > 1 else table.source
        try:
            found.append(_log(table, chosen, counter, run, said, source))
        except LogError as error:
            faults += error.faults
    if not found:
        raise LogError(faults[0])
    return tuple(replace(log, notes=(*log.notes, *faults)) for log in found)


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
    source: str,
) -> Log:
    course = Course(run.counts, dict(run.columns), notes=[*said, *run.notes])
    cut_where_not_finite(course, table, chosen, source)
    if not np.isfinite(course.columns["train"]).any():
        raise LogError(f"{source}: has no row with a finite training loss")
    validated = bool(np.isfinite(course.columns["validation"]).any())
    if validated:
        meet(course, by_epoch=counter.by_epoch)
    else:
        course.keep(np.flatnonzero(np.isfinite(course.columns["train"])))
        if not counter.by_epoch:
            thin(course)
    curves = _curves(course, chosen, validated=validated)
    return Log(
        source=source,
        format=table.format,
        curves=curves,
        columns=_read_as(chosen, counter, curves),
        diverged=course.diverged,
        notes=(*course.notes, *_of_the_losses(curves)),
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


def _of_the_losses(curves: Curves) -> list[str]:
    """What a reader of these losses should know, whoever logged them."""
    found: list[str] = []
    train, validation = curves.train_loss, curves.validation_loss
    if train.min() < 0 or (curves.validated and validation.min() < 0):
        found.append("losses below 0: shares are of what this run itself has learned")
    elif curves.validated and len(train) > 1 and train[-1] > ABOVE * validation[-1]:
        found.append(
            "training ends above validation: most tools average it over the epoch, with dropout on"
        )
    score = curves.validation_score
    if len(score) > 2 and np.all(score == score[0]):
        found.append(
            f"the validation score is {score[0]:.3g} in every epoch: it may be that all validation"
            " examples get the same answer"
        )
    return found


def _curves(course: Course, chosen: Chosen, *, validated: bool) -> Curves:
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


def _score(course: Course, name: str) -> Array:
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
