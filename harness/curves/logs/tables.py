"""A log as rows of named cells, which can be gone through as often as need be."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Row = tuple[int, Mapping[str, Any]]
"""Its place in the file, and its cells by name; no cells at all: another run begins here."""


@dataclass(frozen=True, kw_only=True)
class Table:
    """Rows of a log, whatever its format.

    Args:
        source: what a message begins with: the path.
        format: what it is, for people.
        rows: goes through all rows from the beginning, one at a time.
        place: what a row's number counts: "line", "entry".
        summed: whether the tool defines the total loss as the sum of its parts.
        running: whether a row repeats what its epoch has come to so far, so that the last one
            of an epoch counts; else their mean does.
        lengths: how many values each column has, where columns stand apart as lists.
        notes: what a reader should know about the rows.
    """

    source: str
    format: str
    rows: Callable[[], Iterator[Row]]
    place: str = "line"
    summed: bool = False
    running: bool = False
    lengths: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
