"""Small studies and runs whose findings can be worked out by hand."""

from collections.abc import Mapping, Sequence

from harness.curves import Curves
from harness.judge import Run
from harness.study import (
    Arm,
    DataSource,
    KnobSpec,
    Range,
    Search,
    Study,
    Training,
    settings_from,
)
from tests.judge.planted import down, made, ran


def over(end: float) -> Curves:
    """Overfits: validation ends at `end`, training at 0."""
    return made(down(end), down(0.0), cross_fitted=end, accuracy=1 - down(end) / 2)


def under(end: float) -> Curves:
    """Ends at `end` on both."""
    return made(down(end), down(end), cross_fitted=end, accuracy=1 - down(end) / 2)


def searching(name: str = "s", **knobs: KnobSpec) -> Study:
    """A search; over the units unless told otherwise."""
    return Study(
        name=name,
        question="What overfits?",
        data=DataSource(source="digits"),
        training=Training(seeds=5),
        knobs=knobs or {"units": Range(low=4, high=512, scale="log", integer=True)},
        search=Search(trials=8),
    )


def with_arms(arms: Sequence[str], name: str = "s") -> Study:
    """A study with named arms of 8, 16, 32 ... units."""
    return Study(
        name=name,
        question="What overfits?",
        data=DataSource(source="digits"),
        training=Training(seeds=6),
        arms=tuple(
            Arm(name=arm, settings=settings_from({"units": 8 * 2**i})) for i, arm in enumerate(arms)
        ),
    )


def arm_runs(ends: Mapping[str, Sequence[Curves]]) -> list[Run]:
    """Each arm's curves as its seeds 0, 1, ..."""
    return [
        ran(curves, trial=i, seed=seed, name=arm, stage="arms", units=8 * 2**i)
        for i, (arm, many) in enumerate(ends.items())
        for seed, curves in enumerate(many)
    ]
