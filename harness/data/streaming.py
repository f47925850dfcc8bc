"""A file whose features do not fit in memory to a `Dataset` whose training part lies on a disk.

The columns of target, group and time stay in memory, and so do the validation and test parts.
The training part is standardised, dealt out to blocks and written beside the file once; the
same study finds it there again.
"""

from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

import numpy as np
import pandas as pd

from harness.data.blocks import BLOCK_BYTES, BlockFile, dealt, places
from harness.data.checks import check_examples, standardized_target
from harness.data.column_roles import identifier
from harness.data.examples import Array, Examples, check_loss
from harness.data.files import groups_of, naming_faults, order_of, target_name, target_of
from harness.data.memory import machine_memory
from harness.data.notes import notes_on
from harness.data.parts import Cut, cut
from harness.data.records import Dataset, Part, StreamedPart
from harness.data.rows import RowFile, row_file
from harness.data.tables import Table, check_there
from harness.data.writing import Layout, Written, find_or_write
from harness.errors import DataError, raise_all
from harness.study import DataSource, Loss

STREAMED = (".parquet", ".npz")
MEMORY_SHARE = 8
"""Features of more than an eighth of the machine's memory, as float64, are streamed unless the
study says otherwise: while they are prepared in memory about five copies are held."""
FOLDER = ".blocks"


def streams(source: DataSource, *, folder: Path) -> bool:
    """Whether the study's file is streamed: as it says, or else where it is large.

    Raises:
        DataError: `data.stream` where nothing can be streamed.
    """
    place = source.source or ""
    ending = Path(place).suffix.lower()
    if ending not in STREAMED:
        if source.stream:
            raise DataError(f"data.stream acts on .parquet and .npz files only, not on {place}")
        return False
    if source.stream is not None or not (folder / place).is_file():
        return source.stream or False
    try:
        file = row_file(folder / place, place=place)
    except DataError:
        return False  # who reads it whole says what is wrong with it
    numbers = sum(kind == "number" for kind in file.kinds.values())
    return 8 * file.count * numbers > machine_memory() // MEMORY_SHARE


def load_streamed(
    source: DataSource,
    *,
    folder: Path,
    seed: int,
    loss: Loss | None,
    block_bytes: int = BLOCK_BYTES,
) -> Dataset:
    """The examples of a file, the training part's features on a disk.

    Args:
        source, folder, seed, loss: as `load` has them.
        block_bytes: of the features that are read at once while training.

    Raises:
        DataError: the file breaks a rule that it would break in memory, holds features that are
            not numbers, or has parts too large for memory or disk.
    """
    place = source.source or ""
    check_there(folder / place, place=place)
    file = row_file(folder / place, place=place)
    names = _features(source, file)
    examples = _without_features(source, file, loss)
    check_examples(examples)
    parts = cut(examples, source.split, seed=seed)
    check_loss(examples, loss)
    _check_held(parts, len(names), place)
    standardize = source.standardize is not False
    layout = _layout(parts, len(names), block_bytes=block_bytes, seed=seed)
    key = _fingerprint(source, examples, parts, file, (standardize, block_bytes))
    found = find_or_write(
        folder / FOLDER / key, file, names, source=source, layout=layout, standardize=standardize
    )
    notes = (*found.notes, *_doubts(found.names), *notes_on(None, examples.y, parts=parts,
             class_names=examples.class_names), _note(layout, folder / FOLDER / key))  # fmt: skip
    return _dataset(examples, parts, layout, found, standardize=standardize, key=key, notes=notes)


def _features(source: DataSource, file: RowFile) -> list[str]:
    empty = {name: pd.Series(name=name, dtype=np.float64) for name in file.kinds}
    table = Table(columns=empty, rows=file.count)
    raise_all(DataError, naming_faults(source, table, file.place))
    if file.count == 0:
        raise DataError(f"{file.place}: holds 0 rows")
    apart = {target_name(source), source.group, source.time}
    names = list(source.features) or [name for name in file.kinds if name not in apart]
    cure = "write it as numbers, or leave it out of data.features"
    raise_all(
        DataError,
        [
            f"{file.place}: column {name} must hold numbers to be streamed, "
            f"got {file.kinds[name]}: {cure}"
            for name in names
            if file.kinds[name] != "number"
        ],
    )
    if not names:
        raise DataError(f"{file.place}: no column is left to learn from")
    return names


