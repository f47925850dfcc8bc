"""TensorBoard's event files, alone or in a folder, as Keras, PyTorch and Lightning write them."""

import struct
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from harness.curves.logs.records import Columns, Log
from harness.curves.logs.roles import role_of
from harness.curves.logs.series import Series, logs_of_series, may_be_read
from harness.curves.logs.tfrecords import begins_as_records, fields, records
from harness.errors import LogError

FORMAT = "tensorboard events"
PATTERN = "*tfevents*"
KERAS = "epoch_"
"""Keras 2 and 3 count epochs for tags that begin so, and batches for all others."""
_PART_WORDS = ("loss", "error", "score", "part")
# Numbers of fields in TensorBoard's event.proto, summary.proto, tensor.proto, and of its types.
_WALL_TIME, _STEP, _SUMMARY = 1, 2, 5
_VALUE, _TAG, _SIMPLE, _TENSOR = 1, 1, 2, 8
_TYPE, _CONTENT = 1, 4
_CODES = {1: "f", 2: "d", 3: "i", 9: "q", 19: "e"}
_LISTED = {"f": 5, "d": 6}
Scalar = tuple[float, float, str, float]
"""Time in seconds, step, tag, value."""


def recognises(path: Path, head: bytes) -> bool:
    """Whether a file is called an event file, or begins as a record does."""
    return "tfevents" in path.name or begins_as_records(head)


def recognises_folder(path: Path) -> bool:
    """Whether a folder, or one inside it, holds event files."""
    return next(path.rglob(PATTERN), None) is not None


def read(path: Path, *, columns: Columns) -> tuple[Log, ...]:
    """The runs in one event file."""
    measures = _measures({"": [path]}, columns)
    return logs_of_series(measures, columns, source=str(path), kind=FORMAT)


def read_folder(path: Path, *, columns: Columns) -> tuple[Log, ...]:
    """The runs in a folder of event files.

    Each folder with event files is a run, but for those called as a part is ("train",
    "validation", "loss_val"): these belong to the run above them.

    Raises:
        LogError: a file is damaged, or no run holds a loss.
    """
    runs: dict[Path, dict[str, list[Path]]] = {}
    for file in sorted(path.rglob(PATTERN)):
        if file.is_file() and not file.name.endswith("profile-empty"):
            run, part = _run_of(file.parent, path)
            runs.setdefault(run, {}).setdefault(part, []).append(file)
    measured = {run: _measures(files, columns) for run, files in runs.items()}
    # A run that ended before its first measure left a file, and there is nothing to judge.
    found = [
        log
        for run, measures in measured.items()
        if measures
        for log in logs_of_series(measures, columns, source=str(run), kind=FORMAT)
    ]
    if not found:
        raise LogError(f"{path}: no event file in it holds a loss")
    return tuple(found)


def scalars(path: Path) -> Iterator[Scalar]:
    """The scalars in an event file.

    Raises:
        LogError: the file is damaged, or holds records of something else.
    """
    for number, record in enumerate(records(path)):
        try:
            yield from _scalars(record)
        except (ValueError, TypeError, struct.error):
            raise LogError(
                f"{path}: record {number} must be a TensorBoard event, and is none"
            ) from None


def _run_of(folder: Path, top: Path) -> tuple[Path, str]:
    """The run that a folder belongs to, and the names that say which part of it."""
    part: list[str] = []
    while folder != top and (role := role_of(folder.name)).what in _PART_WORDS:
        # PyTorch makes loss/train/ of "loss" and "train"; Keras may stand in fit/train/.
        if part and role.part:
            break
        part.insert(0, folder.name)
        folder = folder.parent
    return folder, "/".join(part)


def _measures(files: Mapping[str, Sequence[Path]], columns: Columns) -> Mapping[str, Series]:
    found: dict[str, Series] = {}
    keras = False
    for part, paths in files.items():
        for time, step, tag, value in (scalar for path in paths for scalar in scalars(path)):
            name = f"{part}/{tag}" if part else tag
            if may_be_read(name, columns):
                keras = keras or tag == f"{KERAS}loss"
                found.setdefault(name, Series()).add(time, step, value)
    if not keras:
        return found
    return {name: series for name, series in found.items() if name.split("/")[-1].startswith(KERAS)}


def _scalars(event: bytes) -> Iterator[Scalar]:
    time, step, summary = 0.0, 0.0, b""
    for number, value in fields(event):
        if number == _WALL_TIME:
            (time,) = struct.unpack("<d", _bytes(value))
        elif number == _STEP and isinstance(value, int):
            step = float(value - (1 << 64) if value >> 63 else value)
        elif number == _SUMMARY:
            summary = _bytes(value)
    for number, value in fields(summary):
        if number == _VALUE and (measured := _measured(_bytes(value))) is not None:
            yield time, step, *measured


def _measured(value: bytes) -> tuple[str, float] | None:
    """A summary's tag and number; None where it is a picture, a text, a histogram."""
    tag: str = ""
    number: float | None = None
    for field, content in fields(value):
        if field == _TAG:
            tag = _bytes(content).decode(errors="replace")
        elif field == _SIMPLE:
            (number,) = struct.unpack("<f", _bytes(content))
        elif field == _TENSOR:
            number = _only_number(_bytes(content))
    return None if number is None else (tag, number)


def _only_number(tensor: bytes) -> float | None:
    """The number in a tensor that holds one; None for others, and for texts."""
    held = dict(fields(tensor))
    kind = held.get(_TYPE)
    code = _CODES.get(kind) if isinstance(kind, int) else None
    raw = held.get(_CONTENT, held.get(_LISTED.get(code or "", 0), b""))
    if code is None or len(_bytes(raw)) != struct.calcsize(f"<{code}"):
        return None
    return float(struct.unpack(f"<{code}", _bytes(raw))[0])


def _bytes(value: int | bytes) -> bytes:
    if isinstance(value, int):
        raise ValueError("a number where bytes must be")
    return value
