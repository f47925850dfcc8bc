"""Files to tables: CSV, Parquet and NPZ, with one clear line where one cannot be read."""

import csv
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import pandas as pd
from pyarrow import ArrowException

from harness.data.examples import Array
from harness.data.sources import FILE_ENDINGS, nearest
from harness.errors import DataError

_QUOTED = re.compile(r'"[^"]*"')
_DECIMAL_COMMA = re.compile(r'(^|;)"?-?\d+,\d+"?(;|$)', re.MULTILINE)


@dataclass(frozen=True, kw_only=True, eq=False)
class Table:
    """A file's columns by name, in its order, each with `rows` values."""

    columns: Mapping[str, pd.Series]
    rows: int


def read_table(path: Path, *, place: str) -> Table:
    """The table in a file.

    Args:
        path: ends in .csv, .tsv, .parquet or .npz.
        place: what messages call it: the name as the study writes it.

    Raises:
        DataError: it is not there, cannot be read, or does not hold a table.
    """
    check_there(path, place=place)
    try:
        frame = _READERS[path.suffix.lower()](path, place)
    except OSError as error:
        raise DataError(
            f"{place}: cannot be read ({error.strerror or _first_line(error)})"
        ) from error
    names = [str(name) for name in frame.columns]
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise DataError(f"{place}: column {twice[0]} appears twice")
    columns = {name: _plain(frame.iloc[:, i], name) for i, name in enumerate(names)}
    return Table(columns=columns, rows=len(frame))


def check_there(path: Path, *, place: str) -> None:
    """Refuse a path that is no file.

    Raises:
        DataError: it is a folder, or not there.
    """
    if path.is_dir():
        raise DataError(f"{place}: is a folder, not a file")
    if not path.exists():
        raise DataError(f"{place}: no such file{_neighbour(path)}")


def empty_cells(column: pd.Series) -> int:
    """How many cells hold nothing."""
    return int(np.sum(column.isna().to_numpy()))


def _plain(column: pd.Series, name: str) -> pd.Series:
    """The column by its name as text; categories become the values they stand for."""
    kind = column.dtype
    if isinstance(kind, pd.CategoricalDtype):
        column = column.astype(kind.categories.dtype)
    return column.rename(name)


def _csv(path: Path, place: str) -> pd.DataFrame:
    content = _text(path.read_bytes(), place)
    first = content.lstrip().partition("\n")[0]
    separator = _separator(first)
    decimal = "," if separator == ";" and _DECIMAL_COMMA.search(content) else "."
    names = next(csv.reader([first.strip("\r")], delimiter=separator), [])
    twice = [name for name, count in Counter(names).items() if count > 1 and name]
    if twice:  # pandas would rename the second one without a word
        raise DataError(f"{place}: column {twice[0]} appears twice")
    try:
        frame = pd.read_csv(
            StringIO(content),
            sep=separator,
            decimal=decimal,
            skipinitialspace=True,
            low_memory=False,
        )
    except pd.errors.EmptyDataError as error:
        raise DataError(f"{place}: holds nothing") from error
    except (pd.errors.ParserError, ValueError) as error:
        why = _first_line(error).rpartition("C error: ")[2]
        raise DataError(f"{place}: is not a table with one header line ({why})") from error
    if not isinstance(frame.index, pd.RangeIndex):  # pandas takes surplus values as row names
        raise DataError(f"{place}: rows hold more values than the header names columns")
    return frame


def _text(content: bytes, place: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if content.startswith((b"\xff\xfe", b"\xfe\xff")):
            raise DataError(f"{place}: is UTF-16, not UTF-8: save it as UTF-8") from error
        line = content.count(b"\n", 0, error.start) + 1
        where = f"line {line} holds the byte 0x{content[error.start]:02x}"
        hint = "it may be Windows-1252, as older Excel writes"
        raise DataError(f"{place}: is not UTF-8 ({where}; {hint}): save it as UTF-8") from error


def _separator(header: str) -> str:
    outside = _QUOTED.sub("", header)
    return max(",;\t", key=outside.count)


def _neighbour(path: Path) -> str:
    """The name of a data file beside the one that is not there."""
    if not path.parent.is_dir():
        return ""
    known = [each.name for each in path.parent.iterdir() if each.suffix.lower() in FILE_ENDINGS]
    return nearest(path.name, known)


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__


def _parquet(path: Path, place: str) -> pd.DataFrame:
    try:
        frame = pd.read_parquet(path)
    except ArrowException as error:
        raise DataError(f"{place}: is not a Parquet table ({_first_line(error)})") from error
    named = any(name is not None for name in frame.index.names)
    return frame.reset_index(drop=not named)


def _npz(path: Path, place: str) -> pd.DataFrame:
    try:
        with np.load(path, allow_pickle=False) as content:
            if not isinstance(content, np.lib.npyio.NpzFile):
                raise DataError(f"{place}: holds one array without a name, not x and y")
            arrays = {name: content[name] for name in content.files}
    except (ValueError, BadZipFile, EOFError, TypeError) as error:
        why = _first_line(error)
        raise DataError(f"{place}: is not an NPZ file of plain arrays ({why})") from error
    columns: dict[str, Array] = {}
    for name, array in arrays.items():
        columns |= _columns_of(name, array, place)
    lengths = {name: len(column) for name, column in columns.items()}
    if len(set(lengths.values())) > 1:
        least, most = min(lengths, key=lengths.__getitem__), max(lengths, key=lengths.__getitem__)
        found = f"{most} has {lengths[most]}, {least} has {lengths[least]}"
        raise DataError(f"{place}: arrays must be of one length, but {found}")
    return pd.DataFrame(columns)


def _columns_of(name: str, array: Array, place: str) -> dict[str, Array]:
    if array.ndim == 2 and array.shape[1] == 1 and name != "x":
        array = array[:, 0]
    if array.ndim == 1:
        return {name: array}
    if array.ndim == 2:
        return {f"{name}{i + 1}": array[:, i] for i in range(array.shape[1])}
    raise DataError(f"{place}: array {name} must be a column or a table, got shape {array.shape}")


_READERS = {".csv": _csv, ".tsv": _csv, ".parquet": _parquet, ".npz": _npz}
