"""Which column counts, where one run ends and the next begins, and a run's rows by its count."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from harness.curves.logs.choosing import Chosen
from harness.curves.logs.points import FIELDS, MEASURED, mean_of
from harness.curves.logs.tables import Table
from harness.curves.records import Array
from harness.errors import LogError

FEWEST_EPOCHS = 4
"""Fewer epochs show no course; where steps show one, they count."""
MOST_RUNS = 100
ROWS = "row number"
Indices = np.ndarray[tuple[int], np.dtype[np.intp]]


@dataclass(frozen=True, kw_only=True)
class Counted:
    """One run's rows: one for each value of its counter, rising.

    Args:
        counts: those values.
        columns: an array for each of `MEASURED`, and "line", where the value first stands.
        last: the same of the last row of each value alone.
        notes: what was decided.
    """

    counts: Array
    columns: Mapping[str, Array]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Counter:
    """What counts: the column's name (or `ROWS`), its values, and whether it counts epochs."""

    name: str
    values: Array = field(repr=False)
    by_epoch: bool


def counter_of(chosen: Chosen, points: Mapping[str, Array]) -> Counter:
    """Epochs where they tell the evaluations apart, else steps, else the rows themselves."""
    held = np.flatnonzero(~np.isnan(points["validation" if chosen.validation else "train"]))
    epochs, steps = (_filled(points[name]) for name in ("epoch", "step"))
    told_by_epoch, told_by_step = (_changes(values, held) for values in (epochs, steps))
    finer = told_by_step > told_by_epoch
    # A training loss alone, logged at every step, is averaged over its epoch.
    enough = not chosen.validation and told_by_epoch >= FEWEST_EPOCHS
    if chosen.epoch is not None and told_by_epoch > 0 and (enough or not finer):
        return Counter(name=chosen.epoch, values=epochs, by_epoch=True)
    # Steps that are counted anew in each epoch do not count the run.
    anew = told_by_epoch > 0 and bool(np.any((np.diff(steps) < 0) & (np.diff(epochs) > 0)))
    if finer and not anew and chosen.step is not None:
        return Counter(name=chosen.step, values=steps, by_epoch=False)
    return Counter(name=ROWS, values=np.arange(1.0, len(epochs) + 1), by_epoch=not finer)


def interleaved(
    counter: Counter, points: Mapping[str, Array]
) -> tuple[Counter, Mapping[str, Array]]:
    """The rows in the counter's order where one measure stands after the other, not beside it."""
    falls = np.flatnonzero(np.diff(counter.values) < 0) + 1
    if len(falls) == 0 or len(falls) > MOST_RUNS:
        return counter, points
    blocks: list[list[Indices]] = []
    seen: set[str] = set()
    for rows in np.split(np.arange(len(counter.values)), falls):
        held = {name for name in ("train", "validation") if not _empty(points[name][rows])}
        if blocks and not held & seen and not points["begins"][rows[0]]:
            blocks[-1].append(rows)
            seen |= held
        else:
            blocks.append([rows])
            seen = held
    order = np.concatenate([_in_order(counter.values, block) for block in blocks])
    values = counter.values[order]
    return replace(counter, values=values), {name: points[name][order] for name in FIELDS}


def _empty(values: Array) -> bool:
    return bool(np.isnan(values).all())


def _in_order(values: Array, block: Sequence[Indices]) -> Indices:
    rows = np.concatenate(block)
    return rows if len(block) == 1 else rows[np.argsort(values[rows], kind="stable")]


