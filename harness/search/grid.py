"""A grid: every combination of the searched knobs, in an order that is spread."""

from math import prod

import numpy as np

from harness.errors import StudyError
from harness.search.space import Parameter, acts, default_parameters, space_of
from harness.study import Choice, Range, Study, stream_seed

LARGEST_GRID = 10_000
"""Combinations; with five seeds each already more runs than a study bears (our choice)."""

Combination = dict[str, Parameter]


def grid_size(study: Study) -> int:
    """How many trials a whole grid makes: its combinations, and the default setting.

    The default setting counts once, also where it is one of the combinations.

    Raises:
        StudyError: the grid has more than `LARGEST_GRID` combinations.
    """
    return len(grid_trials(study))


def grid_trials(study: Study) -> list[Combination]:
    """The parameters of every trial of a grid, the default setting first.

    The rest follows in an order whose beginnings are spread: each next combination is the
    one that shares the fewest knob values with those before it (the sum of squares of the
    shared values, so that two settings alike in many knobs count most); ties fall as the
    study's seed shuffles them. So the first few already try every value of every knob.

    Raises:
        StudyError: the grid has more than `LARGEST_GRID` combinations.
    """
    default = default_parameters(study)
    rest = [combination for combination in _combinations(study) if combination != default]
    return [default, *(rest[i] for i in _spread(study, [default, *rest]))]


def _combinations(study: Study) -> list[Combination]:
    """Each combination once; a knob that does not act has no part in it."""
    points = {name: _points(study.searched[name]) for name in space_of(study)}
    size = prod(len(values) for values in points.values())
    if size > LARGEST_GRID:
        rule = f"must have at most {LARGEST_GRID} combinations, got {size}"
        cure = "give ranges fewer steps, fix some knobs, or take sampler qmc"
        raise StudyError(f"search: a grid {rule}: {cure}")
    combinations: list[Combination] = [{}]
    for name, values in points.items():
        longer: list[Combination] = []
        for combination in combinations:
            if acts(study, name, combination):
                longer.extend({**combination, name: value} for value in values)
            else:
                longer.append(combination)
        combinations = longer
    return combinations


def _points(spec: Range | Choice) -> list[Parameter]:
    """The parameters that a grid takes of one knob, each once."""
    if isinstance(spec, Choice):
        return list(range(len(spec.values)))
    spaced = np.geomspace if spec.scale == "log" else np.linspace
    numbers: list[float] = spaced(spec.low, spec.high, spec.steps).tolist()
    return list(dict.fromkeys(map(round, numbers) if spec.integer else numbers))


def _spread(study: Study, combinations: list[Combination]) -> list[int]:
    """The order of all combinations but the first, as positions in the list without it."""
    levels = _levels(study, combinations)
    generator = np.random.default_rng(stream_seed(study.seed, -1, "grid"))
    waiting = 1 + generator.permutation(len(combinations) - 1)
    overlap = np.square(np.sum(levels[waiting] == levels[0], axis=1))
    order: list[int] = []
    while len(waiting):
        nearest = int(np.argmin(overlap))
        chosen = waiting[nearest]
        order.append(int(chosen) - 1)
        waiting, overlap = np.delete(waiting, nearest), np.delete(overlap, nearest)
        overlap += np.square(np.sum(levels[waiting] == levels[chosen], axis=1))
    return order


def _levels(study: Study, combinations: list[Combination]) -> np.ndarray:
    """Combination × knob: which value of the knob, 0 where it does not act."""
    columns: list[np.ndarray] = []
    for name in space_of(study):
        values = [combination.get(name, -np.inf) for combination in combinations]
        columns.append(np.unique(values, return_inverse=True)[1])
    return np.stack(columns, axis=1)
