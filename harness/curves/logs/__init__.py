"""Readers of other tools' training logs. In: a file. Out: a `Log` for each run in it.

Reads only; what the curves mean is the judge's business.
"""

from pathlib import Path

from harness.curves.logs.records import Columns, Log, Reader
from harness.errors import LogError

__all__ = ["READERS", "Columns", "Log", "Reader", "read_logs"]

HEAD = 65536
READERS: tuple[Reader, ...] = ()
"""Asked in this order; the first that recognises a file reads it."""


def read_logs(path: Path | str, *, columns: Columns | None = None) -> tuple[Log, ...]:
    """The training runs in a log file, one `Log` each, at least one.

    Args:
        path: of the file.
        columns: which column is what, where the reader should not find out itself.

    Raises:
        LogError: the file is missing, empty, no log, or does not say which losses to read.
    """
    path = Path(path)
    head = _head(path)
    for reader in READERS:
        if reader.recognises(path, head):
            return reader.read(path, columns=columns or Columns())
    raise LogError(f"{path}: no reader knows this format")


def _head(path: Path) -> bytes:
    if path.is_dir():
        raise LogError(f"{path}: is a directory; name a log file in it")
    try:
        with path.open("rb") as file:
            head = file.read(HEAD)
    except OSError as error:
        raise LogError(f"{path}: cannot be read: {error.strerror}") from error
    if not head:
        raise LogError(f"{path}: is empty")
    return head
