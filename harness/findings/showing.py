"""What a study's own function shows of its runs: pictures, tables, numbers and claims.

Plain records: the report draws them, the terminal says them, tests read them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

Style = Literal["line", "dashed", "dotted", "points", "bars"]
Cell = str | float | int


@dataclass(frozen=True, kw_only=True, eq=False)
class Line:
    """One series of a picture.

    Args:
        x, y: of one length; values that are not finite leave a hole.
        label: in the legend; empty leaves it out.
        style: how it is drawn; bars stand on 0.
        low, high: a band around y, or empty.
    """

    x: ArrayLike
    y: ArrayLike
    label: str = ""
    style: Style = "line"
    low: ArrayLike = ()
    high: ArrayLike = ()

    def __post_init__(self) -> None:
        for name in ("x", "y", "low", "high"):
            object.__setattr__(self, name, np.asarray(getattr(self, name), dtype=np.float64))
        sizes = {np.size(self.x), np.size(self.y)} | {np.size(self.low), np.size(self.high)} - {0}
        if len(sizes) != 1 or np.ndim(self.x) != 1:
            raise ValueError(f"line {self.label!r}: x, y and the band must be of one length")


@dataclass(frozen=True, kw_only=True)
class Mark:
    """Words at a point of a picture, in its units."""

    x: float
    y: float
    text: str


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A plot.

    Args:
        title: what it shows, in a few words.
        x_label, y_label: of the axes, with units.
        lines: the series, at least one.
        marks: words at points.
        ticks: names at x = 0, 1, ... in place of numbers.
        log_x, log_y: logarithmic axes.
        y_limits: ends of the y axis; None leaves them to the values.
        note: what to look at, in a sentence.
    """

    title: str
    x_label: str
    y_label: str
    lines: Sequence[Line]
    marks: Sequence[Mark] = ()
    ticks: Sequence[str] = ()
    log_x: bool = False
    log_y: bool = False
    y_limits: tuple[float, float] | None = None
    note: str = ""


@dataclass(frozen=True, kw_only=True, eq=False)
class Map:
    """A quantity over two knobs.

    Args:
        title: what it shows.
        x_label, y_label: of the knobs.
        x, y: their values, as words.
        values: [y, x]; NaN leaves a hole.
        label: of the quantity.
        note: what to look at, in a sentence.
    """

    title: str
    x_label: str
    y_label: str
    x: Sequence[str]
    y: Sequence[str]
    values: ArrayLike
    label: str
    note: str = ""

    def __post_init__(self) -> None:
        if np.shape(self.values) != (len(self.y), len(self.x)):
            shape, got = (len(self.y), len(self.x)), np.shape(self.values)
            raise ValueError(f"map {self.title!r}: values must be {shape}, got {got}")


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A table.

    Args:
        title: what it holds.
        columns: their heads.
        rows: one cell for each column; numbers are shown with the digits that matter.
        note: what to look at, in a sentence.
    """

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    note: str = ""

    def __post_init__(self) -> None:
        if any(len(row) != len(self.columns) for row in self.rows):
            raise ValueError(f"sheet {self.title!r}: every row must have {len(self.columns)} cells")


class Outcome(StrEnum):
    """What a measurement says of a statement."""

    CONFIRMED = "confirmed"
    CONTRADICTED = "contradicted"
    UNDECIDED = "undecided"


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A statement, and what was measured of it.

    Args:
        says: the statement, in a sentence.
        outcome: whether the measurement agrees.
        measured: the figures, in a sentence.
    """

    says: str
    outcome: Outcome
    measured: str


@dataclass(frozen=True, kw_only=True)
class Showing:
    """All that a study's own function shows.

    Args:
        parts: pictures, maps and tables, in the order of reading.
        claims: statements with their outcomes.
    """

    parts: Sequence[Picture | Map | Sheet] = ()
    claims: Sequence[Claim] = ()