def _without_features(source: DataSource, file: RowFile, loss: Loss | None) -> Examples:
    wanted = [target_name(source), source.group, source.time]
    columns = {name: file.column(name) for name in wanted if name is not None}
    table, faults = Table(columns=columns, rows=file.count), []
    target = target_of(source, table, loss, faults)
    groups, order = groups_of(source, table, faults), order_of(source, table, faults)
    if faults or target is None:
        raise DataError(*faults)
    return Examples(
        place=file.place,
        x=np.empty((file.count, 0)),
        y=target.values,
        feature_names=(),
        class_names=target.class_names,
        target_name=target_name(source),
        groups=groups,
        order=order,
    )


def _check_held(parts: Cut, features: int, place: str) -> None:
    held = 4 * features * (len(parts.validation) + len(parts.test))
    most = machine_memory() // 4
    if held > most:
        what = "data.split.validation and data.split.test stay in memory and"
        rule = f"must take at most {most / 1e9:.1f} GB, a quarter of it"
        cure = "give them smaller shares"
        raise DataError(f"{place}: {what} {rule}, got {held / 1e9:.1f} GB: {cure}")


def _layout(parts: Cut, features: int, *, block_bytes: int, seed: int) -> Layout:
    block_of, sizes = dealt(len(parts.train), features=features, block_bytes=block_bytes, seed=seed)
    return Layout(parts=parts, rows=places(block_of), sizes=tuple(int(size) for size in sizes))


def _doubts(names: tuple[str, ...]) -> list[str]:
    """What is doubtful by its name; that numbers all differ is not looked for."""
    empty = {name: pd.Series(name=name, dtype=np.float64) for name in names}
    found = {name: identifier(column, "number") for name, column in empty.items()}
    return [
        f"column {name} {doubt}: leave it out of data.features if it is"
        for name, doubt in found.items()
        if doubt is not None
    ]


def _note(layout: Layout, at: Path) -> str:
    blocks = "one block" if len(layout.sizes) == 1 else f"{len(layout.sizes)} blocks"
    most = max(layout.sizes)
    where = f"{at.parent.name}/{at.name[:8]}... beside it"
    return (
        f"training examples are streamed in {blocks} of up to {most} from {where}, which may be "
        "deleted; copies of examples across parts are not looked for"
    )


def _fingerprint(
    source: DataSource, examples: Examples, parts: Cut, file: RowFile, how: tuple[bool, int]
) -> str:
    """Digest of the file's bytes and of all that decides what is made of them."""
    digest = blake2b(digest_size=16)
    names = (examples.task.value, examples.class_names, examples.target_name)
    said = ("streamed, 1", names, source.features, source.missing, how)
    digest.update(repr(said).encode())
    with file.path.open("rb") as content:
        while piece := content.read(1 << 20):
            digest.update(piece)
    for array in (examples.y, parts.train, parts.validation, parts.test):
        digest.update(repr((array.shape, array.dtype.str)).encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


@dataclass(frozen=True, kw_only=True, eq=False)
class _Target:
    values: Array
    mean: float = 0.0
    scale: float = 1.0


def _target(examples: Examples, parts: Cut, *, standardize: bool) -> _Target:
    if examples.class_names:
        return _Target(values=examples.y)
    if not standardize:
        return _Target(values=examples.y.astype(np.float32)[:, None])
    y, mean, scale = standardized_target(examples.y, parts.train, examples)
    return _Target(values=y.astype(np.float32)[:, None], mean=mean, scale=scale)


def _dataset(
    examples: Examples,
    parts: Cut,
    layout: Layout,
    found: Written,
    *,
    standardize: bool,
    key: str,
    notes: tuple[str, ...],
) -> Dataset:
    target = _target(examples, parts, standardize=standardize)
    y = target.values
    train_y = np.empty_like(y[parts.train])
    train_y[layout.rows] = y[parts.train]
    blocks = BlockFile(path=found.path, features=len(found.names), sizes=layout.sizes)
    return Dataset(
        task=examples.task,
        train=StreamedPart(x=blocks, y=train_y),
        validation=Part(x=found.validation, y=np.ascontiguousarray(y[parts.validation])),
        test=Part(x=found.test, y=np.ascontiguousarray(y[parts.test])),
        feature_names=found.names,
        class_names=examples.class_names,
        target_name=examples.target_name,
        target_mean=target.mean,
        target_scale=target.scale,
        notes=notes,
        exchangeable=examples.order is None,
        fingerprint=key,
    )
