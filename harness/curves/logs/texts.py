"""The bytes of a log as lines of text, whatever wrote them; never more than a line at a time."""

import codecs
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from harness.errors import LogError

LONGEST = 1 << 20
"""Characters in a line; a file without line breaks must not be taken into memory whole."""
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_BINARY = {
    b"\x1f\x8b": "a gzip archive: unpack it first",
    b"PK\x03\x04": "a zip archive (an .npz, .pt or .xlsx is one too)",
    b"\x89HDF": "an HDF5 file",
    b"\x80\x03": "a Python pickle",
    b"\x80\x04": "a Python pickle",
    b"\x80\x05": "a Python pickle",
    b"\x93NUMPY": "a NumPy array",
    b"PAR1": "a Parquet file",
    b"SQLite format 3": "an SQLite database",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"%PDF": "a PDF",
}
_CONTROL = re.compile(rb"[\x00-\x06\x0e-\x1a\x1c-\x1f]")
_HIGH = re.compile(rb"[\x80-\xff]+")


def binary(head: bytes) -> str:
    """What kind of binary file begins so; empty for text."""
    for mark, kind in _BINARY.items():
        if head.startswith(mark):
            return kind
    if any(head.startswith(mark) for mark, _ in _MARKS) or _wide(head):
        return ""
    return "a binary file of an unknown kind" if _CONTROL.search(head) else ""


def encoding_of(head: bytes) -> str:
    """The encoding of a text that begins so: by its mark, else by what its bytes can be.

    Bytes that are not UTF-8 are GB18030 where they come in pairs, as Chinese characters do,
    and Latin-1 where they stand alone, as accented letters mostly do.
    """
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    if wide := _wide(head):
        return wide
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        runs = [len(run) for run in _HIGH.findall(head)]
        pairs = sum(length % 2 == 0 for length in runs[:-1]) >= 0.9 * len(runs[:-1])
        return "gb18030" if pairs and max(runs) > 1 else "latin-1"
    return "utf-8"


def opening(head: bytes) -> list[str]:
    """The first lines of a text; the last may be cut."""
    text = codecs.getincrementaldecoder(encoding_of(head))(errors="replace").decode(head)
    return text.splitlines()


def lines(path: Path, head: bytes) -> Iterator[tuple[int, str]]:
    """The lines of a text with their numbers, without their ends.

    A carriage return ends a line too (progress bars write many in one), but does not count.

    Raises:
        LogError: a line is longer than `LONGEST`.
    """
    number = 1
    with path.open(encoding=encoding_of(head), errors="replace", newline="") as file:
        for line in iter(partial(file.readline, LONGEST), ""):
            if len(line) == LONGEST and line[-1] not in "\r\n":
                raise LogError(
                    f"{path}: line {number} must be at most {LONGEST:,} characters long: is this a"
                    " log?"
                )
            yield number, line.rstrip("\r\n")
            number += line.endswith("\n")


def _wide(head: bytes) -> str:
    """UTF-16 without a mark: every second byte of plain text is 0."""
    sample = head[:256]
    if len(sample) < 4 or 0 not in sample:
        return ""
    for name, zeros, others in (
        ("utf-16-le", sample[1::2], sample[::2]),
        ("utf-16-be", sample[::2], sample[1::2]),
    ):
        if zeros.count(0) > 0.9 * len(zeros) and 0 not in others:
            return name
    return ""
