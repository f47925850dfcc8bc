"""Rows that say in a cell what the others hold: phase = "val", or metric = "val_loss"."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice
from typing import Any

from harness.curves.logs.roles import role_of
from harness.curves.logs.tables import Row, Table

LOOKED_AT = 200
"""Rows from the top by which a table is known."""
_PARTS = frozenset({"mode", "phase", "split", "set", "part", "stage", "subset", "dataset"})
_MEASURES = frozenset({"metric", "measure", "name", "key", "tag", "variable"})
_VALUES = frozenset({"value", "values"})


def spread(table: Table) -> Table:
    """The table with a column for each measure of each part; as it is where it has these."""
    top = [cells for _, cells in islice(table.rows(), LOOKED_AT) if cells]
    if not top:
        return table
    part = _column(top, _PARTS, "part")
    measure, value = _column(top, _MEASURES, "loss"), _named(top[0], _VALUES)
    if measure is not None and value is not None:
        return replace(table, rows=lambda: _by_measure(table, measure, value, part))
    if part is not None:
        return replace(table, rows=lambda: _by_part(table, part))
    return table


def _by_part(table: Table, part: str) -> Iterator[Row]:
    for line, cells in table.rows():
        yield line, {_called(cells.get(part), name): cell for name, cell in cells.items()}


def _by_measure(table: Table, measure: str, value: str, part: str | None) -> Iterator[Row]:
    for line, cells in table.rows():
        kept = {name: cell for name, cell in cells.items() if role_of(name).what in _COUNTERS}
        name = str(cells.get(measure, ""))
        if part is not None:
            name = _called(cells.get(part), name)
        yield line, (kept | {name: cells.get(value)} if cells else {})


def _called(part: Any, name: str) -> str:
    """A measure's name with its part before it, unless it names one itself."""
    role = role_of(name)
    measured = role.what in ("loss", "error", "score") and not role.part
    return f"{part} {name}" if part and measured else name


_COUNTERS = ("epoch", "step")


def _column(top: list[Mapping[str, Any]], names: frozenset[str], what: str) -> str | None:
    """The column called so whose cells are all names, at least one of them of this role."""
    column = _named(top[0], names)
    if column is None:
        return None
    cells = [cells.get(column) for cells in top]
    if not all(isinstance(cell, str) for cell in cells):
        return None
    roles = {role_of(str(cell)).what for cell in cells}
    fits = roles == {"part"} if what == "part" else bool(roles & {"loss", "error"})
    return column if fits else None


def _named(cells: Mapping[str, Any], names: frozenset[str]) -> str | None:
    return next((name for name in cells if name.strip().lower() in names), None)
