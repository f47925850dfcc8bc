"""Measuring somebody's training without leaving a trace in it."""

import random
import sys
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from types import FunctionType, MethodType, ModuleType
from typing import Any

import lightning.pytorch as pl
import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import Dataset, Sampler

ENTRIES = 1000
"""Of longer containers the entries are put back, but not what the entries hold."""
_LIBRARIES = ("torch", "lightning", "pytorch_lightning", "transformers", "accelerate", "datasets")
FOREIGN = frozenset([*_LIBRARIES, "numpy", "pandas", *sys.stdlib_module_names])
"""Objects of these packages are not looked into; modules, data sets, samplers and what is named
to `untouched` itself are."""


class Draws:
    """The same random numbers for every measurement, and none taken from the training.

    What data sets draw (crops, noise) would make epochs differ by luck, so each measurement
    begins with the global generators where the first one found them.
    """

    def __init__(self) -> None:
        self._first: list[Any] | None = None

    @contextmanager
    def repeated(self) -> Iterator[None]:
        """Within it draws repeat; after it the generators stand where they stood before."""
        before = _states()
        self._first = self._first or before
        _set(self._first)
        try:
            yield
        finally:
            _set(before)


def _states() -> list[Any]:
    cuda = torch.cuda.get_rng_state_all() if torch.cuda.is_initialized() else None
    mps = torch.mps.get_rng_state() if torch.backends.mps.is_available() else None
    return [torch.get_rng_state(), cuda, mps, np.random.get_state(), random.getstate()]


def _set(states: list[Any]) -> None:
    cpu, cuda, mps, numbers, python = states
    torch.set_rng_state(cpu)
    if cuda is not None:
        torch.cuda.set_rng_state_all(cuda)
    if mps is not None:
        torch.mps.set_rng_state(mps)
    np.random.set_state(numbers)
    random.setstate(python)


@contextmanager
def untouched(*things: Any) -> Iterator[None]:
    """What the body changes in `things` is changed back after it.

    Put back are the attributes of modules and of plain objects, what is in lists, dicts, sets
    and deques, the tensors and buffers of modules, and every generator on the way. Parameters
    are not looked at, nor what lies in files, in compiled objects and in other libraries'.
    """
    kept = _Kept()
    for thing in things:
        kept.keep(thing)
    try:
        yield
    finally:
        kept.put_back()


class _Kept:
    def __init__(self) -> None:
        self._seen: dict[int, Any] = {}  # holds them too: an id may be taken again
        self._back: list[Callable[[], object]] = []

    def put_back(self) -> None:
        for back in self._back:
            back()

    def keep(self, thing: Any) -> None:
        # No recursion: a long chain of objects would exhaust it.
        waiting = [(thing, False)]
        while waiting:
            one, in_module = waiting.pop()
            if id(one) in self._seen or isinstance(one, nn.Parameter | str | int | float | None):
                continue
            self._seen[id(one)] = one
            in_module = in_module or isinstance(one, nn.Module)
            held = _held(one, named=one is thing)
            if back := _back_of(one, held, in_module=in_module):
                self._back.append(back)
            waiting += [(inner, in_module) for inner in _inside(one, held)]


def _held(thing: Any, *, named: bool) -> Any:
    """The container in which a thing holds others: itself, or its attributes; None without."""
    if isinstance(thing, dict | list | set | deque | tuple):
        return thing
    if isinstance(thing, type | FunctionType | MethodType | ModuleType | pl.Trainer):
        return None
    foreign = type(thing).__module__.split(".")[0] in FOREIGN
    if foreign and not named and not isinstance(thing, nn.Module | Dataset | Sampler):
        return None
    return getattr(thing, "__dict__", None)


def _back_of(thing: Any, held: Any, *, in_module: bool) -> Callable[[], object] | None:
    """What puts a thing back as it is now; None where there is nothing to put back."""
    if isinstance(thing, Tensor):
        return _tensor_back(thing) if in_module else None
    if isinstance(thing, torch.Generator):
        return partial(thing.set_state, thing.get_state())
    if isinstance(thing, np.random.Generator):
        bits = thing.bit_generator
        return partial(setattr, bits, "state", bits.state)
    if isinstance(thing, np.random.RandomState):
        return partial(thing.set_state, thing.get_state())
    if isinstance(thing, random.Random):
        return partial(thing.setstate, thing.getstate())
    return None if held is None or isinstance(held, tuple) else _container_back(held)


def _inside(thing: Any, held: Any) -> list[Any]:
    """What to look into next."""
    if isinstance(thing, FunctionType):
        return [cell.cell_contents for cell in thing.__closure__ or () if _filled(cell)]
    if isinstance(thing, MethodType):
        return [thing.__self__]
    if isinstance(thing, partial):
        return [thing.func, thing.args, thing.keywords]
    if held is None or len(held) > ENTRIES:
        return []
    return list(held.values() if isinstance(held, dict) else held)


def _filled(cell: Any) -> bool:
    try:
        cell.cell_contents  # noqa: B018
    except ValueError:
        return False
    return True


def _tensor_back(tensor: Tensor) -> Callable[[], None]:
    saved, inference = tensor.detach().clone(), tensor.is_inference()

    def back() -> None:
        # Not by the tensor's version: batch norm writes its buffers without raising it.
        if not torch.equal(tensor, saved):
            with torch.inference_mode(inference), torch.no_grad():
                tensor.copy_(saved)

    return back


def _container_back(held: Any) -> Callable[[], None]:
    saved = list(held.items()) if isinstance(held, dict) else list(held)

    def back() -> None:
        now = list(held.items()) if isinstance(held, dict) else list(held)
        if len(now) == len(saved) and all(map(_same, now, saved)):
            return
        held.clear()
        held.extend(saved) if isinstance(held, list | deque) else held.update(saved)

    return back


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, tuple) and isinstance(other, tuple) and len(one) == len(other):
        return all(a is b for a, b in zip(one, other, strict=True))
    return one is other
