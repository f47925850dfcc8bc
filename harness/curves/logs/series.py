"""From measures that were logged one by one, each with its time and step, to rows of a table.

TensorBoard and MLflow keep each measure for itself. Mostly their steps count the same thing, and
equal steps make a row. Scripts that count batches for the training loss and epochs for the
validation loss are as common, though: there steps say nothing about each other, and the time of
writing does.
"""

import itertools
from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from harness.curves.logs.assembling import logs_of
from harness.curves.logs.records import Columns, Log
from harness.curves.logs.roles import role_of
from harness.curves.logs.tables import Row, Table
from harness.curves.records import Array
from harness.errors import LogError

MOST = 1 << 16
"""Points kept of a measure; above, neighbours are merged, so that memory stays bounded."""
COURSE = 4
"""Points that a measure with a course has; beside one, a single value sums a training up."""
STEP = "step"
ULTRALYTICS = {"train/box_loss", "val/box_loss"}
"""Measures of Ultralytics, which defines the total loss as the sum of its parts."""
Indices = np.ndarray[tuple[int], np.dtype[np.intp]]


class Series:
    """One measure as it comes; beyond `MOST` points each is the mean of several neighbours."""

    def __init__(self) -> None:
        self._times, self._steps, self._values = array("d"), array("d"), array("d")
        self._every = 1
        self._waiting: list[tuple[float, float, float]] = []

    def add(self, time: float, step: float, value: float) -> None:
        """A value that was written at a time (in any unit) and a step."""
        self._waiting.append((time, step, value))
        if len(self._waiting) == self._every:
            self._flush()

    def arrays(self) -> tuple[Array, Array, Array]:
        """Times, steps and values in the order of time."""
        if self._waiting:
            self._flush()
        times, steps, values = (np.array(a) for a in (self._times, self._steps, self._values))
        order = np.lexsort((steps, times))
        return times[order], steps[order], values[order]

    def _flush(self) -> None:
        time, step, _ = self._waiting[-1]
        self._times.append(time)
        self._steps.append(step)
        self._values.append(sum(value for _, _, value in self._waiting) / len(self._waiting))
        self._waiting.clear()
        if len(self._times) == 2 * MOST:
            self._times, self._steps = self._times[1::2], self._steps[1::2]
            pairs = np.array(self._values).reshape(-1, 2)
            with np.errstate(invalid="ignore", over="ignore"):
                self._values = array("d", pairs.mean(axis=1).tobytes())
            self._every *= 2


def may_be_read(name: str, columns: Columns) -> bool:
    """Whether a measure called so has a role, or was asked for."""
    asked = [value for value in vars(columns).values() if value is not None]
    named = {part.strip() for value in asked for part in (value, *value.split("+"))}
    return name != STEP and (name in named or bool(role_of(name).what))


