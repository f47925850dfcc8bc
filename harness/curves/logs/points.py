"""The numbers of a log's chosen columns, in bounded memory however long the log is."""

import math
from array import array
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from harness.curves.logs.cells import number
from harness.curves.logs.choosing import Chosen
from harness.curves.logs.tables import Table
from harness.curves.records import Array
from harness.errors import LogError

FIELDS = (
    "line",
    "begins",
    "epoch",
    "step",
    "train",
    "validation",
    "train_score",
    "validation_score",
)
MEASURED = FIELDS[4:]
MOST = 1 << 17
"""Points kept; above, neighbours are merged, so that a log of any length takes a few MB."""
Grid = np.ndarray[tuple[int, int], np.dtype[np.float64]]
NAN, INFINITE = -math.inf, math.inf
"""What stands for a number that is NaN or infinite, since NaN stands for a missing one."""


class Points:
    """Rows as they come; beyond `MOST` each point is the mean of several neighbours.

    After reading, `every` is how many rows a point stands for, and `columns` has an array for
    each of `FIELDS`: NaN where a cell was missing, `NAN` or `INFINITE` where the number was.
    """

    def __init__(self) -> None:
        self.every = 1
        self._kept = {name: array("d") for name in FIELDS}
        self._waiting: list[Sequence[float]] = []

    def add(self, row: Sequence[float]) -> None:
        """A row's values in the order of `FIELDS`."""
        self._waiting.append(row)
        if len(self._waiting) == self.every:
            self._flush()

    @property
    def columns(self) -> Mapping[str, Array]:
        """All rows so far."""
        if self._waiting:
            self._flush()
        return {name: np.array(values) for name, values in self._kept.items()}

    def _flush(self) -> None:
        row = self._waiting[0]
        if len(self._waiting) > 1:
            table = np.array(self._waiting)
            row = [float(_merged(name, table[:, i, None])[0]) for i, name in enumerate(FIELDS)]
        for name, value in zip(FIELDS, row, strict=True):
            self._kept[name].append(value)
        self._waiting.clear()
        if len(self._kept["line"]) >= 2 * MOST:
            self._halve()

    def _halve(self) -> None:
        for name, values in self._kept.items():
            pairs = np.array(values).reshape(-1, 2).T
            self._kept[name] = array("d", _merged(name, pairs).tobytes())
        self.every *= 2


def points_of(table: Table, chosen: Chosen) -> Points:
    """The chosen columns of every row that holds one of the measured ones.

    Raises:
        LogError: a cell of a chosen column holds something else than a number.
    """
    points, begins = Points(), 0.0
    reads = _Reads(table, chosen)
    for line, cells in table.rows():
        if not cells:
            begins = 1.0
            continue
        values = reads.values(line, cells)
        if all(math.isnan(value) for value in values[2:]):
            continue
        points.add((line, begins, *values))
        begins = 0.0
    return points


class _Reads:
    def __init__(self, table: Table, chosen: Chosen) -> None:
        self._table = table
        single = (chosen.epoch, chosen.step, chosen.train_score, chosen.validation_score)
        epoch, step, *scores = (() if name is None else (name,) for name in single)
        self._names = (epoch, step, chosen.train, chosen.validation, *scores)

    def values(self, line: int, cells: Mapping[str, Any]) -> list[float]:
        return [self._sum(line, cells, names) for names in self._names]

    def _sum(self, line: int, cells: Mapping[str, Any], names: Iterable[str]) -> float:
        total = math.nan
        for name in names:
            value = self._number(line, name, cells.get(name))
            if value is None:
                return math.nan
            total = value if math.isnan(total) else total + value
            if not math.isfinite(value):
                return NAN if math.isnan(value) else INFINITE
        return total

    def _number(self, line: int, name: str, cell: Any) -> float | None:
        try:
            return number(cell)
        except ValueError:
            where = f"{self._table.source}: {self._table.place} {line}"
            raise LogError(f"{where}: {name} must be a number, got {str(cell)[:40]}") from None


def _merged(name: str, values: Grid) -> Array:
    """Rows merged into one: `values` has a row for each and a column for each result."""
    if name == "line":
        return values[0]
    if name == "begins":
        return values.max(axis=0)
    if name in ("epoch", "step"):
        return np.fmax.reduce(values, axis=0)
    return mean_of(values)


def mean_of(values: Grid) -> Array:
    """The mean over axis 0 of what is there; not finite where one is not, NaN where none is."""
    strange = np.isinf(values)
    there = ~np.isnan(values) & ~strange
    count = there.sum(axis=0)
    total = np.where(there, values, 0.0).sum(axis=0)
    mean = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    first = np.take_along_axis(values, strange.argmax(axis=0)[None], axis=0)[0]
    return np.where(strange.any(axis=0), first, mean)
