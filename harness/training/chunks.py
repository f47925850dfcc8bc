"""Which members train together.

A chunk holds members of one shape. Its plan depends on the members alone, never on the number
of workers, and its size is chosen so that a step's tensors stay in a core's cache.
"""

import itertools
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from harness.data import Dataset
from harness.networks import ACTIVATION_TABLE, padded
from harness.study import Settings, Trial
from harness.training.examples import batch_size, training_examples

CACHE_BYTES = 6_000_000
"""Weights, gradients and activations of a chunk; 45 members at 64 units, 6 at 256."""
MOST_MEMBERS = 64


@dataclass(frozen=True, kw_only=True)
class Member:
    """One run to be trained."""

    trial: Trial
    seed: int


@dataclass(frozen=True, kw_only=True)
class Chunk:
    """Members of one shape that train side by side.

    Args:
        members: at least one.
        examples: training examples of each.
        batch: examples a step.
        operations: multiplications and additions of the whole training, to sort by.
    """

    members: tuple[Member, ...]
    examples: int
    batch: int
    operations: float

    @property
    def settings(self) -> Settings:
        """The first member's; the others share all that makes the shape."""
        return self.members[0].trial.settings

    @property
    def steps(self) -> int:
        """Steps an epoch."""
        return -(-self.examples // self.batch)


def plan_chunks(members: Sequence[Member], dataset: Dataset, *, outputs: int) -> tuple[Chunk, ...]:
    """The members cut into chunks, the longest work first.

    Args:
        members: in any order; each chunk keeps it.
        dataset: for the number of examples and features.
        outputs: of the network.

    Raises:
        DataError: a member wants more training examples than there are.
    """
    groups: dict[tuple[Any, ...], list[Member]] = defaultdict(list)
    for member in members:
        groups[_shape(member.trial.settings, dataset)].append(member)
    chunks: list[Chunk] = []
    for group in groups.values():
        settings = group[0].trial.settings
        examples = training_examples(settings, len(dataset.train))
        batch = batch_size(settings, examples)
        sizes = (dataset.features, *_widths(settings), padded(outputs, exact=True))
        parameters = sum(a * b for a, b in itertools.pairwise(sizes))
        most = _most_members(parameters, batch * sum(sizes))
        measured = 3 * examples + len(dataset.validation)
        for start in range(0, len(group), most):
            part = tuple(group[start : start + most])
            work = 2.0 * parameters * (measured + examples) * settings.epochs * len(part)
            chunks.append(Chunk(members=part, examples=examples, batch=batch, operations=work))
    return tuple(sorted(chunks, key=lambda chunk: -chunk.operations))


def _shape(settings: Settings, dataset: Dataset) -> tuple[Any, ...]:
    examples = training_examples(settings, len(dataset.train))
    optimizer = "adam" if settings.optimizer == "adamw" else settings.optimizer
    batch = batch_size(settings, examples)
    shape = (settings.activation, settings.bias, *_widths(settings))
    return (examples, batch, settings.epochs, optimizer, shape)


def _widths(settings: Settings) -> tuple[int, ...]:
    exact = ACTIVATION_TABLE[settings.activation].exact
    return tuple(padded(width, exact=exact) for width in settings.widths)


def _most_members(parameters: int, activations: int) -> int:
    bytes_each = 4 * (2 * parameters + 4 * activations)
    return max(1, min(MOST_MEMBERS, CACHE_BYTES // bytes_each))
