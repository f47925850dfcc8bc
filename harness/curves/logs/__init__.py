"""Readers of other tools' training logs. In: a file. Out: a `Log` for each run in it.

Reads only; what the curves mean is the judge's business.
"""

from pathlib import Path

from harness.curves.logs import (
    boosting,
    catboost,
    delimited,
    event_files,
    json_files,
    json_lines,
    notebooks,
    plain_text,
)
from harness.curves.logs.assembling import logs_of
from harness.curves.logs.records import Columns, Log, Reader
from harness.curves.logs.tables import Row, Table
from harness.curves.logs.texts import binary
from harness.errors import LogError

__all__ = ["READERS", "Columns", "Log", "Reader", "Row", "Table", "logs_of", "read_logs"]

HEAD = 65536
READERS: tuple[Reader, ...] = (
    Reader(name="TensorBoard events", recognises=event_files.recognises, read=event_files.read),
    Reader(name="CatBoost's tables", recognises=catboost.recognises, read=catboost.read),
    Reader(name="CatBoost's JSON", recognises=catboost.recognises_json, read=catboost.read_json),
    Reader(name="boosting JSON", recognises=boosting.recognises_json, read=boosting.read_json),
    Reader(name="boosting lines", recognises=boosting.recognises, read=boosting.read),
    Reader(name="JSON lines", recognises=json_lines.recognises, read=json_lines.read),
    Reader(name="notebooks", recognises=notebooks.recognises, read=notebooks.read),
    Reader(name="JSON", recognises=json_files.recognises, read=json_files.read),
    Reader(name="tables", recognises=delimited.recognises, read=delimited.read),
    Reader(name="text", recognises=plain_text.recognises, read=plain_text.read),
)
"""Asked in this order; the first that recognises a file reads it."""

FOLDERS: tuple[Reader, ...] = (
    Reader(
        name="CatBoost's folder",
        recognises=lambda path, _: catboost.recognises_folder(path),
        read=catboost.read_folder,
    ),
    Reader(
        name="TensorBoard events",
        recognises=lambda path, _: event_files.recognises_folder(path),
        read=event_files.read_folder,
    ),
)
"""The same for folders, which have no first bytes."""


def read_logs(path: Path | str, *, columns: Columns | None = None) -> tuple[Log, ...]:
    """The training runs in a log, one `Log` each, at least one.

    Args:
        path: of the file, or of a folder that a tool writes its log into.
        columns: which column is what, where the reader should not find out itself.

    Raises:
        LogError: the file is missing, empty, no log, or does not say which losses to read.
    """
    path = Path(path)
    head = b"" if path.is_dir() else _head(path)
    for reader in FOLDERS if path.is_dir() else READERS:
        if reader.recognises(path, head):
            return reader.read(path, columns=columns or Columns())
    if path.is_dir():
        raise LogError(
            f"{path}: is a directory without files of TensorBoard or CatBoost; name a log file"
        )
    raise LogError(f"{path}: must be a training log, and is {binary(head)}")


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            head = file.read(HEAD)
    except OSError as error:
        raise LogError(f"{path}: cannot be read: {error.strerror}") from error
    if not head.strip():
        raise LogError(f"{path}: is empty")
    return head
