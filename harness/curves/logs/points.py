"""The numbers of a log's chosen columns, in bounded memory however long the log is."""

import math
from array import array
from collections.abc import Mapping, Sequence
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
"""Points kept; at twice as many, neighbours are merged: a log of any length takes a few MB."""
AT_ONCE = 1 << 15
"""Rows that are merged at a time."""
Grid = np.ndarray[tuple[int, int], np.dtype[np.float64]]
NAN, INFINITE = -math.inf, math.inf
"""What stands for a number that is NaN or infinite, since NaN stands for a missing one."""


class Points:
    """Rows as they come; of a long log each point is the mean of several neighbours.

    After reading, `every` is how many rows a point stands for, and `columns` has an array for
    each of `FIELDS`: NaN where a cell was missing, `NAN` or `INFINITE` where the number was.
    """

    def __init__(self) -> None:
        self.every = 1
        self._fresh = array("d")
        self._kept: list[Grid] = []

    def add(self, row: Sequence[float]) -> None:
        """A row's values in the order of `FIELDS`."""
        self._fresh.extend(row)
        if len(self._fresh) >= len(FIELDS) * max(AT_ONCE, self.every):
            self._settle()

    @property
    def columns(self) -> Mapping[str, Array]:
        """All rows so far."""
        self._settle()
        table = np.concatenate([*self._kept, np.empty((0, len(FIELDS)))])
        return {name: table[:, i].copy() for i, name in enumerate(FIELDS)}

    def _settle(self) -> None:
        if not self._fresh:
            return
        fresh = np.array(self._fresh).reshape(-1, len(FIELDS))
        self._fresh = array("d")
        whole = len(fresh) // self.every * self.every
        self._kept.append(_merged(fresh[:whole], self.every))
        if whole < len(fresh):  # the last point of all
            self._kept.append(_merged(fresh[whole:], len(fresh) - whole))
        if sum(map(len, self._kept)) >= 2 * MOST:
            table = np.concatenate(self._kept)
            pairs = len(table) // 2 * 2
            self._kept = [_merged(table[:pairs], 2), table[pairs:]]
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
        if any(value == value for value in values[2:]):
            points.add((line, begins, *values))
            begins = 0.0
    return points


class _Reads:
    def __init__(self, table: Table, chosen: Chosen) -> None:
        self._table = table
        single = (chosen.epoch, chosen.step, chosen.train_score, chosen.validation_score)
        epoch, step, *scores = (() if name is None else (name,) for name in single)
        roles = (epoch, step, chosen.train, chosen.validation, *scores)
        self._read = [(place, names) for place, names in enumerate(roles) if names]

    def values(self, line: int, cells: Mapping[str, Any]) -> list[float]:
        """What a row holds of epoch, step and `MEASURED`."""
        found = [math.nan] * (len(FIELDS) - 2)
        for place, names in self._read:
            found[place] = self._sum(line, cells, names)
        return found

    def _sum(self, line: int, cells: Mapping[str, Any], names: Sequence[str]) -> float:
        if len(names) == 1:
            return self._one(line, names[0], cells.get(names[0]))
        parts = [self._one(line, name, cells.get(name)) for name in names]
        strange = [part for part in parts if math.isinf(part)]
        return strange[0] if strange else sum(parts)

    def _one(self, line: int, name: str, cell: Any) -> float:
        if cell is None or cell == "":
            return math.nan
        try:
            value = number(cell)
        except ValueError:
            where = f"{self._table.source}: {self._table.place} {line}"
            raise LogError(f"{where}: {name} must be a number, got {str(cell)[:40]}") from None
        if value is None:
            return math.nan
        if math.isfinite(value):
            return value
        return NAN if math.isnan(value) else INFINITE


def _merged(rows: Grid, every: int) -> Grid:
    """Rows merged in groups of so many."""
    if every == 1:
        return rows
    groups = rows.reshape(-1, every, len(FIELDS)).transpose(1, 0, 2)
    found = mean_of(groups)
    found[:, 0] = groups[0, :, 0]
    found[:, 1] = groups[:, :, 1].max(axis=0)
    found[:, 2:4] = np.fmax.reduce(groups[:, :, 2:4], axis=0)
    return found


def mean_of(values: np.ndarray[Any, np.dtype[np.float64]]) -> Grid:
    """The mean over axis 0 of what is there; not finite where one is not, NaN where none is."""
    strange = np.isinf(values)
    there = np.isfinite(values)
    count = there.sum(axis=0)
    total = np.where(there, values, 0.0).sum(axis=0)
    mean = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    first = np.take_along_axis(values, strange.argmax(axis=0)[None], axis=0)[0]
    return np.where(strange.any(axis=0), first, mean)
