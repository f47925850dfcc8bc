"""A table and the study's words about it to examples: one-hot, gaps, groups, time."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from harness.data.column_roles import (
    Type,
    identifier,
    left_out,
    listed,
    not_numbers,
    type_of,
    unknown_column,
)
from harness.data.examples import Array, Examples, Target, target_from
from harness.data.tables import Table, empty_cells, read_table
from harness.errors import DataError, raise_all
from harness.study import DataSource, Loss


def from_file(source: DataSource, *, folder: Path, loss: Loss | None) -> Examples:
    """The examples in a file, encoded as numbers.

    Raises:
        DataError: the file cannot be read, a column is not there, or holds what cannot be
            learned from; all faults of the columns at once.
    """
    place = source.source or ""
    table = read_table(folder / place, place=place)
    raise_all(DataError, naming_faults(source, table, place))
    if table.rows == 0:
        raise DataError(f"{place}: holds 0 rows")
    names, notes = _features(source, table)
    faults: list[str] = []
    if not names:
        faults.append(f"{place}: no column is left to learn from")
    for name in names:
        faults.extend(_value_faults(table.columns[name], source, place))
    target = target_of(source, table, loss, faults)
    groups, order = groups_of(source, table, faults), order_of(source, table, faults)
    if faults or target is None:
        raise DataError(*faults)
    encoded = [_encoded(table.columns[name]) for name in names]
    return Examples(
        place=place,
        x=np.column_stack([values for _, values in encoded]),
        y=target.values,
        feature_names=tuple(name for each, _ in encoded for name in each),
        class_names=target.class_names,
        target_name=target_name(source),
        standardize=True,
        groups=groups,
        order=order,
        notes=notes,
    )


def target_name(source: DataSource) -> str:
    """The target; an NPZ file's is y unless the study names another."""
    named = source.target
    if named is None and (source.source or "").lower().endswith(".npz"):
        return "y"
    return named or ""


def naming_faults(source: DataSource, table: Table, place: str) -> list[str]:
    target = target_name(source)
    if not target:
        names = listed(list(table.columns))
        return [f"{place}: data.target must name the column to predict, one of {names}"]
    asked = [("target", target), ("group", source.group), ("time", source.time)]
    asked += [("features", name) for name in source.features]
    faults = [
        unknown_column(what, name, table, place=place)
        for what, name in asked
        if name is not None and name not in table.columns
    ]
    if source.group is not None and source.time is not None:
        faults.append(f"{place}: data.group and data.time cannot both cut the parts")
    for what, name in asked[1:3]:
        if name is not None and name == target:
            faults.append(f'{place}: data.{what} must not be the target, got "{name}"')
        if name is not None and name in source.features:
            rule = f"data.features must not hold the {what} column"
            faults.append(f'{place}: {rule}, got "{name}"')
    return faults


def _features(source: DataSource, table: Table) -> tuple[list[str], tuple[str, ...]]:
    """The columns to learn from, and notes on those left out or doubtful."""
    apart = {target_name(source), source.group, source.time}
    asked = list(source.features) or [name for name in table.columns if name not in apart]
    kept: list[str] = []
    dropped: dict[str, list[str]] = {}
    doubtful: list[str] = []
    for name in asked:
        kind = type_of(table.columns[name])
        why = None if source.features else left_out(table.columns[name], kind)
        if why is not None:
            dropped.setdefault(why, []).append(name)
            continue
        kept.append(name)
        doubt = identifier(table.columns[name], kind)
        if doubt is not None:
            doubtful.append(f"column {name} {doubt}: leave it out of data.features if it is")
    left = [f"left out {listed(names)}: {why}" for why, names in dropped.items()]
    return kept, (*left, *doubtful)