def runs_of(
    table: Table, counter: Counter, points: Mapping[str, Array], *, every: int
) -> tuple[tuple[Counted, ...], tuple[str, ...]]:
    """The runs in a log, and a note where there are several.

    A new run begins where the counter falls to where a run began, or the header stands again;
    one that falls less far was taken up again from a checkpoint.

    Args:
        table: for messages.
        counter: what counts.
        points: a column for each of `FIELDS`.
        every: how many rows a point stands for.

    Raises:
        LogError: the counter falls all the time.
    """
    values, line = counter.values, points["line"]
    falls = np.flatnonzero(np.diff(values) < 0) + 1
    rises = int((np.diff(values) > 0).sum())
    if len(falls) > 1 and (rises == 0 or len(falls) > max(rises, MOST_RUNS)):
        where = f"{table.source}: {table.place} {line[falls[0]]:.0f}"
        raise LogError(
            f"{where}: {counter.name} must rise from row to row, and falls {len(falls)} times;"
            " choose a counter with --epoch NAME"
        )
    starts = _starts(counter, points, every=every)
    ends = [*starts[1:], len(values)]
    runs = tuple(
        _counted(table, counter, {name: points[name][a:b] for name in FIELDS}, values[a:b])
        for a, b in zip(starts, ends, strict=True)
    )
    if len(runs) == 1:
        return runs, ()
    again = f"{table.place} {line[starts[1]]:.0f}"
    what = "rows begin" if counter.name == ROWS else f"{counter.name} begins"
    return runs, (f"{what} again at {again}: read as {len(runs)} runs",)


def _starts(counter: Counter, points: Mapping[str, Array], *, every: int) -> list[int]:
    values, begins, starts = counter.values, points["begins"] > 0, [0]
    if counter.name == ROWS:
        return [0, *(int(i) for i in np.flatnonzero(begins) if i > 0)]
    for i in np.flatnonzero(np.diff(values, prepend=values[0]) < 0):
        # Of merged rows the first counts end with the first point, and may go on to the next.
        first = starts[-1] if every == 1 else min(starts[-1] + 1, i - 1)
        if begins[i] or values[i] <= values[first]:
            starts.append(int(i))
    return starts


def _counted(table: Table, counter: Counter, rows: Mapping[str, Array], values: Array) -> Counted:
    notes: tuple[str, ...] = ()
    falls = np.flatnonzero(np.diff(values) < 0) + 1
    kept = np.ones(len(values), dtype=bool)
    if len(falls):
        # What a later row falls back to, or below, was given up.
        to = np.full(len(values) + 1, np.inf)
        to[falls] = values[falls]
        kept = np.minimum.accumulate(to[::-1])[::-1][1:] > values
        notes = (
            f"{counter.name} goes back at {table.place} {rows['line'][falls[0]]:.0f}: read as"
            f" taken up again; rows left out since they are repeated: {(~kept).sum()}",
        )
    rows = {name: column[kept] for name, column in rows.items()}
    counts, firsts = np.unique(values[kept], return_index=True)
    groups = np.append(firsts, len(values[kept]))
    columns = {name: _by_group(table, name, rows[name], groups) for name in MEASURED}
    columns["line"] = rows["line"][firsts]
    return Counted(counts=counts, columns=columns, notes=notes)


def _by_group(table: Table, name: str, values: Array, groups: Indices) -> Array:
    if np.all(np.diff(groups) == 1):
        return values
    parts: Sequence[Array] = [values[a:b] for a, b in itertools.pairwise(groups)]
    if table.running and "train" in name:
        return np.array([_last(part) for part in parts])
    return np.array([float(mean_of(part[:, None])[0]) for part in parts])


def _last(values: Array) -> float:
    there = values[~np.isnan(values)]
    return float(there[-1]) if len(there) else float("nan")


def _filled(values: Array) -> Array:
    """Missing counts as the row before has it; before the first as that one has it."""
    there = np.isfinite(values)
    if not there.any():
        return np.full(len(values), np.nan)
    rows = np.where(there, np.arange(len(values)), int(there.argmax()))
    latest = np.asarray(np.maximum.accumulate(rows), dtype=np.intp)
    return values[latest]


def _changes(values: Array, held: Indices) -> int:
    """How many stretches of equal counts the measured rows fall into; 0 without a counter."""
    at = values[held]
    if len(at) == 0 or np.isnan(at).any():
        return 0
    return 1 + int((np.diff(at) != 0).sum())
