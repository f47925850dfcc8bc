"""A JSON object a line: detectron2's metrics.json, W&B's history, and whoever else logs so."""

import json
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from harness.curves.logs.assembling import logs_of
from harness.curves.logs.cells import flat
from harness.curves.logs.records import Columns, Log
from harness.curves.logs.tables import Row, Table
from harness.curves.logs.texts import binary, lines, opening
from harness.errors import LogError


def recognises(path: Path, head: bytes) -> bool:
    """Whether the first line is a whole JSON object, and another follows or it is plain."""
    if binary(head):
        return False
    top = [line.strip() for line in opening(head) if line.strip()]
    if not top or not top[0].startswith("{"):
        return False
    try:
        first = json.loads(top[0])
    except ValueError:
        return False
    plain = not any(isinstance(value, (list, dict)) for value in first.values())
    return top[1].startswith("{") if len(top) > 1 else plain


def read(path: Path, *, columns: Columns) -> tuple[Log, ...]:
    """The runs in a file of JSON lines."""
    with path.open("rb") as file:
        head = file.read(65536)
    first = next(row for _, row in rows(path, head))
    table = Table(source=str(path), format=_format(first), rows=partial(rows, path, head))
    return logs_of(table, columns)


def rows(path: Path, head: bytes) -> Iterator[Row]:
    """The objects, nested names joined by "/".

    Raises:
        LogError: a line is no JSON object (the last one may be cut).
    """
    broken = None
    for number, line in lines(path, head):
        if not line.strip():
            continue
        if broken is not None:
            raise broken
        try:
            content = json.loads(line)
        except ValueError as error:
            broken = LogError(f"{path}: line {number} must be a JSON object: {error}")
            continue
        if not isinstance(content, dict):
            raise LogError(f"{path}: line {number} must be a JSON object, got {line[:40]}")
        yield number, flat(content)


def _format(row: Mapping[str, Any]) -> str:
    if "iteration" in row:
        return "detectron2 metrics.json"
    return "w&b export" if "_step" in row or "_runtime" in row else "json lines"
