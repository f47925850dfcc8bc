"""A user's own function to examples: imported, called, and its answer checked."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from harness.data.examples import Array, Examples, target_from
from harness.data.tables import empty_cells
from harness.data.user_code import Blame, load_function
from harness.errors import DataError, raise_all
from harness.study import DataSource, Loss


def from_function(source: DataSource, *, folder: Path, loss: Loss | None) -> Examples:
    """The examples that a function of the user returns as (x, y).

    Args:
        source: names it as "my_data.py:load"; it is called without arguments.

    Raises:
        DataError: it is not there, raises (its own message is shown), or returns something
            else than a table of numbers and one target for each of its rows.
    """
    place = source.source or ""
    user = load_function(place, folder=folder)
    with user.blame:
        answer = user.function()
    pair = isinstance(answer, tuple | list) and len(answer) == 2
    if not pair:
        count = f"{len(answer)} things" if isinstance(answer, tuple) else type(answer).__name__
        raise DataError(f"{place}: must return two things, (x, y), got {count}")
    x, names = _features(answer[0], place)
    y = _target_column(answer[1], place)
    if len(x) != len(y):
        raise DataError(f"{place}: x and y must be of one length, got {len(x)} and {len(y)}")
    if len(x) == 0:
        raise DataError(f"{place}: returned 0 rows")
    target = target_from(y, what=f"{place}: y", task=source.task, loss=loss)
    return Examples(
        place=place,
        x=x,
        y=target.values,
        feature_names=names,
        class_names=target.class_names,
        target_name="y" if y.name is None else str(y.name),
        standardize=True,
        code=user.code,
    )


def _features(x: Any, place: str) -> tuple[Array, tuple[str, ...]]:
    named = isinstance(x, pd.DataFrame)
    with Blame(f"{place}: x is not a table", error=DataError):
        table = np.asarray(x)
    if table.ndim != 2 or table.shape[1] == 0:
        rule = "x must be a table, a row per example and a column per feature"
        raise DataError(f"{place}: {rule}, got shape {table.shape}")
    names = [str(n) for n in x.columns] if named else [f"x{i + 1}" for i in range(table.shape[1])]
    columns = [pd.Series(table[:, i], name=name).infer_objects() for i, name in enumerate(names)]
    raise_all(DataError, [fault for column in columns for fault in _faults(column, place)])
    return table.astype(np.float64), tuple(names)


def _faults(column: pd.Series, place: str) -> list[str]:
    what = f"{place}: column {column.name} of x"
    missing = empty_cells(column)
    if missing > 0:
        return [f"{what} must be finite, got nan in {missing} of {len(column)} rows"]
    if not pd.api.types.is_numeric_dtype(column) or pd.api.types.is_complex_dtype(column):
        return [f'{what} must hold numbers, got "{column.iloc[0]}"']
    values = column.to_numpy(dtype=np.float64)
    bad = values[~np.isfinite(values)]
    if len(bad) > 0:
        return [f"{what} must be finite, got {bad[0]:g} in {len(bad)} of {len(values)} rows"]
    return []


def _target_column(y: Any, place: str) -> pd.Series:
    name = getattr(y, "name", None)
    with Blame(f"{place}: y is not a column", error=DataError):
        values = np.asarray(y)
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    if values.ndim != 1:
        raise DataError(f"{place}: y must hold one value per example, got shape {values.shape}")
    column = pd.Series(values, name=name).infer_objects()
    missing = empty_cells(column)
    if missing > 0:
        raise DataError(f"{place}: y is missing in {missing} of {len(column)} rows")
    return column
