"""Notebooks: what a training printed below its cell, as lines or as an HTML table."""

import html
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from harness.curves.logs.assembling import logs_of
from harness.curves.logs.json_files import content_of
from harness.curves.logs.plain_text import spoken
from harness.curves.logs.records import Columns, Log
from harness.curves.logs.tables import Row, Table
from harness.curves.logs.texts import binary
from harness.errors import LogError

_ROW = re.compile(r"<tr[^>]*>(.*?)</tr>", re.DOTALL | re.IGNORECASE)
_CELL = re.compile(r"<t[hd][^>]*>(.*?)</t[hd]>", re.DOTALL | re.IGNORECASE)
_TAG = re.compile(r"<[^>]+>")


def recognises(path: Path, head: bytes) -> bool:
    """Whether a file is a notebook by its name and looks like JSON."""
    return path.suffix == ".ipynb" and not binary(head) and head.lstrip()[:1] == b"{"


def read(path: Path, *, columns: Columns) -> tuple[Log, ...]:
    """The trainings in a notebook's outputs, one log for each cell that printed one."""
    cells = content_of(path).get("cells")
    if not isinstance(cells, list):
        raise LogError(f"{path}: must be a notebook of format 4 or later, with cells")
    trainings = {i: _rows(cell) for i, cell in enumerate(cells, start=1)}
    # A cell that says one loss evaluated a network, or asked for the last value.
    trainings = {i: rows for i, rows in trainings.items() if len(rows) > 1}
    if not trainings:
        raise LogError(f"{path}: no cell's output says how a loss went on")

    def rows() -> Iterator[Row]:
        for cell, said in trainings.items():
            yield cell, {}
            yield from ((cell, values) for values in said)

    table = Table(source=str(path), format="notebook", rows=rows, place="cell", running=True)
    return logs_of(table, columns)


def _rows(cell: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """What a cell's outputs say: by an HTML table, where there is one, else by lines."""
    found: list[Mapping[str, Any]] = []
    for output in cell.get("outputs", ()):
        data = output.get("data", {})
        table = _of_table(_text(data.get("text/html")))
        lines = _text(output.get("text")) + _text(data.get("text/plain"))
        spoken_rows = spoken(enumerate(re.split(r"[\r\n]+", lines), start=1))
        found += table or [values for _, values in spoken_rows]
    return found


def _of_table(text: str) -> list[Mapping[str, Any]]:
    rows = [[_plain(cell) for cell in _CELL.findall(row)] for row in _ROW.findall(text)]
    rows = [row for row in rows if row]
    if len(rows) < 2:
        return []
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:] if len(row) == len(rows[0])]


def _plain(cell: str) -> str:
    return html.unescape(_TAG.sub("", cell)).strip()


def _text(part: Any) -> str:
    if isinstance(part, list):
        return "".join(str(line) for line in part)
    return part if isinstance(part, str) else ""
