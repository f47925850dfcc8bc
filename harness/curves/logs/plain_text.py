"""Lines for people: "Epoch 3: Train Loss=0.07, Val Loss=0.09", and Keras's progress lines."""

import re
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

from harness.curves.logs.assembling import logs_of
from harness.curves.logs.records import Columns, Log
from harness.curves.logs.roles import role_of
from harness.curves.logs.tables import Row, Table
from harness.curves.logs.texts import binary, lines
from harness.errors import LogError

_NUMBER = r"[-+]?(?:\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?|nan|inf(?:inity)?)"
_NAME = r"[^\W\d][\w./@-]*(?: [^\W\d][\w./@-]*){0,3}"
_PAIR = re.compile(
    rf"(?P<name>{_NAME})(?P<sep>['\"]?\s*[:=]\s*|\s+)[\[(\"']?\s*(?:tensor\()?(?P<value>{_NUMBER})(?![\w.])"
    r"(?:\s*/\s*(?P<of>\d+)(?![\w.]))?",
    re.IGNORECASE,
)
_PART = re.compile(r"\b(train(?:ing)?|val(?:id(?:ation)?)?|dev|eval(?:uation)?|test)\b", re.I)
_STEP_OF = re.compile(r"(\d+)/(\d+)\s*(?:\[|\x1b|━|─|\||\d+s\b)")
_STYLE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x08")


def recognises(path: Path, head: bytes) -> bool:
    """Any text; asked last."""
    return not binary(head)


def read(path: Path, *, columns: Columns) -> tuple[Log, ...]:
    """The runs in lines of text."""
    with path.open("rb") as file:
        head = file.read(65536)
    progress = bool(re.search(rb"\d/\d+ \[[=>.]|\xe2\x94\x81", head))
    name = "keras progress lines" if progress else "lines of text"
    if next(rows(path, head), None) is None:
        raise LogError(
            f'{path}: no line says a loss, such as "epoch 3: loss 0.31, val_loss 0.40", and there'
            " is no header of a table"
        )
    table = Table(source=str(path), format=name, rows=partial(rows, path, head), running=progress)
    return logs_of(table, columns)


def rows(path: Path, head: bytes) -> Iterator[Row]:
    """What the lines of a file say."""
    return spoken(lines(path, head))


def spoken(numbered: Iterable[tuple[int, str]]) -> Iterator[Row]:
    """What lines say by name; the epoch said last holds for the lines below it."""
    epoch: float | None = None
    for number, line in numbered:
        said = said_in(line)
        epoch = said.get("epoch", epoch)
        measured = {name for name in said if name not in ("epoch", "step")}
        if measured:
            yield number, ({} if epoch is None else {"epoch": epoch}) | said


def said_in(line: str) -> dict[str, float]:
    """Losses, scores and counters that a line says; none for a progress bar on its way."""
    line = _STYLE.sub("", line)
    if (begins := line.find("{'")) > 0:  # printed behind a progress bar
        line = line[begins:]
    # Hugging Face's last line sums training up: its train_loss is the mean over the whole run.
    if _on_its_way(line) or "train_runtime" in line:
        return {}
    found: dict[str, float] = {}
    part, end = "", 0
    for pair in _PAIR.finditer(line):
        name = pair["name"].strip()
        before = _PART.findall(line[end : pair.start()])
        inside = _PART.findall(name)
        part, end = [part, *before, *inside][-1].lower(), pair.end()
        what = role_of(name).what
        if what in ("epoch", "step"):
            found.setdefault(what, float(pair["value"]))
        elif what in ("loss", "error", "score"):
            key = name.lower() if role_of(name).part or not part else f"{part} {name.lower()}"
            found.setdefault(key, _value(pair, of=what == "score"))
    return found


def _value(pair: re.Match[str], *, of: bool) -> float:
    value = float(pair["value"])
    whole = float(pair["of"]) if of and pair["of"] else 0.0
    return value / whole if whole > 0 else value


def _on_its_way(line: str) -> bool:
    step = _STEP_OF.search(line)
    return step is not None and int(step[1]) < int(step[2]) and "val" not in line.lower()
