"""What CatBoost writes into its folder: learn_error.tsv, test_error.tsv, catboost_training.json."""

import heapq
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from harness.curves.logs.assembling import logs_of
from harness.curves.logs.cells import is_number, number
from harness.curves.logs.evaluations import ITERATION, Evaluation, chosen_of
from harness.curves.logs.json_files import content_of
from harness.curves.logs.records import Columns, Log
from harness.curves.logs.tables import Row, Table
from harness.curves.logs.texts import lines
from harness.errors import LogError

FILES = {"learn": "learn_error.tsv", "test": "test_error.tsv"}
TRAINING = "catboost_training.json"
_OF_SET = re.compile(r"(?P<metric>.+):(?P<set>\d+)")


def recognises(path: Path, head: bytes) -> bool:
    """Whether a file is one of CatBoost's tables of metrics."""
    return path.name in FILES.values() and head.startswith(b"iter\t")


def recognises_json(path: Path, head: bytes) -> bool:
    """Whether a JSON file is CatBoost's of a training."""
    return b'"learn_metrics"' in head and b'"iterations"' in head


def recognises_folder(path: Path) -> bool:
    """Whether a folder is one of CatBoost's."""
    return (path / FILES["learn"]).is_file()


def read(path: Path, *, columns: Columns) -> tuple[Log, ...]:
    """The run that a table of metrics belongs to, with the other table beside it."""
    return read_folder(path.parent, columns=columns)


def read_folder(path: Path, *, columns: Columns) -> tuple[Log, ...]:
    """The run in a folder.

    Raises:
        LogError: a table has no header or a row of another width, or no loss is in them.
    """
    tables = {part: path / name for part, name in FILES.items() if (path / name).is_file()}
    rows = partial(_merged, tables)
    return _logs(str(path), "catboost tables", rows, columns)


def read_json(path: Path, *, columns: Columns) -> tuple[Log, ...]:
    """The run in catboost_training.json.

    Raises:
        LogError: it is not as CatBoost writes it.
    """
    content = content_of(path)
    try:
        meta = content["meta"]
        metrics = {
            **{name: _names(meta["learn_metrics"]) for name in meta["learn_sets"]},
            **{name: _names(meta["test_metrics"]) for name in meta["test_sets"]},
        }
        entries = content["iterations"]
        rows = [_entry(entry, metrics) for entry in entries]
    except (KeyError, TypeError) as error:
        raise LogError(f"{path}: must be as CatBoost writes it, and lacks {error}") from None
    return _logs(str(path), TRAINING, lambda: iter(enumerate(rows)), columns, place="entry")


def _logs(
    source: str, kind: str, rows: Any, columns: Columns, *, place: str = "line"
) -> tuple[Log, ...]:
    found: dict[str, Evaluation] = {}
    for _, cells in rows():
        for name, cell in cells.items():
            if name != ITERATION and is_number(cell):
                part, metric = name.split("/", maxsplit=1)
                last = number(cell)
                assert last is not None
                found[name] = Evaluation(set=part, metric=metric, last=last)
    if not found:
        raise LogError(f"{source}: holds no number of any metric")
    chosen, notes = chosen_of(source, found, columns)
    table = Table(source=source, format=kind, rows=rows, place=place, notes=notes)
    return logs_of(table, chosen)


def _names(metrics: Sequence[Mapping[str, str]]) -> list[str]:
    return [metric["name"] for metric in metrics]


def _entry(entry: Mapping[str, Any], metrics: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    found: dict[str, Any] = {ITERATION: entry["iteration"]}
    for part, names in metrics.items():
        # A metric that costs much is not taken on the training set, and left out there.
        values = entry.get(part, [])
        if len(values) == len(names):
            found |= {f"{part}/{name}": value for name, value in zip(names, values, strict=True)}
    return found


def _merged(tables: Mapping[str, Path]) -> Iterator[Row]:
    """The rows of both tables; those of one iteration follow each other."""
    parts = [_table(part, path) for part, path in tables.items()]
    return heapq.merge(*parts, key=lambda row: row[1][ITERATION])


def _table(part: str, path: Path) -> Iterator[Row]:
    with path.open("rb") as file:
        head = file.read(65536)
    names: Sequence[str] = ()
    width = 0
    for place, line in lines(path, head):
        cells = line.split("\t")
        if not names:
            names, width = [_column(part, name) for name in cells[1:]], len(cells)
            continue
        if len(cells) < width:  # cut while it is being written
            return
        if len(cells) != width or not cells[0].isdecimal():
            raise LogError(f"{path}: line {place} must have {width} cells, got {line[:40]}")
        yield place, {ITERATION: int(cells[0]), **dict(zip(names, cells[1:], strict=True))}


def _column(part: str, name: str) -> str:
    """ "RMSE:1" of test_error.tsv is the RMSE on the second of several test sets."""
    other = _OF_SET.fullmatch(name)
    return f"{part}{other['set']}/{other['metric']}" if other else f"{part}/{name}"
