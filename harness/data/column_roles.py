"""What each column of a table holds, and whether anything can be learned from it."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from harness.data.sources import nearest
from harness.data.tables import Table, empty_cells, read_table
from harness.errors import DataError

Type = Literal["number", "whole number", "true/false", "text", "date", "mixed", "nothing", "other"]
Role = Literal["target", "kept", "dropped"]

TEXT_VALUES_AT_MOST = 50
_MIXED_VALUES_AT_LEAST = 21
_TYPES: dict[str, Type] = {
    "boolean": "true/false",
    "integer": "whole number",
    "floating": "number",
    "mixed-integer-float": "number",
    "decimal": "number",
    "string": "text",
    "datetime64": "date",
    "datetime": "date",
    "date": "date",
    "empty": "nothing",
}
_DATE = re.compile(r"(\d{4}-\d{1,2}-\d{1,2}|\d{1,2}([./-])\d{1,2}\2(\d{2}|\d{4}))([ T].*)?")
_ID_NAME = re.compile(
    r"(index|row|rownames|unnamed: \d+)|(.*[_\s.-])?(id|uuid|guid)", re.IGNORECASE
)
_CAMEL_ID = re.compile(r".*[a-z](Id|ID)")


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of a user's table.

    Args:
        name: as the file writes it.
        type: what its values are.
        missing: empty cells.
        distinct: different values, empty cells apart.
        role: the target, a feature, or left out.
        why: why it is left out, or how it is used; for people.
    """

    name: str
    type: Type
    missing: int
    distinct: int
    role: Role
    why: str


def columns(path: Path, target: str) -> tuple[Column, ...]:
    """What a file's columns hold, and which of them are worth learning from.

    Identifiers, constant columns, dates and text of very many values are dropped.

    Args:
        path: a CSV, Parquet or NPZ file.
        target: the column to predict.

    Raises:
        DataError: the file cannot be read, holds no row, or lacks the target.
    """
    table = read_table(path, place=path.name)
    if target not in table.columns:
        raise DataError(unknown_column("target", target, table, place=path.name))
    if table.rows == 0:
        raise DataError(f"{path.name}: holds 0 rows")
    return tuple(_column(column, target=target) for column in table.columns.values())


def unknown_column(what: str, name: str, table: Table, *, place: str) -> str:
    """The fault line for a column that is not there, with the nearest name or all of them."""
    names = list(table.columns)
    close = nearest(name, names) or f"; it has {listed(names)}"
    return f'{place}: has no column "{name}" (data.{what}){close}'


def listed(names: list[str], *, most: int = 12) -> str:
    """Names for people, cut where there are many."""
    rest = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + rest


def type_of(column: pd.Series) -> Type:
    """What a column's values are; empty cells do not matter.

    Text is "mixed" where most of it, but not all, reads as numbers of more than 20 different
    values: a column of numbers with a "?" in it, say, and not the categories 0, 1, 2 and 3+.
    """
    found = _TYPES.get(pd.api.types.infer_dtype(column, skipna=True), "other")
    filled = column.dropna()
    if len(filled) == 0:
        return "nothing"
    if found == "text" and all(_DATE.fullmatch(value.strip()) for value in filled):
        return "date"
    if found == "text" and 0 < len(not_numbers(filled)) < len(filled) / 2:
        return "mixed" if filled.nunique() >= _MIXED_VALUES_AT_LEAST else "text"
    if found == "number" and column.hasnans and _whole(filled):
        return "whole number"  # an empty cell makes whole numbers floats
    return found


def not_numbers(column: pd.Series) -> pd.Series:
    """The values, empty cells apart, that do not read as numbers."""
    filled = column.dropna()
    numbers = np.asarray(pd.to_numeric(filled, errors="coerce"), dtype=np.float64)
    return pd.Series(filled[np.isnan(numbers)])


def left_out(column: pd.Series, kind: Type) -> str | None:
    """Why nothing can be learned from a column, or None."""
    filled = column.dropna()
    distinct = filled.nunique()
    if distinct == 0:
        return "empty in every row"
    if distinct == 1 and (kind != "text" or len(filled) == len(column)):
        return f"constant: every row holds {filled.iloc[0]}"
    if kind == "text" and distinct == len(filled):
        return "looks like an identifier: text that differs in every row"
    if kind == "text" and distinct > TEXT_VALUES_AT_MOST:
        return f"text of {distinct} different values, more than {TEXT_VALUES_AT_MOST}"
    return None


def identifier(column: pd.Series, kind: Type) -> str | None:
    """Why a column looks like an identifier, or None.

    By its name, or because its whole numbers all differ and either only rise or only fall in
    the file or leave few numbers out between them (fewer than every other one). That they all
    differ is not enough: so do most incomes.
    """
    name = str(column.name)
    if _ID_NAME.fullmatch(name) or _CAMEL_ID.fullmatch(name):
        return "looks like an identifier by its name"
    filled = column.dropna()
    if kind != "whole number" or len(filled) < 2 or filled.nunique() < len(filled):
        return None
    values = filled.to_numpy(dtype=np.float64)
    dense = np.ptp(values) + 1 <= 2 * len(values)
    steps = np.diff(values)
    if dense or np.all(steps > 0) or np.all(steps < 0):
        return "looks like an identifier: whole numbers that differ in every row"
    return None


def _column(column: pd.Series, *, target: str) -> Column:
    name, kind = str(column.name), type_of(column)
    missing, distinct = empty_cells(column), int(column.nunique())
    role, why = _role(column, kind, target=target)
    if missing > 0 and role != "dropped":
        why = f"{why}; empty in {missing} of {len(column)} rows"
    return Column(
        name=name, type=kind, missing=missing, distinct=distinct, role=role, why=why.strip("; ")
    )


def _role(column: pd.Series, kind: Type, *, target: str) -> tuple[Role, str]:
    if column.name == target:
        return "target", "what is predicted"
    if kind == "date":
        return "dropped", "dates are not learned from; data.time can cut the parts by them"
    if kind == "other":
        return "dropped", "neither numbers nor text"
    if kind == "mixed":
        odd = not_numbers(column)
        return "dropped", f'numbers, but for {len(odd)} rows such as "{odd.iloc[0]}"'
    why = identifier(column, kind) or left_out(column, kind)
    if why is not None:
        return "dropped", why
    if kind == "text":
        return "kept", "one column of 0 and 1 for each value"
    return "kept", "as 0 and 1" if kind == "true/false" else ""


def _whole(filled: pd.Series) -> bool:
    values = filled.to_numpy(dtype=np.float64)
    return bool(np.all(values == np.round(values)))
