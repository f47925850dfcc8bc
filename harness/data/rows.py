"""Files too large for memory, read a few rows at a time: Parquet and NPZ."""

import re
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any
from zipfile import BadZipFile, ZipFile

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from harness.data.examples import Array
from harness.errors import DataError

READ_BYTES = 1 << 22
"""Of float64 numbers read at once."""
_UNNAMED_INDEX = re.compile(r"__index_level_\d+__")


class RowFile(ABC):
    """A file's columns, and its rows a few at a time; nothing is read before it is asked for.

    Args:
        path: of the file.
        place: what messages call it.
    """

    def __init__(self, path: Path, place: str) -> None:
        self.path = path
        self.place = place

    @property
    @abstractmethod
    def kinds(self) -> dict[str, str]:
        """The columns in their order, each "number" or what else it holds."""

    @property
    @abstractmethod
    def count(self) -> int:
        """Rows."""

    @abstractmethod
    def column(self, name: str) -> pd.Series:
        """One column, whole."""

    @abstractmethod
    def batches(self, names: Sequence[str]) -> Iterator[Array]:
        """All rows of these columns of numbers: float64, [row, column], NaN where empty."""


class ParquetRows(RowFile):
    """A Parquet file."""

    def __init__(self, path: Path, place: str) -> None:
        super().__init__(path, place)
        with self._opened() as file:
            fields = [f for f in file.schema_arrow if not _UNNAMED_INDEX.fullmatch(f.name)]
            self._count = file.metadata.num_rows
        twice = [name for name, n in Counter(f.name for f in fields).items() if n > 1]
        if twice:
            raise DataError(f"{place}: column {twice[0]} appears twice")
        self._kinds = {field.name: _arrow_kind(field.type) for field in fields}

    @property
    def kinds(self) -> dict[str, str]:
        return self._kinds

    @property
    def count(self) -> int:
        return self._count

    def column(self, name: str) -> pd.Series:
        with self._opened() as file:
            column: Any = file.read([name]).column(name).to_pandas()
        return column.rename(name)

    def batches(self, names: Sequence[str]) -> Iterator[Array]:
        rows = max(1, READ_BYTES // (8 * len(names)))
        with self._opened() as file:
            for batch in file.iter_batches(batch_size=rows, columns=list(names)):
                columns = [batch.column(name).cast(pa.float64()) for name in names]
                yield np.column_stack([each.to_numpy(zero_copy_only=False) for each in columns])
        pa.default_memory_pool().release_unused()

    def _opened(self) -> pq.ParquetFile:
        # Through a buffer for each column, or whole row groups are read before their first row.
        try:
            return pq.ParquetFile(self.path, buffer_size=1 << 16, pre_buffer=False)
        except pa.ArrowException as error:
            why = str(error).splitlines()[0]
            raise DataError(f"{self.place}: is not a Parquet table ({why})") from error


def _arrow_kind(kind: pa.DataType) -> str:
    tests = (pa.types.is_integer, pa.types.is_floating, pa.types.is_boolean, pa.types.is_decimal)
    if any(test(kind) for test in tests):
        return "number"
    texts = (pa.types.is_string, pa.types.is_large_string, pa.types.is_dictionary)
    return "text" if any(test(kind) for test in texts) else str(kind)


class NpzRows(RowFile):
    """An NPZ file: one-dimensional arrays are columns, the columns of x are x1, x2 ..."""

    def __init__(self, path: Path, place: str) -> None:
        super().__init__(path, place)
        self._by_columns: list[str] = []
        try:
            with ZipFile(path) as file:
                named = [name.removesuffix(".npy") for name in file.namelist()]
                self._heads = {name: self._head(file, name) for name in named}
        except (BadZipFile, ValueError) as error:
            why = str(error).splitlines()[0]
            raise DataError(f"{place}: is not an NPZ file of plain arrays ({why})") from error
        lengths = {name: shape[0] for name, (shape, _) in self._heads.items()}
        if len(set(lengths.values())) > 1:
            least = min(lengths, key=lengths.__getitem__)
            most = max(lengths, key=lengths.__getitem__)
            found = f"{most} has {lengths[most]}, {least} has {lengths[least]}"
            raise DataError(f"{place}: arrays must be of one length, but {found}")
        self._columns = {
            column: (name, at)
            for name, (shape, _) in self._heads.items()
            for at, column in enumerate(_column_names(name, shape))
        }

    @property
    def kinds(self) -> dict[str, str]:
        return {
            column: "number" if self._heads[name][1].kind in "fiub" else "text"
            for column, (name, _) in self._columns.items()
        }

    @property
    def count(self) -> int:
        return next(iter(self._heads.values()))[0][0]

    def column(self, name: str) -> pd.Series:
        array, _ = self._columns[name]
        shape, dtype = self._heads[array]
        if len(shape) == 1:
            with np.load(self.path, allow_pickle=False) as content:
                return pd.Series(content[array], name=name)
        values = np.concatenate([batch[:, 0] for batch in self.batches([name])])
        return pd.Series(values.astype(dtype), name=name)

    def batches(self, names: Sequence[str]) -> Iterator[Array]:
        arrays = list(dict.fromkeys(self._columns[name][0] for name in names))
        for array in arrays:
            if array in self._by_columns:
                cure = "save np.ascontiguousarray of it"
                raise DataError(f"{self.place}: array {array} lies column by column: {cure}")
        widest = sum(int(np.prod(self._heads[array][0][1:])) for array in arrays)
        at_once = max(1, READ_BYTES // (8 * widest))
        with ExitStack() as stack:
            file = stack.enter_context(ZipFile(self.path))
            streams = {array: stack.enter_context(file.open(f"{array}.npy")) for array in arrays}
            for stream in streams.values():
                _read_head(stream)
            for start in range(0, self.count, at_once):
                rows = min(at_once, self.count - start)
                read = {array: self._rows(streams[array], array, rows) for array in arrays}
                yield np.column_stack([
                    read[array][:, at].astype(np.float64)
                    for array, at in (self._columns[name] for name in names)
                ])  # fmt: skip

    def _rows(self, stream: IO[bytes], array: str, rows: int) -> Array:
        shape, dtype = self._heads[array]
        width = int(np.prod(shape[1:]))
        return np.frombuffer(stream.read(rows * width * dtype.itemsize), dtype).reshape(rows, width)

    def _head(self, file: ZipFile, name: str) -> tuple[tuple[int, ...], np.dtype[Any]]:
        with file.open(f"{name}.npy") as stream:
            shape, by_columns, dtype = _read_head(stream)
        if len(shape) not in (1, 2):
            rule = "must be a column or a table"
            raise DataError(f"{self.place}: array {name} {rule}, got shape {shape}")
        if by_columns and len(shape) == 2 and min(shape) > 1:
            self._by_columns.append(name)
        return shape, dtype


def _read_head(stream: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    version = np.lib.format.read_magic(stream)
    if version == (1, 0):
        return np.lib.format.read_array_header_1_0(stream)
    return np.lib.format.read_array_header_2_0(stream)


def _column_names(name: str, shape: tuple[int, ...]) -> list[str]:
    if len(shape) == 1 or (shape[1] == 1 and name != "x"):
        return [name]
    return [f"{name}{i + 1}" for i in range(shape[1])]


def row_file(path: Path, *, place: str) -> RowFile:
    """The file at a path that ends in .parquet or .npz.

    Raises:
        DataError: it cannot be read, or does not hold a table.
    """
    try:
        return (ParquetRows if path.suffix.lower() == ".parquet" else NpzRows)(path, place)
    except OSError as error:
        raise DataError(f"{place}: cannot be read ({error.strerror or error})") from error
