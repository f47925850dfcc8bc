"""Where the examples of a population's steps come from, and those that it is measured by.

What a member is given never depends on the others: its rows, its targets and its order are of
streams of its own.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch
from jaxtyping import Float, Int, Shaped
from torch import Tensor, nn

from harness.data import Dataset, Part, Task, noisy_targets, subset
from harness.study import Settings
from harness.training.examples import Orders

ROWS_AT_ONCE = 256
"""Examples evaluated at once; fixed, since a product's kernel may depend on its rows."""
PIECES_AT_ONCE = 256
"""Pieces of the training part whose losses are held at once, 65,536 examples."""

Member = tuple[Settings, int]
"""Settings and run seed."""
Given = tuple[Float[Tensor, "member_or_1 rows feature"], Shaped[Tensor, "member_or_1 rows *output"]]
"""Inputs as the network takes them, and their targets; one member's stand for all members'."""
Prepare = Callable[[Float[Tensor, "example feature"]], Float[Tensor, "example prepared_feature"]]


class Feed(nn.Module, ABC):
    """Gives every member the examples of its steps, and all of them to be measured by.

    `targets` are those that a member learns from, wrong ones included.
    """

    targets: Shaped[Tensor, "member_or_1 train_example *output"]

    @abstractmethod
    def begin_epoch(self) -> None:
        """Draw the epoch's order. The epoch's steps are asked for once each, in their order."""

    @abstractmethod
    def step(self, positions: slice) -> Given:
        """Every member's examples at these positions of its order."""

    @abstractmethod
    def pieces(self) -> Iterator[Given]:
        """All examples once, at most `ROWS_AT_ONCE` at a time."""


class Resident(Feed):
    """All examples lie on the device.

    Args:
        dataset: the training part is given.
        members: settings and run seeds.
        examples: of each member.
        study_seed: of the streams.
        prepared: the network's `prepared`.
        dtype: of the examples and of numbers to predict.
    """

    x: Float[Tensor, "example feature"]
    rows: Int[Tensor, "member_or_1 train_example"] | None
    order: Int[Tensor, "member train_example"]

    def __init__(
        self,
        dataset: Dataset,
        members: Sequence[Member],
        *,
        examples: int,
        study_seed: int,
        prepared: Prepare,
        dtype: torch.dtype,
    ) -> None:
        super().__init__()
        assert isinstance(dataset.train, Part)
        self.register_buffer("x", prepared(torch.from_numpy(dataset.train.x).to(dtype)))
        rows = own_rows(dataset, members, examples=examples, study_seed=study_seed)
        self.register_buffer("rows", rows)
        targets = own_targets(dataset, members, rows=rows, study_seed=study_seed)
        self.register_buffer("targets", as_targets(targets, dataset, dtype))
        self._orders = iter(Orders(members, examples=examples, study_seed=study_seed))

    def begin_epoch(self) -> None:
        self.order = torch.from_numpy(next(self._orders)).to(self.x.device)

    def step(self, positions: slice) -> Given:
        at = self.order[:, positions]
        rows = at if self.rows is None else self.rows.expand(len(at), -1).gather(1, at)
        return self._rows(rows), taken(self.targets, at)

    def pieces(self) -> Iterator[Given]:
        for start in range(0, self.targets.shape[1], ROWS_AT_ONCE):
            piece = slice(start, start + ROWS_AT_ONCE)
            x = self.x[None, piece] if self.rows is None else self._rows(self.rows[:, piece])
            yield x, self.targets[:, piece]

    def _rows(self, rows: Int[Tensor, "members rows"]) -> Float[Tensor, "members rows feature"]:
        return self.x.index_select(0, rows.reshape(-1)).view(*rows.shape, -1)


def own_rows(
    dataset: Dataset, members: Sequence[Member], *, examples: int, study_seed: int
) -> Int[Tensor, "member_or_1 train_example"] | None:
    """Which training examples each member learns from; None where all learn from all."""
    available = len(dataset.train)
    if examples == available:
        return None
    rows = np.stack([
        subset(own, available, study_seed=study_seed, run_seed=seed) for own, seed in members
    ])  # fmt: skip
    alike = np.all(rows == rows[0])
    return torch.from_numpy(rows[:1] if alike else rows)


def own_targets(
    dataset: Dataset,
    members: Sequence[Member],
    *,
    rows: Int[Tensor, "member_or_1 train_example"] | None,
    study_seed: int,
) -> Shaped[np.ndarray, "member_or_1 train_example *output"]:
    """What each member is told of its examples; once only where all are told the same."""
    noisy = any(own.label_noise for own, _ in members)
    told = [
        noisy_targets(own, dataset, study_seed=study_seed, run_seed=seed)
        for own, seed in (members if noisy else members[:1])
    ]
    if rows is None:
        return np.stack(told)
    chosen = rows.numpy()
    count = max(len(told), len(chosen))
    return np.stack([told[i % len(told)][chosen[i % len(chosen)]] for i in range(count)])


def as_targets(y: np.ndarray, dataset: Dataset, dtype: torch.dtype) -> Tensor:
    """Classes as they are, numbers in the dtype of the training."""
    targets = torch.from_numpy(np.ascontiguousarray(y))
    return targets if dataset.task is Task.CLASSIFICATION else targets.to(dtype)


def taken(
    targets: Shaped[Tensor, "member_or_1 example *output"],
    positions: Int[Tensor, "member batch"],
) -> Shaped[Tensor, "member batch *output"]:
    """Every member's targets at its positions."""
    own = targets.expand(len(positions), *[-1] * (targets.dim() - 1))
    if own.dim() == 2:
        return own.gather(1, positions)
    return own.gather(1, positions.unsqueeze(2).expand(-1, -1, own.shape[2]))


def in_pieces(x: Float[Tensor, "1 example feature"], y: Tensor) -> Iterator[Given]:
    """Examples that all members are measured by, at most `ROWS_AT_ONCE` at a time."""
    for start in range(0, x.shape[1], ROWS_AT_ONCE):
        piece = slice(start, start + ROWS_AT_ONCE)
        yield x[:, piece], y[:, piece]