def _value_faults(column: pd.Series, source: DataSource, place: str) -> list[str]:
    what, kind = f"{place}: column {column.name}", type_of(column)
    if kind == "date":
        rule = "holds dates, which cannot be learned from"
        return [f"{what} {rule}: leave it out of data.features, or name it in data.time"]
    if kind == "mixed":
        return [f"{what} {_odd_values(column)}: empty these cells, or leave the column out"]
    if kind in ("other", "nothing"):
        held = "nothing" if kind == "nothing" else type(column.dropna().iloc[0]).__name__
        return [f"{what} must hold numbers, text or true/false, got {held}"]
    missing = empty_cells(column)
    faults: list[str] = []
    if missing > 0 and source.missing == "error":
        cure = 'fill them, or say data.missing = "mean"'
        faults.append(f"{what} is empty in {missing} of {len(column)} rows: {cure}")
    if kind in ("number", "whole number"):
        infinite = int(np.isinf(_numbers(column)).sum())
        if infinite > 0:
            faults.append(f"{what} must be finite, got inf in {infinite} of {len(column)} rows")
    return faults


def _odd_values(column: pd.Series) -> str:
    odd = not_numbers(column)
    return f'holds numbers, but "{odd.iloc[0]}" or the like in {len(odd)} of {len(column)} rows'


def _encoded(column: pd.Series) -> tuple[tuple[str, ...], Array]:
    """A column's names and numbers: itself, or a column of 0 and 1 for each text."""
    name = str(column.name)
    if type_of(column) != "text":
        return (name,), _numbers(column)[:, None]
    texts = column.fillna("missing").astype(str).to_numpy(dtype=object)
    values, numbers = np.unique(texts, return_inverse=True)
    return tuple(f"{name}={value}" for value in values), np.eye(len(values))[numbers]


def _numbers(column: pd.Series) -> Array:
    return column.astype("object").to_numpy(dtype=np.float64, na_value=np.nan)


def target_of(
    source: DataSource, table: Table, loss: Loss | None, faults: list[str]
) -> Target | None:
    name, place = target_name(source), source.source
    column = table.columns[name]
    what = f"{place}: target {name}"
    missing, kind = empty_cells(column), type_of(column)
    if missing > 0:
        faults.append(f"{what} is empty in {missing} of {len(column)} rows: leave these rows out")
    elif kind == "mixed":
        faults.append(f"{what} {_odd_values(column)}")
    elif kind in ("date", "other"):
        faults.append(f"{what} must hold numbers, classes or true/false, got {column.iloc[0]}")
    else:
        try:
            return target_from(column, what=what, task=source.task, loss=loss)
        except DataError as error:
            faults.extend(error.faults)
    return None


def groups_of(source: DataSource, table: Table, faults: list[str]) -> Array | None:
    if source.group is None:
        return None
    column = table.columns[source.group]
    missing = empty_cells(column)
    if missing > 0:
        what = f"{source.source}: group column {source.group}"
        faults.append(f"{what} is empty in {missing} of {len(column)} rows")
        return None
    codes: Any = pd.factorize(column)[0]
    return codes


def order_of(source: DataSource, table: Table, faults: list[str]) -> Array | None:
    """Rows by time, earliest first; those of one time stay in the file's order."""
    if source.time is None:
        return None
    column = table.columns[source.time]
    what = f"{source.source}: time column {source.time}"
    missing = empty_cells(column)
    if missing > 0:
        faults.append(f"{what} is empty in {missing} of {len(column)} rows")
        return None
    kind: Type = type_of(column)
    if kind in ("number", "whole number"):
        return np.argsort(_numbers(column), kind="stable")
    times: pd.Series = pd.to_datetime(column, format="ISO8601", errors="coerce", utc=True)
    unread = pd.Series(column[times.isna()])
    if len(unread) > 0:
        rule = "must hold numbers or dates like 2024-01-31 (ISO 8601)"
        faults.append(f'{what} {rule}, got "{unread.iloc[0]}"')
        return None
    return np.argsort(times.to_numpy(), kind="stable")
