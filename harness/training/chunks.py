"""Which members train together.

A chunk holds members of one shape. Its plan depends on the members alone, never on the number
of workers, and its size is chosen so that a step's tensors stay in a core's cache and the whole
in memory.
"""

import itertools
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from harness.data import Dataset, StreamedPart, batch_size, training_examples
from harness.networks import ACTIVATION_TABLE, padded
from harness.study import Settings, Trial
from harness.training.feeding import PIECES_AT_ONCE, ROWS_AT_ONCE
from harness.training.memory import Room
from harness.training.softening import softens

CACHE_BYTES = 6_000_000
"""Weights, gradients and activations of a chunk; 45 members at 64 units, 6 at 256."""
DISPATCH_BYTES = 512_000_000
"""The same for users' networks, whose many small operations cost more than a cache saves: 16
members of a GRU of 40 steps (7 ms a member-step, one alone takes 40), 64 of a small CNN."""
MOST_MEMBERS = 128
"""Small networks are bound by the number of operations: 512 of 2 x 16 units took 50 µs a
member-step in chunks of 64, 39 in chunks of 128 and no less in larger ones (batch 32; steps of
one example 15, 11 and 8)."""
FOR_TWO = 64
"""More members of a shape than these are two chunks at least, so that two workers have work."""
PIECE = 128
"""A step of more examples goes through the built-in network in pieces of this many, whose
activations stay in cache; their gradients are added up. Full batches of the digits took 4.7 ms
whole and 2.3 ms in pieces (2 x 64 units; 1.6 and 0.8 ms with 16, 14.5 and 13.4 ms with 256)."""


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
    def rows(self) -> int:
        """Examples of a step that go through the network at once."""
        return rows_at_once(self.settings, self.batch)

    @property
    def steps(self) -> int:
        """Steps an epoch."""
        return -(-self.examples // self.batch)


@dataclass(frozen=True, kw_only=True)
class Size:
    """How large one member's network is.

    Args:
        parameters: trainable numbers.
        made: numbers that a training step's forward pass makes.
        bound: bytes of weights, gradients and activations that make a good chunk.
    """

    parameters: int
    made: int
    bound: int = CACHE_BYTES


def mlp_size(settings: Settings, *, features: int, outputs: int, batch: int) -> Size:
    """The size of the built-in network, padded as it trains."""
    sizes = (features, *_widths(settings), padded(outputs, exact=True))
    parameters = sum(a * b for a, b in itertools.pairwise(sizes))
    return Size(parameters=parameters, made=batch * sum(sizes))


def plan_chunks(
    members: Sequence[Member],
    dataset: Dataset,
    *,
    size_of: Callable[[Settings, int], Size],
    room: Room,
) -> tuple[Chunk, ...]:
    """The members cut into chunks, the longest work first.

    Args:
        members: in any order; each chunk keeps it.
        dataset: for the number of examples and features.
        size_of: settings and examples a step to the size of the network.
        room: what there is for one chunk.

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
        rows = rows_at_once(settings, batch)
        size = size_of(settings, rows)
        held = held_bytes(size, dataset, examples=examples, rows=rows)
        most = _most_members(size, held=held, members=len(group), room=room)
        measured = 3 * examples + len(dataset.validation)
        for start in range(0, len(group), most):
            part = tuple(group[start : start + most])
            work = 2.0 * size.parameters * (measured + examples) * settings.epochs * len(part)
            chunks.append(Chunk(members=part, examples=examples, batch=batch, operations=work))
    return tuple(sorted(chunks, key=lambda chunk: -chunk.operations))


def halves(chunk: Chunk) -> tuple[Chunk, Chunk]:
    """The chunk's members in their order, cut in the middle; it has two at least."""
    count = len(chunk.members)
    first, second = chunk.members[: -(-count // 2)], chunk.members[-(-count // 2) :]
    each = chunk.operations / count
    return (
        replace(chunk, members=first, operations=each * len(first)),
        replace(chunk, members=second, operations=each * len(second)),
    )


def rows_at_once(settings: Settings, batch: int) -> int:
    """Examples of a step that go through the network at once: all, or pieces of a large batch.

    Norms and class weights see the whole batch, and of a user's network nothing is known.
    """
    whole = settings.network is not None or settings.batch_norm or softens(settings)
    return batch if whole else min(batch, PIECE)


def held_bytes(size: Size, dataset: Dataset, *, examples: int, rows: int) -> int:
    """About how much memory one member takes while it trains and is measured.

    Its weights, gradients and two states of the optimizer; what a step and a piece of the
    evaluation make; its rows, targets and order; losses of the training part, and losses and
    outputs of the validation part, of the last epoch and the best ones.
    """
    network = 4 * (4 * size.parameters + 4 * size.made)
    measured = 4 * 2 * ROWS_AT_ONCE * size.made // rows
    own = _row_bytes(dataset, examples) + 5 * 8 * min(examples, ROWS_AT_ONCE * PIECES_AT_ONCE)
    outputs = max(1, dataset.classes)
    return network + measured + own + len(dataset.validation) * (4 * 8 + 4 * 4 * outputs)


def _row_bytes(dataset: Dataset, examples: int) -> int:
    """Of rows, targets and order; streamed, of targets in case they are noisy, and an order."""
    if isinstance(dataset.train, StreamedPart):
        return 8 * (examples + max(dataset.train.x.sizes))
    return 3 * 8 * examples


def _shape(settings: Settings, dataset: Dataset) -> tuple[Any, ...]:
    examples = training_examples(settings, len(dataset.train))
    optimizer = "adam" if settings.optimizer == "adamw" else settings.optimizer
    batch = batch_size(settings, examples)
    if settings.network is None:
        kind = (settings.activation, settings.batch_norm, settings.bias)
        shape = (*kind, *_widths(settings))
    else:
        shape = (settings.network, settings.own)
    schedule = (settings.schedule, settings.warmup)
    # Softened and plain gradients round differently, so company must not choose between them.
    softened = softens(settings)
    return (examples, batch, settings.epochs, optimizer, schedule, softened, shape)


def _widths(settings: Settings) -> tuple[int, ...]:
    exact = ACTIVATION_TABLE[settings.activation].exact
    return tuple(padded(width, exact=exact) for width in settings.widths)


def _most_members(size: Size, *, held: int, members: int, room: Room) -> int:
    most = room.memory // held
    if room.cached:
        bytes_each = 4 * (2 * size.parameters + 4 * size.made)
        half = max(FOR_TWO, -(-members // 2))
        most = min(most, MOST_MEMBERS, half, size.bound // bytes_each)
    return max(1, most)
