"""The same batches for every measurement, taken past a loader that shuffles."""

from collections.abc import Iterable, Iterator, Mapping, Sized
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import (
    BatchSampler,
    DataLoader,
    DistributedSampler,
    IterableDataset,
    SequentialSampler,
)

from harness.errors import CallbackError
from harness.study import stream_seed


@dataclass(frozen=True, kw_only=True)
class Batches:
    """Fixed batches of one part of the data.

    Args:
        loader: gives them, as often as asked.
        sizes: examples of each; empty where only the batches themselves can tell.
        touched: what a reading may change: the data set and its generators.
    """

    loader: Iterable[Any]
    sizes: tuple[int, ...]
    touched: tuple[Any, ...]

    def __iter__(self) -> Iterator[tuple[Any, int]]:
        """Batches with their numbers of examples."""
        for number, batch in enumerate(self.loader):
            yield batch, self.sizes[number] if self.sizes else batch_size(batch)

    @property
    def examples(self) -> int:
        """How many examples; 0 where only the batches can tell."""
        return sum(self.sizes)


def batch_size(batch: Any) -> int:
    """The first axis of the first tensor or array in a batch; 1 where there is none."""
    if isinstance(batch, Tensor | np.ndarray):
        return int(batch.shape[0]) if batch.ndim > 0 else 1
    inner = batch.values() if isinstance(batch, Mapping) else batch
    if isinstance(inner, str | bytes) or not isinstance(inner, Iterable):
        return 1
    return next((batch_size(part) for part in inner), 1)


def fixed_batches(
    loader: Any, *, part: str, examples: int | None = None, batches: float = float("inf")
) -> Batches:
    """Batches that are the same whenever they are read, without a step of the loader itself.

    A loader over a data set of known length is read past its sampler, which may shuffle, and
    without workers. Lists of batches are taken as they are.

    Args:
        loader: a `DataLoader`, or a sequence of batches.
        part: "train" or "validation", for the errors.
        examples: at most so many, drawn once; None for all.
        batches: at most so many of a loader that does not shuffle, as the training's own limit
            has it.

    Raises:
        CallbackError: what the loader gives cannot be read twice, or not past its sampler.
    """
    if isinstance(loader, list | tuple):
        count = int(min(len(loader), batches))
        return Batches(loader=loader[:count], sizes=(), touched=(loader[:count],))
    if not isinstance(loader, DataLoader) or type(loader).__iter__ is not DataLoader.__iter__:
        raise _unreadable(part, f"a {type(loader).__name__} cannot be read past its order")
    if isinstance(loader.dataset, IterableDataset):
        raise _unreadable(part, "a stream (IterableDataset) would be used up by measuring")
    groups = _groups(loader, part=part, examples=examples, batches=batches)
    if not groups:
        raise _unreadable(part, "it has no examples")
    return _over(loader, groups)


def given_batches(loader: Any, *, part: str, examples: int | None = None) -> Batches:
    """The same of a loader that was given for measuring alone; read as it is if need be."""
    if isinstance(loader, DataLoader) and not isinstance(loader.dataset, IterableDataset):
        if type(loader).__iter__ is DataLoader.__iter__:
            return fixed_batches(loader, part=part, examples=examples)
    elif not isinstance(loader, Iterable) or isinstance(loader, Iterator):
        raise _unreadable(part, f"a {type(loader).__name__} cannot be read again and again")
    return Batches(loader=loader, sizes=(), touched=(loader,))


def _unreadable(part: str, why: str) -> CallbackError:
    way = f"give {part}_data=, a loader that is for measuring only"
    return CallbackError(f"VerdictCallback: {part} data: {why}; {way}")


def _groups(
    loader: DataLoader[Any], *, part: str, examples: int | None, batches: float
) -> list[list[int]]:
    """The numbers of the examples of each batch."""
    own = loader.batch_sampler
    if own is not None and type(own) is not BatchSampler:
        groups = [list(group) for group in own]
        longest = max(map(len, groups), default=1)
        return _share(groups, None if examples is None else examples // longest, part=part)
    order = _share(_order(loader, batches), examples, part=part)
    each = loader.batch_size or 1
    return [order[start : start + each] for start in range(0, len(order), each)]


def _order(loader: DataLoader[Any], batches: float) -> list[int]:
    """The examples that the loader has, in a fixed order."""
    sampler, each = loader.sampler, loader.batch_size or 1
    if type(sampler) is DistributedSampler:  # rank zero measures all of it
        return list(range(len(sampler.dataset)))  # pyright: ignore[reportArgumentType]
    if isinstance(sampler, SequentialSampler):
        whole = len(loader) * each  # fewer than there are where the last batch is dropped
        return list(sampler)[: int(min(whole, batches * each))]
    count = len(sampler) if isinstance(sampler, Sized) else None
    return sorted(islice(sampler, count))


def _share(entries: list[Any], count: int | None, *, part: str) -> list[Any]:
    """At most so many entries, in their order and the same at every call."""
    if count is None or len(entries) <= max(count, 1):
        return entries
    rng = np.random.default_rng(stream_seed(0, -1, f"{part} examples to measure"))
    chosen = rng.choice(len(entries), max(count, 1), replace=False)
    return [entries[number] for number in sorted(chosen)]


def _over(loader: DataLoader[Any], groups: list[list[int]]) -> Batches:
    """A loader of these groups, in this process and with a generator of its own."""
    own: dict[str, Any] = {"collate_fn": loader.collate_fn, "generator": torch.Generator()}
    touched = (loader.dataset, loader.collate_fn)
    if loader.batch_sampler is None:  # the data set makes the batches itself
        singles = [number for group in groups for number in group]
        whole = DataLoader(loader.dataset, batch_size=None, sampler=singles, **own)
        return Batches(loader=whole, sizes=(), touched=touched)
    made = DataLoader(loader.dataset, batch_sampler=groups, **own)
    return Batches(loader=made, sizes=tuple(map(len, groups)), touched=touched)
