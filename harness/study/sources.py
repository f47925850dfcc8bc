"""Where a study's examples come from and how they are cut."""

import math
import re
from dataclasses import dataclass, field
from typing import Any, Literal

from harness.errors import StudyError, raise_all
from harness.study.wording import shown

_FUNCTION = re.compile(r"[^:]+\.py:[A-Za-z_]\w*")


def network_faults(network: str | None) -> list[str]:
    """What is wrong with the name of a user's own network."""
    return function_faults("network", network, like="my_nets.py:build")


def function_faults(key: str, place: str | None, *, like: str) -> list[str]:
    """What is wrong with the name of a user's function."""
    if place is None or _FUNCTION.fullmatch(place):
        return []
    rule = f'must name a function in a file beside the study, as "{like}"'
    return [f"{key} {rule}, got {shown(place)}"]


@dataclass(frozen=True, kw_only=True)
class Split:
    """Shares of the examples; what is left over stays unused.

    Args:
        train: the share that networks learn from.
        validation: the share that verdicts and the search look at; 0 where a study only
            teaches.
        test: the share kept back: nothing learns from it, judges or chooses by it.
    """

    train: float = 0.6
    validation: float = 0.2
    test: float = 0.2

    def __post_init__(self) -> None:
        faults: list[str] = []
        for name in ("train", "validation", "test"):
            share: float = getattr(self, name)
            if not 0 <= share <= 1 or (name == "train" and share == 0):
                rule = "must lie above 0 and up to 1" if name == "train" else "must lie in 0..1"
                faults.append(f"data.split.{name} {rule}, got {share}")
        total = self.train + self.validation + self.test
        if not faults and total > 1 + 1e-9:
            faults.append(f"data.split must sum to at most 1, got {total:g}")
        raise_all(StudyError, faults)


@dataclass(frozen=True, kw_only=True)
class Points:
    """Examples written in the study file: all of them train, in the order given.

    Args:
        x: one row of numbers per example.
        y: one number (or class name) per example.
    """

    x: tuple[tuple[float, ...], ...]
    y: tuple[float | str, ...]

    def __post_init__(self) -> None:
        faults: list[str] = []
        if not self.x:
            faults.append("data.points.x must hold at least one row, got []")
        widths = sorted({len(row) for row in self.x})
        if len(widths) > 1:
            counts = f"rows of {widths[0]} and of {widths[-1]}"
            faults.append(f"data.points.x must have rows of one length, got {counts}")
        if widths and widths[0] == 0:
            faults.append("data.points.x must have at least one number a row, got none")
        if not all(math.isfinite(value) for row in self.x for value in row):
            faults.append("data.points.x must hold finite numbers only, got nan or inf")
        if len(self.x) != len(self.y):
            counts = f"{len(self.x)} rows in x and {len(self.y)} values in y"
            faults.append(f"data.points must give one y for each row of x, got {counts}")
        faults.extend(_target_faults(self.y))
        raise_all(StudyError, faults)


def _target_faults(values: tuple[Any, ...]) -> list[str]:
    texts = sum(isinstance(value, str) for value in values)
    if 0 < texts < len(values):
        counts = f"{texts} of {len(values)} that are text"
        return [f"data.points.y must be all numbers or all class names, got {counts}"]
    if texts == 0 and not all(math.isfinite(value) for value in values):
        return ["data.points.y must hold finite numbers only, got nan or inf"]
    return []


@dataclass(frozen=True, kw_only=True)
class DataSource:
    """Where examples come from and how they are cut.

    Args:
        source: a built-in set ("digits"), a file beside the study ("churn.csv"), or a
            function ("my_data.py:load"); None where `points` are given.
        points: examples written out.
        split: shares of train, validation and test.
        target: the column to predict (files).
        features: columns to learn from; empty means all the others (files).
        missing: what an empty cell means: an error, or the training part's mean (files).
        standardize: whether features (and a regression's target) are shifted and scaled by
            the training part's mean and deviation; None leaves it to the source.
        group: a column whose equal values never part (files).
        time: a column by whose order the parts are cut (files).
        stream: whether the training part stays on the disk and is read in blocks; None streams a
            Parquet or NPZ file whose features exceed an eighth of the machine's memory.
        task: "classification" or "regression" where the target does not tell.
        examples: how many the generated sets make; None means their default.
        noise: standard deviation of the generated sets' noise; None means their default.
        degree: degree of the generated polynomial; None means its default.
        dimensions: inputs of the generated regressions; None means its default.
        modulus: numbers that modular addition adds; None means its default.
    """

    source: str | None = None
    points: Points | None = None
    split: Split = field(default_factory=Split)
    target: str | None = None
    features: tuple[str, ...] = ()
    missing: Literal["error", "mean"] = "error"
    standardize: bool | None = None
    group: str | None = None
    time: str | None = None
    stream: bool | None = None
    task: Literal["classification", "regression"] | None = None
    examples: int | None = None
    noise: float | None = None
    degree: int | None = None
    dimensions: int | None = None
    modulus: int | None = None

    def __post_init__(self) -> None:
        faults: list[str] = []
        if self.source is not None and not self.source.strip():
            faults.append('data.source must name a set, a file or a function, got ""')
        if (self.source is None) == (self.points is None):
            given = "neither" if self.source is None else "both"
            faults.append(f"data needs either source or points, got {given}")
        for name in ("examples", "degree", "dimensions", "modulus"):
            count: int | None = getattr(self, name)
            if count is not None and count < 1:
                faults.append(f"data.{name} must be at least 1, got {count}")
        if self.noise is not None and not 0 <= self.noise < math.inf:
            faults.append(f"data.noise must be at least 0, got {self.noise}")
        if self.target is not None and self.target in self.features:
            faults.append(f'data.features must not hold the target, got "{self.target}"')
        raise_all(StudyError, faults)

    @property
    def validated(self) -> bool:
        """Whether there is a validation part; points all train."""
        return self.points is None and self.split.validation > 0
