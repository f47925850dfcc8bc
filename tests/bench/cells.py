"""What the engine bench measures: the cells of work, and the data they share."""

from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

from harness.data import Dataset, load
from harness.study import DataSource, Settings, settings_from

DROPOUT = 0.2
RATE = 0.01


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One kind of work: 64-h-h-10 with ReLU and dropout on the digits.

    Args:
        units: of both hidden layers.
        members: networks side by side.
        batch: examples a step; 0 is all of them.
        optimizer: "sgd" or "adam".
    """

    units: int
    members: int
    batch: int = 32
    optimizer: str = "sgd"

    @property
    def name(self) -> str:
        """For tables and keys."""
        return f"{self.work} x {self.members}"

    @property
    def work(self) -> str:
        """The same however many members."""
        batch = "full batch" if self.batch == 0 else f"batch {self.batch}"
        return f"h {self.units}, {batch}, {self.optimizer}"

    @property
    def settings(self) -> Settings:
        """The same for the harness, without epochs."""
        batch = "full" if self.batch == 0 else self.batch
        knobs = {"layers": 2, "units": self.units, "dropout": DROPOUT, "batch": batch}
        return settings_from({**knobs, "optimizer": self.optimizer, "learning_rate": RATE})

    @property
    def rows(self) -> int:
        """Examples a step."""
        return self.batch or len(digits().train)

    @property
    def steps(self) -> int:
        """Steps an epoch."""
        return -(-len(digits().train) // self.rows)

    @property
    def sizes(self) -> tuple[int, ...]:
        """Inputs, units and outputs."""
        return (64, self.units, self.units, 10)

    @property
    def operations(self) -> float:
        """Multiplications and additions of a member-step, its share of both evaluations in it."""
        weights = [a * b for a, b in pairwise(self.sizes)]
        dataset = digits()
        step = (6 * sum(weights) - 2 * weights[0]) * len(dataset.train) / self.steps
        measured = len(dataset.train) + len(dataset.validation)
        return step + 2 * sum(weights) * measured / self.steps


UNITS, MEMBERS, BATCHES, OPTIMIZERS = (16, 64, 256), (1, 8, 64, 512), (32, 0, 1), ("sgd", "adam")
ASKED: dict[Cell, tuple[float, float]] = {
    Cell(units=16, members=256): (50, 1.0),
    Cell(units=64, members=64): (25, 1.0),
    Cell(units=256, members=64): (7, 1.0),
    Cell(units=64, members=64, optimizer="adam"): (20, 1.0),
    Cell(units=16, members=64, batch=1): (150, 0.5),
}
"""Ratios that were asked for: against one Lightning run after the other, and against JAX."""


def grid() -> list[list[Cell]]:
    """The cells of the grid, those together that differ in members only; asked ones among them."""
    found: dict[str, set[Cell]] = {}
    every = [
        Cell(units=units, members=members, batch=batch, optimizer=optimizer)
        for units in UNITS
        for batch in BATCHES
        for optimizer in OPTIMIZERS
        for members in MEMBERS
    ]
    for cell in (*every, *ASKED):
        found.setdefault(cell.work, set()).add(cell)
    return [sorted(cells, key=lambda cell: cell.members) for cells in found.values()]


def quick() -> list[list[Cell]]:
    """Two cells of it."""
    return [[Cell(units=16, members=64)], [Cell(units=64, members=64)]]


@cache
def digits() -> Dataset:
    """The digits as the study `digits` cuts them."""
    return load(DataSource(source="digits"), folder=Path(), seed=0, loss=None)
