"""The feed of a training part that lies on a disk: its blocks pass over the device in turn.

In every epoch the blocks come in an order that the study's seed draws, the same for all
members, and within a block each member has an order of its own. So all members learn from the
block that is there, and a member remains the same run in any company.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from harness.data import Dataset, StreamedPart
from harness.study import stream_seed
from harness.training.examples import Orders
from harness.training.feeding import (
    ROWS_AT_ONCE,
    Feed,
    Given,
    Member,
    Prepare,
    Resident,
    as_targets,
    own_targets,
    taken,
)


def feed_for(
    dataset: Dataset,
    members: Sequence[Member],
    *,
    examples: int,
    study_seed: int,
    prepared: Prepare,
    dtype: torch.dtype,
) -> Feed:
    """The feed that the data set's training part needs; arguments as `Resident` has them."""
    if not isinstance(dataset.train, StreamedPart):
        return Resident(
            dataset,
            members,
            examples=examples,
            study_seed=study_seed,
            prepared=prepared,
            dtype=dtype,
        )
    return Streamed(dataset, members, study_seed=study_seed, prepared=prepared, dtype=dtype)


class Streamed(Feed):
    """Holds the block in use and the one that a thread reads meanwhile.

    Args:
        dataset: its training part is on a disk, and every member learns from all of it.
        members: settings and run seeds.
        study_seed: of the streams.
        prepared: the network's `prepared`.
        dtype: of the examples and of numbers to predict.
    """

    def __init__(
        self,
        dataset: Dataset,
        members: Sequence[Member],
        *,
        study_seed: int,
        prepared: Prepare,
        dtype: torch.dtype,
    ) -> None:
        super().__init__()
        assert isinstance(dataset.train, StreamedPart)
        targets = own_targets(dataset, members, rows=None, study_seed=study_seed)
        self.register_buffer("targets", as_targets(targets, dataset, dtype))
        self._blocks = _Blocks(dataset.train, prepared, dtype)
        self._orders = Orders(members, examples=0, study_seed=study_seed)
        self._turns = np.random.default_rng(stream_seed(study_seed, -1, "blocks"))
        self._given: Iterator[_Block] = iter(())

    def begin_epoch(self) -> None:
        turn = self._turns.permutation(self._blocks.count).tolist()
        self._given = self._shuffled(turn)
        self._now = next(self._given)

    def _shuffled(self, turn: Sequence[int]) -> Iterator["_Block"]:
        for number, x in self._blocks.each(turn, device=self.targets.device):
            order = torch.from_numpy(self._orders.draw(len(x))).to(x.device)
            yield _Block(x, order, start=self._blocks.start(number))

    def step(self, positions: slice) -> Given:
        wanted = min(positions.stop, self.targets.shape[1]) - positions.start
        x, y = self._now.take(wanted, self.targets)
        while x.shape[1] < wanted:  # the batch goes on in the next block
            self._now = next(self._given)
            more_x, more_y = self._now.take(wanted - x.shape[1], self.targets)
            x, y = torch.cat([x, more_x], 1), torch.cat([y, more_y], 1)
        return x, y

    def pieces(self) -> Iterator[Given]:
        self._given = iter(())  # an epoch is over: its last block need not stay
        self._now = _NOTHING
        for number, x in self._blocks.each(range(self._blocks.count), device=self.targets.device):
            start = self._blocks.start(number)
            targets = self.targets[:, start : start + len(x)]
            for row in range(0, len(x), ROWS_AT_ONCE):
                piece = slice(row, row + ROWS_AT_ONCE)
                yield x[None, piece], targets[:, piece]


class _Block:
    """A block while the steps of an epoch take its examples."""

    def __init__(
        self,
        x: Float[Tensor, "example feature"],
        order: Int[Tensor, "member example"],
        *,
        start: int,
    ) -> None:
        self._x = x
        self._order = order
        self._start = start
        self._used = 0

    def take(self, wanted: int, targets: Tensor) -> Given:
        """The next examples of every member, as many as are wanted or left."""
        rows = self._order[:, self._used : self._used + wanted]
        self._used += wanted
        x = self._x.index_select(0, rows.reshape(-1)).view(*rows.shape, self._x.shape[1])
        return x, taken(targets, rows + self._start)


_NOTHING = _Block(torch.empty(0, 0), torch.empty(0, 0, dtype=torch.int64), start=0)


class _Blocks:
    """Reads blocks in any turn, always one ahead; a single one is read once and kept.

    The present block and the next one have two places of their own in memory: allocated anew
    each time by a thread of its own, blocks leave gaps that add up (110 MB on 11 blocks of 16).
    """

    def __init__(self, part: StreamedPart, prepared: Prepare, dtype: torch.dtype) -> None:
        self._file = part.x
        self._prepared = prepared
        self._dtype = dtype
        self._thread = ThreadPoolExecutor(1)
        self._read_into = np.empty((max(part.x.sizes), part.x.features), np.float32)
        one = prepared(torch.from_numpy(self._read_into[:1]).to(dtype))
        places = min(2, len(part.x.sizes))
        self._places = [one.new_empty(len(self._read_into), one.shape[1]) for _ in range(places)]
        self._only: Tensor | None = None

    @property
    def count(self) -> int:
        return len(self._file.sizes)

    def start(self, number: int) -> int:
        """The first example of a block among all."""
        return self._file.rows(number).start

    def each(
        self, turn: Sequence[int], *, device: torch.device
    ) -> Iterator[tuple[int, Float[Tensor, "example feature"]]]:
        """Blocks with their numbers."""
        if self.count == 1:
            if self._only is None:
                self._only = self._read(0, self._places[0]).to(device)
            yield 0, self._only
            return
        present, free = self._places
        coming = [self._thread.submit(self._read, turn[0], present)]
        for number, following in zip(turn, [*turn[1:], None], strict=True):
            x = coming.pop().result().to(device)
            if following is not None:
                coming.append(self._thread.submit(self._read, following, free))
            yield number, x
            present, free = free, present

    def _read(self, number: int, place: Tensor) -> Float[Tensor, "example feature"]:
        read = self._file.read(self._file.rows(number), into=self._read_into)
        ready = place[: len(read)]
        return ready.copy_(self._prepared(torch.from_numpy(read).to(self._dtype)))
