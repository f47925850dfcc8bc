"""A user's own function to examples: imported, called, and its answer checked."""

import sys
from collections.abc import Callable
from hashlib import blake2b
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import pandas as pd

from harness.data.examples import Array, Examples, target_from
from harness.data.sources import nearest
from harness.data.tables import empty_cells
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
    code = _code(place, folder)
    function = _function(place, folder, code)
    with _Blamed(place):
        answer = function()
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
        code=code,
    )


class _Blamed:
    """Whatever a user's code raises inside becomes a DataError with its own message.

    A context manager, because users' code may raise anything, even SystemExit; only a key
    pressed to interrupt passes.
    """

    def __init__(self, place: str) -> None:
        self._place = place

    def __enter__(self) -> None:
        pass

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if isinstance(error, Exception | SystemExit):
            lines = str(error).strip().splitlines() or ["no message"]
            name, line = type(error).__name__, _line(trace)
            raise DataError(f"{self._place}: raised {name}{line}: {lines[0]}") from error


def _line(trace: TracebackType | None) -> str:
    """Where the user's own file was when it raised, as " in line 3"."""
    found = ""
    while trace is not None:
        if trace.tb_frame.f_globals.get("__name__", "").startswith(_PREFIX):
            found = f" in line {trace.tb_lineno}"
        trace = trace.tb_next
    return found


def _code(place: str, folder: Path) -> str:
    path = folder / place.rpartition(":")[0]
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise DataError(f"{place}: no such file as {path.name}") from error
    except (OSError, UnicodeDecodeError) as error:
        reason = str(error).splitlines()[0]
        raise DataError(f"{place}: {path.name} cannot be read ({reason})") from error


_PREFIX = "harness_user_file_"


def _function(place: str, folder: Path, code: str) -> Callable[[], Any]:
    """The function, from a module whose name no other module has.

    The module stays in sys.modules under that name: dataclasses and pickles of the user look
    themselves up there.
    """
    file, _, name = place.rpartition(":")
    path = (folder / file).resolve()
    unique = _PREFIX + blake2b(f"{path}\n{code}".encode(), digest_size=8).hexdigest()
    spec = spec_from_file_location(unique, path)
    assert spec is not None
    module = module_from_spec(spec)
    sys.modules[unique] = module
    with _Blamed(place):  # the text that was fingerprinted, never a stale or new .pyc file
        exec(compile(code, path, "exec"), vars(module))
    function = getattr(module, name, None)
    if not callable(function):
        known = [each for each, value in vars(module).items() if callable(value)]
        close = nearest(name, known)
        raise DataError(f'{place}: {path.name} has no function "{name}"{close}')
    return function


def _features(x: Any, place: str) -> tuple[Array, tuple[str, ...]]:
    named = isinstance(x, pd.DataFrame)
    with _Blamed(f"{place}: x is not a table"):
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
    with _Blamed(f"{place}: y is not a column"):
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
