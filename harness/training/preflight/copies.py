"""Copies of a module to experiment on, and the modes they run in."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy

import torch
from torch import nn
from torch.nn.modules.batchnorm import _NormBase

PASSES = 500
"""At most so many forward passes settle running means: about ten steps of a slow average."""
LEFT = 0.01
"""Share of the first running means that may be left."""


def copied(module: nn.Module) -> nn.Module:
    """A copy that shares nothing with the module, ready for any optimizer."""
    copy = deepcopy(module)
    for part in copy.modules():
        if isinstance(part, nn.Embedding | nn.EmbeddingBag):
            part.sparse = False  # Adam takes no sparse gradients
    return copy


@contextmanager
def plainly(module: nn.Module) -> Iterator[None]:
    """Within it nothing is random, and normalisation goes by the batch at hand.

    So a network is asked whether it can learn, not whether it can under noise.
    """
    before = [(part, part.training) for part in module.modules()]
    dropped = [(part, part.dropout) for part in module.modules() if isinstance(part, nn.RNNBase)]
    module.eval()
    for part in module.modules():
        if isinstance(part, nn.RNNBase):
            part.dropout = 0.0
        if isinstance(part, nn.RNNBase | _NormBase):  # on a GPU RNNs learn in train mode only
            part.train()
    try:
        yield
    finally:
        for part, training in before:
            part.training = training
        for part, dropout in dropped:
            part.dropout = dropout


def normalisations(module: nn.Module) -> list[_NormBase]:
    """Parts that keep running means."""
    return [
        part
        for part in module.modules()
        if isinstance(part, _NormBase) and part.track_running_stats
    ]


def settling_passes(module: nn.Module) -> int:
    """Forward passes after which running means have forgotten what they began with."""
    kept = [1 - part.momentum for part in normalisations(module) if part.momentum]
    if not kept:
        return 50 if normalisations(module) else 0
    slowest = max(kept)
    needed = math.ceil(math.log(LEFT) / math.log(slowest)) if 0 < slowest < 1 else PASSES
    return min(PASSES, max(1, needed))


def device_of(module: nn.Module) -> torch.device:
    """Where the module's numbers are."""
    held = next(module.parameters(), next(module.buffers(), None))
    return torch.device("cpu") if held is None else held.device
