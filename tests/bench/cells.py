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
        asked: ratio against one Lightning run after the other that the engine is to reach, and
            against JAX; 0 where nothing was asked.
    """

    units: int
    members: int
    batch: int = 32
    optimizer: str = "sgd"
    asked: tuple[float, float] = (0.0, 0.0)

    @property
    def name(self) -> str:
        """For tables and keys."""
        batch = "full" if self.batch == 0 else self.batch
        return f"h {self.units} x {self.members}, batch {batch}, {self.optimizer}"

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


CELLS = (
    Cell(units=16, members=256, asked=(50, 1.0)),
    Cell(units=64, members=64, asked=(25, 1.0)),
    Cell(units=256, members=64, asked=(7, 1.0)),
    Cell(units=64, members=64, optimizer="adam", asked=(20, 1.0)),
    Cell(units=16, members=64, batch=1, asked=(150, 0.5)),
    Cell(units=64, members=1),
    Cell(units=64, members=8),
    Cell(units=64, members=256),
    Cell(units=64, members=512),
    Cell(units=16, members=64),
    Cell(units=64, members=64, batch=1),
    Cell(units=64, members=64, batch=0),
)
"""The cells with a figure to reach, and a cross around 64 units, 64 members, batch 32, SGD."""
QUICK = (Cell(units=16, members=64), Cell(units=64, members=64, asked=(25, 1.0)))


@cache
def digits() -> Dataset:
    """The digits as the study `digits` cuts them."""
    return load(DataSource(source="digits"), folder=Path(), seed=0, loss=None)
