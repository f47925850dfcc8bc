"""Tables as text: CSV and TSV, padded or not, aligned by spaces, or between bars."""

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from harness.curves.logs.assembling import logs_of
from harness.curves.logs.cells import MISSING, is_number
from harness.curves.logs.records import Columns, Log
from harness.curves.logs.roles import role_of
from harness.curves.logs.tables import Row, Table
from harness.curves.logs.texts import binary, lines, opening
from harness.errors import LogError

SEARCHED = 200
"""Lines from the top in which a header is looked for."""
_RULE = re.compile(r"^[\s|+:=─━-]*[-=─━]{3}[\s|+:=─━-]*$")
_DIGITS = frozenset("0123456789")
_SAID = re.compile(r"[:=]\s*[-+]?\.?\d")
_COMMA = re.compile(r"^\s*[-+]?\d+,\d+(?:[eE][-+]?\d+)?\s*$")
Split = Callable[[str], list[str]]


@dataclass(frozen=True, kw_only=True)
class Layout:
    """How a table is written.

    Args:
        split: takes a line apart.
        names: of the columns, in order.
        header: how the header's cells read again, or None where there is none.
        aligned: whether only spaces part the cells: other lines may stand between.
        kind: "csv", "tsv", "table".
    """

    split: Split
    names: tuple[str, ...]
    header: tuple[str, ...] | None
    aligned: bool
    kind: str


def recognises(path: Path, head: bytes) -> bool:
    """Whether a file is a table: a header, and below it as many cells with numbers in them."""
    return not binary(head) and layout_of(opening(head)) is not None


def read(path: Path, *, columns: Columns) -> tuple[Log, ...]:
    """The runs in a table."""
    with path.open("rb") as file:
        head = file.read(65536)
    layout = layout_of(opening(head))
    assert layout is not None
    name = format_of(layout)
    table = Table(
        source=str(path),
        format=name,
        rows=partial(rows, path, head, layout),
        summed=name == "ultralytics results.csv",
    )
    return logs_of(table, columns)


def layout_of(top: Sequence[str]) -> Layout | None:
    """The layout of a text with these first lines, or None where it is no table."""
    written = [line for line in top[:SEARCHED] if line.strip() and not _RULE.match(line)]
    for i, line in enumerate(written[:-1]):
        if found := _layout(line, written[i + 1 : i + 3], first=i == 0):
            return found
    return _only_a_header(written)


def rows(path: Path, head: bytes, layout: Layout) -> Iterator[Row]:
    """The rows of a table.

    Raises:
        LogError: a row has more or fewer cells than the header (the last one may be cut).
    """
    begun, short = layout.header is None, None
    again = None if layout.header is None else layout.header[0]
    for number, line in lines(path, head):
        if not line or line.isspace() or (line[0] not in _DIGITS and _RULE.match(line)):
            continue
        cells = layout.split(line)
        if cells[0] == again and tuple(cells) == layout.header:
            if begun:
                yield number, {}
            begun = True
            continue
        if not begun or (line.startswith("#") and len(cells) != len(layout.names)):
            continue
        if short is not None:
            raise short
        if len(cells) == len(layout.names):
            yield number, dict(zip(layout.names, cells, strict=True))
        elif not layout.aligned:
            short = LogError(
                f"{path}: line {number} must have {len(layout.names)} cells as the header has, got"
                f" {len(cells)}"
            )
            if len(cells) > len(layout.names):
                raise short


def format_of(layout: Layout) -> str:
    """What a table with these columns is called."""
    names = set(layout.names)
    if any(name.startswith("train/") and name.endswith("_loss") for name in names):
        return "ultralytics results.csv"
    if {"epoch", "train_loss", "valid_loss", "time"} <= names:
        return "fastai table"
    if {"_step", "_runtime", "_timestamp"} & names or any(n.endswith("__MIN") for n in names):
        return "w&b export"
    if {"epoch", "step"} <= names:
        return "lightning metrics.csv"
    if "loss" in names and ("epoch" in names or "val_loss" in names):
        return "keras csvlogger" if "epoch" in names else "keras history csv"
    return layout.kind


def _layout(line: str, below: Sequence[str], *, first: bool) -> Layout | None:
    commented = line.lstrip().startswith("#")
    for kind, split in _SPLITS.items():
        header = split(line.lstrip(" #\t") if commented else line)
        if len(header) < 2 or _SAID.search(line) or not _matches(split, header, below):
            continue
        numbers = [is_number(cell) for cell in header]
        if all(numbers) and first:
            names = tuple(f"column {i}" for i in range(1, len(header) + 1))
            return Layout(split=split, names=names, header=None, aligned=False, kind=kind)
        known = any(role_of(cell).what for cell in header)
        if not any(numbers) and (known or (first and kind != "table")):
            again = tuple(split(line))
            aligned = kind == "table"
            return Layout(
                split=split, names=_distinct(header), header=again, aligned=aligned, kind=kind
            )
    return None


def _matches(split: Split, header: Sequence[str], below: Sequence[str]) -> bool:
    """Whether the rows below have as many cells as the header, and some numbers."""
    rows = [split(line) for line in below]
    if not rows or len(rows[0]) != len(header):
        return False
    return sum(is_number(cell) or cell.lower() in MISSING for cell in rows[0]) * 2 >= len(header)


def _only_a_header(written: Sequence[str]) -> Layout | None:
    if len(written) != 1:
        return _one_column(written)
    for kind, split in _SPLITS.items():
        cells = split(written[0])
        if len(cells) > 1 and all(role_of(cell).what for cell in cells):
            header = tuple(cells)
            return Layout(
                split=split, names=header, header=header, aligned=kind == "table", kind=kind
            )
    return None


def _one_column(written: Sequence[str]) -> Layout | None:
    if len(written) < 2 or not all(is_number(line) for line in written[1:-1] or written[1:]):
        return None
    header = (written[0].strip(),)
    names = ("column 1",) if is_number(header[0]) else header
    return Layout(
        split=lambda line: [line.strip()],
        names=names,
        header=None if names != header else header,
        aligned=False,
        kind="csv",
    )


def _distinct(names: Sequence[str]) -> tuple[str, ...]:
    found: list[str] = []
    for name in names:
        count = sum(other == name for other in found)
        found.append(name if count == 0 else f"{name} ({count + 1})")
    return tuple(found)


def _by(delimiter: str) -> Split:
    def split(line: str) -> list[str]:
        if '"' in line:
            line_cells = next(csv.reader([line], delimiter=delimiter, skipinitialspace=True))
        else:
            line_cells = line.split(delimiter)
        return [cell.strip() for cell in line_cells]

    return split


def _decimal(split: Split) -> Split:
    """Where something else parts cells, commas are decimal."""

    def replaced(line: str) -> list[str]:
        cells = split(line)
        if "," not in line:
            return cells
        return [cell.replace(",", ".") if _COMMA.match(cell) else cell for cell in cells]

    return replaced


def _by_bars(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|│").replace("│", "|").split("|")]


def _by_spaces(line: str) -> list[str]:
    wide = re.split(r"\s{2,}|\t", line.strip())
    narrow = line.split()
    # Names such as "Train Loss" hold single spaces; rows of numbers do not.
    return wide if len(wide) > 1 and any(" " in cell for cell in wide) else narrow


_SPLITS: dict[str, Split] = {
    "csv": _by(","),
    "tsv": _decimal(_by("\t")),
    "csv with semicolons": _decimal(_by(";")),
    "table between bars": _decimal(_by_bars),
    "table": _decimal(_by_spaces),
}