def logs_of_series(
    measures: Mapping[str, Series], columns: Columns, *, source: str, kind: str
) -> tuple[Log, ...]:
    """The runs in measures that were logged one by one.

    Args:
        measures: by name; those that `may_be_read`.
        columns: what the user chose.
        source: what a message begins with.
        kind: what the log is, for people.

    Raises:
        LogError: no measure is a loss, or the rows cannot be read.
    """
    points, notes = _points(measures)
    if not points.names:
        raise LogError(f"{source}: holds no measure that is called a loss")
    rows = partial(_rows, points)
    if points.counts_differ:
        clock = _clock(points, columns)
        if points.apart(clock):
            rows = partial(_rows, points.by(points.steps))
        else:
            name = f"{STEP} of {points.names[clock]}"
            rows = partial(_rows, points.timed_by(clock), name)
            columns = replace(columns, epoch=columns.epoch or name)
            notes += (
                f"{points.names[clock]} has steps of its own: other measures were brought to it by"
                " the time of writing",
            )
    table = Table(
        source=source,
        format=kind,
        rows=rows,
        place="step",
        summed=set(points.names) >= ULTRALYTICS,
        notes=notes,
    )
    return logs_of(table, columns)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Points:
    """The points of all measures in the order of time.

    Args:
        names: of the measures.
        which: the measure of each point.
        times, steps, values: of each point.
    """

    names: tuple[str, ...]
    which: Indices
    times: Array
    steps: Array
    values: Array

    @property
    def counts_differ(self) -> bool:
        """Whether steps fall from measure to measure, although they do within none."""
        if np.all(np.diff(self.steps) >= 0):
            return False
        return all(np.all(np.diff(self.steps[self.of(i)]) >= 0) for i in range(len(self.names)))

    def of(self, i: int) -> Indices:
        """The points of a measure."""
        return np.flatnonzero(self.which == i)

    def apart(self, clock: int) -> bool:
        """Whether the clock was written before all or after all else, in a loop of its own."""
        mine = self.times[self.of(clock)]
        others = self.times[self.which != clock]
        return bool(others.max() <= mine.min() or mine.max() <= others.min())

    def by(self, counts: Array) -> "_Points":
        """The points in the order of other counts, which become their steps."""
        order = np.lexsort((self.times, counts))
        arrays = {name: getattr(self, name)[order] for name in ("which", "times", "values")}
        return replace(self, steps=counts[order], **arrays)

    def timed_by(self, clock: int) -> "_Points":
        """The points counted by a measure's steps: each by the first one written after it."""
        times, steps = self.times[self.of(clock)], self.steps[self.of(clock)]
        after = np.searchsorted(times, self.times, side="left")
        counts = np.append(steps, steps[-1] + 1)[after]
        for i in range(len(self.names)):
            at = self.of(i)
            # What was written beside the clock, a moment later, counts as it does.
            if len(at) <= len(steps) and np.isin(self.steps[at], steps).all():
                counts[at] = self.steps[at]
        return self.by(counts)


def _points(measures: Mapping[str, Series]) -> tuple[_Points, tuple[str, ...]]:
    """All points, but those of measures logged only once where others have a course."""
    found = {name: series.arrays() for name, series in measures.items()}
    courses = any(len(times) >= COURSE for times, _, _ in found.values())
    single = [name for name, (times, _, _) in found.items() if courses and len(times) == 1]
    found = {name: arrays for name, arrays in found.items() if name not in single}
    notes = (f"left out since they were logged once: {', '.join(single)}",) if single else ()
    if courses and all(np.ptp(steps) == 0 for _, steps, _ in found.values()):
        found = {n: (times, np.arange(float(len(times))), v) for n, (times, _, v) in found.items()}
        notes += ("logged without steps: counted in the order of writing",)
    columns = [np.concatenate([a[k] for a in found.values()] or [np.array([])]) for k in range(3)]
    which = np.repeat(np.arange(len(found)), [len(times) for times, _, _ in found.values()])
    order = np.lexsort((columns[1], columns[0]))
    times, steps, values = (column[order] for column in columns)
    points = _Points(
        names=tuple(found), which=which[order], times=times, steps=steps, values=values
    )
    return points, notes


def _clock(points: _Points, columns: Columns) -> int:
    """The measure whose steps count: the validation loss, or whatever was logged least often."""
    if columns.validation in points.names:
        return points.names.index(columns.validation)
    parts = {"validation": 0, "test": 1}

    def order(i: int) -> tuple[bool, int, int]:
        role = role_of(points.names[i])
        return role.what not in ("loss", "error"), parts.get(role.part, 2), len(points.of(i))

    return min(range(len(points.names)), key=order)


def _rows(points: _Points, count: str = STEP) -> Iterator[Row]:
    """Neighbours of equal steps as one row."""
    edges = np.flatnonzero(np.diff(points.steps)) + 1
    for a, b in itertools.pairwise([0, *edges.tolist(), len(points.steps)]):
        step = float(points.steps[a])
        row: dict[str, Any] = {count: step}
        for i, value in zip(points.which[a:b], points.values[a:b].tolist(), strict=True):
            name = points.names[i]
            if name in row:
                yield int(step), row
                row = {count: step}
            row[name] = value
        yield int(step), row
