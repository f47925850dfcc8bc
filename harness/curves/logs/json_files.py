"""One JSON value in a file: Keras's history, Hugging Face's trainer_state.json, lists of rows."""

import ast
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from harness.curves.logs.assembling import logs_of
from harness.curves.logs.cells import flat
from harness.curves.logs.records import Columns, Log
from harness.curves.logs.tables import Row, Table
from harness.curves.logs.texts import binary, encoding_of, opening
from harness.errors import LogError

LARGEST_MIB = 64
"""A JSON value is read whole, and takes several times its size of memory."""


def recognises(path: Path, head: bytes) -> bool:
    """Whether a file begins as a JSON object or list does, and is not one a line."""
    if binary(head):
        return False
    top = [line.strip() for line in opening(head)[:50] if line.strip()]
    if len(top) > 1 and all(line.startswith("{") and line.endswith("}") for line in top[:2]):
        return False
    top = "".join(top)
    return top.startswith("{") or (top[:1] == "[" and top[1:].lstrip()[:1] in ("{", "]"))


def read(path: Path, *, columns: Columns) -> tuple[Log, ...]:
    """The runs in a JSON file."""
    return logs_of(table_of(str(path), content_of(path)), columns)


def table_of(source: str, content: Any) -> Table:
    """The rows of a JSON value: a list of objects, or an object of lists.

    Raises:
        LogError: it is neither.
    """
    if isinstance(content, Mapping) and isinstance(content.get("log_history"), list):
        return _table(source, "hugging face trainer_state.json", _of_trainer(content))
    entries = _entries(content)
    if entries is not None:
        return _table(source, "json rows", [flat(entry) for entry in entries])
    if isinstance(content, Mapping):
        by_epoch = _by_epoch(content)
        if by_epoch is not None:
            return _table(source, "json by epoch", by_epoch)
        lists = _lists(flat(_indexed(content)))
        if lists:
            keras = "loss" in lists
            name = "keras history json" if keras else "json"
            lengths = {name: len(values) for name, values in lists.items()}
            return replace(_table(source, name, _zipped(lists)), lengths=lengths)
    raise LogError(
        f'{source}: must be a list of objects or an object of lists, such as {{"loss": [0.7,'
        ' 0.5], "val_loss": [0.8, 0.6]}'
    )


def content_of(path: Path) -> Any:
    """The JSON value in a file.

    Raises:
        LogError: it is larger than `LARGEST_MIB`, or no JSON.
    """
    mib = path.stat().st_size / 2**20
    if mib > LARGEST_MIB:
        raise LogError(
            f"{path}: a single JSON value must be at most {LARGEST_MIB} MiB, got {mib:.0f}; write"
            " it as CSV or as a JSON object a line"
        )
    raw = path.read_bytes()
    text = raw.decode(encoding_of(raw[:65536]), errors="replace")
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        if (literal := _python(text)) is not None:
            return literal
        where = f"line {error.lineno}, column {error.colno}"
        raise LogError(f"{path}: {where}: is not JSON: {error.msg}") from None


def _python(text: str) -> Any:
    """What `print(history.history)` wrote, with Python's quotes; None for anything else."""
    if "'" not in text[:1000]:
        return None
    try:
        return ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return None


def _of_trainer(content: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    # The last entry sums training up: its train_loss is the mean over the whole run.
    entries = [entry for entry in content["log_history"] if isinstance(entry, Mapping)]
    return [entry for entry in entries if "train_runtime" not in entry]


def _entries(content: Any) -> Sequence[Mapping[str, Any]] | None:
    """A list of objects, as it is or as the only one inside an object."""
    if isinstance(content, list):
        return content if content and all(isinstance(row, Mapping) for row in content) else None
    if not isinstance(content, Mapping):
        return None
    found = [
        rows
        for value in content.values()
        if isinstance(value, list)
        if (rows := _entries(value)) is not None
    ]
    return found[0] if len(found) == 1 else None


def _by_epoch(content: Mapping[str, Any]) -> list[Mapping[str, Any]] | None:
    """{"1": {"loss": ...}, "2": ...}: what each epoch measured."""
    if not content or not all(str(key).isdecimal() for key in content):
        return None
    if not all(isinstance(value, Mapping) for value in content.values()):
        return None
    return [{"epoch": int(key), **flat(value)} for key, value in content.items()]


def _indexed(content: Mapping[str, Any]) -> dict[str, Any]:
    """Columns that pandas wrote as {"0": ..., "1": ...} as lists."""
    found: dict[str, Any] = {}
    for key, value in content.items():
        if isinstance(value, Mapping) and value:
            inside = all(str(index).isdecimal() for index in value)
            found[key] = list(value.values()) if inside else _indexed(value)
        else:
            found[key] = value
    return found


def _lists(content: Mapping[str, Any]) -> dict[str, list[Any]]:
    return {name: value for name, value in content.items() if isinstance(value, list) and value}


def _zipped(lists: Mapping[str, list[Any]]) -> list[Mapping[str, Any]]:
    length = max(len(values) for values in lists.values())
    return [
        {name: values[i] for name, values in lists.items() if i < len(values)}
        for i in range(length)
    ]


def _table(source: str, name: str, entries: Sequence[Mapping[str, Any]]) -> Table:
    if not entries:
        raise LogError(f"{source}: holds no entries")

    def rows() -> Iterator[Row]:
        return ((i, entry) for i, entry in enumerate(entries, start=1) if entry)

    return Table(source=source, format=name, rows=rows, place="entry")
