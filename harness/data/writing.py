"""Features from a file to blocks on a disk: looked over, filled, standardised, written."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from harness.data.checks import range_faults
from harness.data.examples import Array
from harness.data.parts import Cut
from harness.data.records import FloatArray
from harness.data.rows import RowFile
from harness.errors import DataError, raise_all
from harness.study import DataSource


@dataclass(frozen=True, kw_only=True, eq=False)
class Layout:
    """Where every example goes.

    Args:
        parts: positions in the file.
        rows: of the block file, one for each training example.
        sizes: rows of each block.
    """

    parts: Cut
    rows: Array
    sizes: tuple[int, ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class Written:
    """What lies on the disk, and the parts that are held.

    Args:
        path: of the blocks.
        validation, test: features of these parts.
        names: of the features, those left out apart.
        notes: on those left out.
    """

    path: Path
    validation: FloatArray
    test: FloatArray
    names: tuple[str, ...]
    notes: tuple[str, ...]


def find_or_write(
    at: Path,
    file: RowFile,
    names: list[str],
    *,
    source: DataSource,
    layout: Layout,
    standardize: bool,
) -> Written:
    """The blocks in the folder `at`; they are written first where it is not there.

    Raises:
        DataError: a column breaks a rule, or there is no room on the disk.
    """
    if not at.is_dir():
        kept, notes = _looked_over(file, names, source)
        try:
            _write(at, file, kept, notes, layout=layout, standardize=standardize)
        except OSError as error:
            why = error.strerror or str(error)
            raise DataError(f"{file.place}: its blocks cannot be written ({why})") from error
    said = json.loads((at / "columns.json").read_text("utf-8"))
    return Written(
        path=at / "train",
        validation=np.load(at / "validation.npy"),
        test=np.load(at / "test.npy"),
        names=tuple(said["names"]),
        notes=tuple(said["notes"]),
    )


def _looked_over(
    file: RowFile, names: list[str], source: DataSource
) -> tuple[list[str], tuple[str, ...]]:
    """The columns to learn from, and notes on those left out."""
    missing, infinite = np.zeros(len(names), dtype=int), np.zeros(len(names), dtype=int)
    low, high = np.full(len(names), np.inf), np.full(len(names), -np.inf)
    for x in file.batches(names):
        missing += np.isnan(x).sum(axis=0)
        infinite += np.isinf(x).sum(axis=0)
        low, high = np.fmin(low, np.fmin.reduce(x)), np.fmax(high, np.fmax.reduce(x))
    left = [] if source.features else [i for i in range(len(names)) if not low[i] < high[i]]
    kept = [i for i in range(len(names)) if i not in left]
    faults = [] if kept else [f"{file.place}: no column is left to learn from"]
    for i in kept:
        what = f"{file.place}: column {names[i]}"
        if missing[i] > 0 and source.missing == "error":
            cure = 'fill them, or say data.missing = "mean"'
            faults.append(f"{what} is empty in {missing[i]} of {file.count} rows: {cure}")
        if infinite[i] > 0:
            rule = f"must be finite, got inf in {infinite[i]} of {file.count} rows"
            faults.append(f"{what} {rule}")
    largest = {f"column {names[i]}": max(-low[i], high[i]) for i in kept if infinite[i] == 0}
    raise_all(DataError, [*faults, *range_faults(largest, place=file.place)])
    notes = tuple(f"left out {names[i]}: {_why(low[i])}" for i in left)
    return [names[i] for i in kept], notes


def _why(value: float) -> str:
    return f"constant: every row holds {value:g}" if np.isfinite(value) else "empty in every row"


def _write(
    at: Path,
    file: RowFile,
    names: list[str],
    notes: tuple[str, ...],
    *,
    layout: Layout,
    standardize: bool,
) -> None:
    """Into a folder of another name, renamed at the end: one that is there is whole."""
    making = at.with_name(f"{at.name}.{os.getpid()}")
    making.mkdir(parents=True)
    try:
        _check_room(making, file.place, 4 * len(names) * file.count)
        change = _change(file, names, layout, standardize=standardize)
        _write_parts(making, file, names, layout, change)
        said = json.dumps({"names": names, "notes": notes})
        (making / "columns.json").write_text(said, "utf-8")
        if not at.is_dir():
            making.rename(at)
    finally:
        shutil.rmtree(making, ignore_errors=True)


def _check_room(folder: Path, place: str, wanted: int) -> None:
    free = shutil.disk_usage(folder).free
    if wanted > free:
        what = f"its blocks need {wanted / 1e9:.1f} GB of disk beside it"
        raise DataError(f"{place}: {what}, and {free / 1e9:.1f} GB are free")


Change = Callable[[Array], Array]
"""From features as the file has them to features that networks learn from."""


def _change(file: RowFile, names: list[str], layout: Layout, *, standardize: bool) -> Change:
    """Gaps filled and columns standardised by the training part, as in memory."""
    means = _known_means(file, names, layout)

    def filled(x: Array) -> Array:
        return np.where(np.isnan(x), means, x)

    if not standardize:
        return filled
    mean, scale, constant = _moments(file, names, layout, filled)

    def standardized(x: Array) -> Array:
        return np.where(constant, 0.0, (filled(x) - mean) / np.where(constant, 1.0, scale))

    return standardized


def _known_means(file: RowFile, names: list[str], layout: Layout) -> Array:
    counts, sums = np.zeros(len(names)), np.zeros(len(names))
    for x in _training(file, names, layout):
        known = ~np.isnan(x)
        counts, sums = counts + known.sum(axis=0), sums + np.where(known, x, 0).sum(axis=0)
    raise_all(
        DataError,
        [
            f"{file.place}: column {name} is empty in the whole training part: it has no mean"
            for name, count in zip(names, counts, strict=True)
            if count == 0
        ],
    )
    return sums / counts


def _moments(
    file: RowFile, names: list[str], layout: Layout, filled: Change
) -> tuple[Array, Array, Array]:
    """Mean, deviation and which columns are constant, joined as in Chan et al. (1983)."""
    count, mean, squares = 0, np.zeros(len(names)), np.zeros(len(names))
    low, high = np.full(len(names), np.inf), np.full(len(names), -np.inf)
    for raw in _training(file, names, layout):
        x = filled(raw)
        low, high = np.minimum(low, x.min(axis=0)), np.maximum(high, x.max(axis=0))
        here, total = x.mean(axis=0), count + len(x)
        step = here - mean
        between = np.square(step) * count * len(x) / total
        squares = squares + np.square(x - here).sum(axis=0) + between
        mean = here if count == 0 else mean + step * len(x) / total
        count = total
    scale = np.sqrt(squares / count)
    return mean, scale, (low == high) | (scale == 0)


def _training(file: RowFile, names: list[str], layout: Layout) -> Iterator[Array]:
    """The training part's rows: some at a time, or in one piece where that is one block.

    In one piece they stand in the part's order, so that sums round as they do in memory.
    """
    rank = _ranks(layout.parts.train, file.count)
    whole = np.empty((len(layout.parts.train), len(names))) if len(layout.sizes) == 1 else None
    start = 0
    for x in file.batches(names):
        at = rank[start : start + len(x)]
        start += len(x)
        if whole is not None:
            whole[at[at >= 0]] = x[at >= 0]
        elif np.any(at >= 0):
            yield x[at >= 0]
    if whole is not None:
        yield whole


def _ranks(positions: Array, count: int) -> Array:
    """For every row of the file its place in a part, or -1."""
    found = np.full(count, -1)
    found[positions] = np.arange(len(positions))
    return found


def _write_parts(
    folder: Path, file: RowFile, names: list[str], layout: Layout, change: Change
) -> None:
    parts, features = layout.parts, len(names)
    train, starts = _ranks(parts.train, file.count), np.cumsum((0, *layout.sizes))
    held = {"validation": parts.validation, "test": parts.test}
    ranks = {name: _ranks(at, file.count) for name, at in held.items()}
    kept = {name: np.empty((len(at), features), np.float32) for name, at in held.items()}
    with (folder / "train").open("wb") as blocks:
        blocks.truncate(4 * features * len(parts.train))
    start, largest = 0, np.zeros(features)
    for raw in file.batches(names):
        x, here = change(raw), slice(start, start + len(raw))
        start += len(raw)
        largest = np.maximum(largest, np.abs(x).max(axis=0))
        with np.errstate(over="ignore"):  # said below
            single = x.astype(np.float32)
        for name, each in kept.items():
            at = ranks[name][here]
            each[at[at >= 0]] = single[at >= 0]
        inside = train[here] >= 0
        _put(folder / "train", single[inside], layout.rows[train[here][inside]], starts)
    said = dict(zip([f"column {name}" for name in names], largest, strict=True))
    raise_all(DataError, range_faults(said, place=file.place))
    for name, each in kept.items():
        np.save(folder / f"{name}.npy", each)


def _put(path: Path, x: FloatArray, rows: Array, starts: Array) -> None:
    """Write rows to their places, one block at a time: a map of all would stay in memory."""
    block_of = np.searchsorted(starts, rows, side="right") - 1
    for number in np.unique(block_of):
        inside = block_of == number
        start, stop = starts[number], starts[number + 1]
        shape = (int(stop - start), x.shape[1])
        offset = 4 * x.shape[1] * int(start)
        block = np.memmap(path, dtype=np.float32, mode="r+", offset=offset, shape=shape)
        block[rows[inside] - start] = x[inside]
        del block
