"""Evaluations of XGBoost, LightGBM and CatBoost: as printed lines, and as dictionaries in JSON."""

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from harness.curves.logs.assembling import logs_of
from harness.curves.logs.cells import is_number, number
from harness.curves.logs.evaluations import ITERATION, Evaluation, chosen_of, known
from harness.curves.logs.json_files import content_of
from harness.curves.logs.records import Columns, Log
from harness.curves.logs.tables import Row, Table
from harness.curves.logs.texts import binary, lines, opening
from harness.errors import LogError

_NUMBER = r"[-+]?(?:\d+\.?\d*(?:e[-+]?\d+)?|\.\d+|nan|inf)"
_COUNTED = re.compile(r"\[(\d+)\]\s+(\S.*)")
_XGBOOST = re.compile(
    r"(?P<set>\S+?)-(?P<metric>(?:[a-z]+-)?(?:nloglik|deviance)(?:@[\d.]+)?|[^-\s:]+(?:-?@[\d.]+)?)"
    rf":(?P<value>{_NUMBER})(?:\+{_NUMBER})?(?=\s|$)",
    re.IGNORECASE,
)
_LIGHTGBM = re.compile(
    rf"(?P<set>[^\t:]+?)'s (?P<metric>[^\t:]+): (?P<value>{_NUMBER})(?: \+ {_NUMBER})?(?=\s|$)",
    re.IGNORECASE,
)
_OF_FOLDS = re.compile(r"cv_agg's (train|valid) ")
_COMMAND_LINE = re.compile(
    rf"Iteration:\s*(\d+), (?P<set>\S+) (?P<metric>\S+) : (?P<value>{_NUMBER})", re.IGNORECASE
)
_CATBOOST = re.compile(r"^\s*(\d+):\s+((?:learn|test): .*total: .*)")
_OF_CATBOOST = re.compile(rf"(?P<set>learn|test\d*|best): (?P<value>{_NUMBER})", re.IGNORECASE)
_SUMMED_UP = re.compile("best iteration", re.IGNORECASE)
_IN_JSON = re.compile(r'^\s*\{\s*"[^"]+"\s*:\s*\{\s*"([^"]+)"\s*:\s*\[')
PRINTED = "boosting's printed lines"
Said = tuple[int, Mapping[str, Evaluation]]
"""An iteration, and what a line says of it by the name it goes by."""


def recognises(path: Path, head: bytes) -> bool:
    """Whether lines of a text say known metrics of numbered iterations."""
    if binary(head):
        return False
    said = (said_in(line) for line in opening(head))
    return any(known(e.metric) for found in said if found for e in found[1].values())


def recognises_json(path: Path, head: bytes) -> bool:
    """Whether a JSON object holds sets, and these hold lists of a boosting tool's metric."""
    begin = None if binary(head) else _IN_JSON.match("\n".join(opening(head)[:20]))
    return begin is not None and known(begin[1])


def read(path: Path, *, columns: Columns) -> tuple[Log, ...]:
    """The runs in printed lines."""
    with path.open("rb") as file:
        head = file.read(65536)
    found: dict[str, Evaluation] = {}
    best = _Best()
    for _, (_, said) in _said(path, head):
        found |= said
        best.see(said)
    best.refuse_scores(str(path))
    found.pop("best", None)
    chosen, notes = chosen_of(str(path), found, columns)
    rows = partial(_rows, path, head)
    return logs_of(Table(source=str(path), format=PRINTED, rows=rows, notes=notes), chosen)


def read_json(path: Path, *, columns: Columns) -> tuple[Log, ...]:
    """The run in `evals_result()` of XGBoost or CatBoost, or of LightGBM's `record_evaluation`.

    Raises:
        LogError: it holds something else than lists of numbers in sets.
    """
    measured: dict[str, list[Any]] = {}
    found: dict[str, Evaluation] = {}
    for name, metrics in content_of(path).items():
        if not isinstance(metrics, Mapping):
            raise LogError(f"{path}: {name} must hold metrics, got {str(metrics)[:40]}")
        for metric, values in metrics.items():
            if not isinstance(values, list) or not values:
                raise LogError(f"{path}: {name}: {metric} must be a list, got {str(values)[:40]}")
            last = number(values[-1]) if is_number(values[-1]) else None
            key = f"{name}/{metric}"
            measured[key] = values
            found[key] = Evaluation(
                set=name, metric=metric, last=math.nan if last is None else last
            )
    chosen, notes = chosen_of(str(path), found, columns)
    table = Table(
        source=str(path),
        format="boosting's evaluations in json",
        rows=partial(_zipped, measured),
        place="entry",
        lengths={name: len(values) for name, values in measured.items()},
        notes=notes,
    )
    return logs_of(table, chosen)


def said_in(line: str) -> Said | None:
    """What a line says of an iteration; None where it says nothing."""
    if counted := _COUNTED.search(line):
        pairs = [*_XGBOOST.finditer(counted[2])]
        if not pairs:
            text = _OF_FOLDS.sub(r"\1's ", counted[2])
            pairs = [*_LIGHTGBM.finditer(text)]
            return _evaluations(counted[1], pairs, "{set}'s {metric}")
        return _evaluations(counted[1], pairs, "{set}-{metric}")
    if pair := _COMMAND_LINE.search(line):
        return _evaluations(pair[1], [pair], "{set} {metric}")
    if counted := _CATBOOST.match(line):
        return _evaluations(counted[1], _OF_CATBOOST.finditer(counted[2]), "{set}")
    return None


def _evaluations(iteration: str, pairs: Iterable[re.Match[str]], name: str) -> Said | None:
    found: dict[str, Evaluation] = {}
    for pair in pairs:
        said = {"metric": "", **pair.groupdict()}
        key = name.format(set=said["set"].strip(), metric=said["metric"].strip())
        # CatBoost does not print which metric it is.
        metric = said["metric"].strip() or "logloss"
        found[key] = Evaluation(set=said["set"].strip(), metric=metric, last=float(said["value"]))
    return (int(iteration), found) if found else None


def _said(path: Path, head: bytes) -> Iterator[tuple[int, Said]]:
    summed_up = False
    for place, line in lines(path, head):
        said = said_in(line)
        # Early stopping says the best iteration once more.
        if said is not None and not summed_up:
            yield place, said
        summed_up = _SUMMED_UP.search(line) is not None


def _rows(path: Path, head: bytes) -> Iterator[Row]:
    for place, (iteration, said) in _said(path, head):
        yield place, {ITERATION: iteration} | {name: e.last for name, e in said.items()}


def _zipped(measured: Mapping[str, Sequence[Any]]) -> Iterator[Row]:
    length = max(len(values) for values in measured.values())
    for i in range(length):
        cells = {name: values[i] for name, values in measured.items() if i < len(values)}
        yield i + 1, {ITERATION: i, **cells}


class _Best:
    """What CatBoost prints as best so far tells whether its metric is better when higher."""

    def __init__(self) -> None:
        self._low, self._high, self._best = math.inf, -math.inf, math.nan

    def see(self, said: Mapping[str, Evaluation]) -> None:
        if "best" in said and "test" in said:
            value = said["test"].last
            self._low, self._high = min(self._low, value), max(self._high, value)
            self._best = said["best"].last

    def refuse_scores(self, source: str) -> None:
        if self._best == self._high > self._low:
            raise LogError(
                f"{source}: test is a score, since the highest counts as best; a loss is needed,"
                " better when lower"
            )
