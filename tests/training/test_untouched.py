"""What measuring must leave as it was."""

import random
from collections import deque

import numpy as np
import pytest
import torch
import torchmetrics
from torch import nn

from harness.training.verdicts.untouched import ENTRIES, Draws, untouched


class Meter:
    def __init__(self):
        self.total = 0.0
        self.rows = [{"n": 1}]


class Holding(nn.Module):
    """A module with everything that a step may change."""

    def __init__(self):
        super().__init__()
        self.norm = nn.BatchNorm1d(2)
        self.metric = torchmetrics.MeanMetric()
        self.meter = Meter()
        self.outputs = []
        self.waiting = deque([1, 2], maxlen=2)
        self.names = {"one"}
        self.total = torch.zeros(3)
        self.generator = np.random.default_rng(1)
        self.draw = lambda: self.generator.random()


def state(module):
    """All of it, as plain values."""
    return (
        module.training,
        module.norm.training,
        module.norm.running_mean.tolist(),
        int(module.norm.num_batches_tracked),
        module.metric.update_count,
        float(module.metric.mean_value),
        module.meter.total,
        [dict(row) for row in module.meter.rows],
        list(module.outputs),
        list(module.waiting),
        set(module.names),
        module.total.tolist(),
        module.generator.bit_generator.state,
        sorted(vars(module)),
    )


def test_a_module_is_as_it_was_whatever_was_done_to_it():
    module = Holding()
    module.metric(torch.tensor([2.0]))
    kept = module.total, module.outputs
    before = state(module)
    with untouched(module):
        module.norm(torch.randn(5, 2))
        module.eval()
        module.metric(torch.tensor([7.0]))
        module.meter.total += 1
        module.meter.rows[0]["n"] = 9
        module.meter.rows.append({})
        module.outputs.append(1)
        module.waiting.append(3)
        module.names.clear()
        module.total += 1
        module.fresh = 1
        module.draw()
        assert state(module) != before
    assert state(module) == before
    assert module.total is kept[0]
    assert module.outputs is kept[1]


def test_what_raises_is_put_back_too():
    held = [1]
    with pytest.raises(ZeroDivisionError), untouched(held):
        held.append(1 / 0 if held.append(2) is None else 0)
    assert held == [1]


def test_a_rebound_tensor_and_an_inference_tensor_are_put_back():
    module = nn.Module()
    module.rebound = torch.ones(2)
    with torch.inference_mode():
        module.inferred = torch.ones(2)
    with untouched(module):
        module.rebound = module.rebound + 1
        with torch.inference_mode():
            module.inferred += 1
    assert module.rebound.tolist() == [1, 1]
    assert module.inferred.tolist() == [1, 1]


def test_generators_in_closures_and_methods_are_found():
    generator, python = torch.Generator().manual_seed(1), random.Random(1)
    meter = Meter()
    meter.generator = generator

    def collate(batch):
        return python.random(), batch

    before = generator.get_state(), python.getstate()
    with untouched(collate, meter.__init__):
        collate([])
        torch.rand(3, generator=generator)
    assert torch.equal(generator.get_state(), before[0])
    assert python.getstate() == before[1]


def test_loops_and_long_lists_do_no_harm():
    loop = []
    loop.append(loop)
    long = [[0] for _ in range(ENTRIES + 1)]
    chain = []
    for _ in range(2000):
        chain = [chain]
    with untouched(loop, long, chain):
        loop.append(1)
        long.pop()
    assert len(loop) == 1
    assert len(long) == ENTRIES + 1


def test_every_measurement_draws_the_same_and_takes_nothing():
    def draw():
        return float(torch.rand(1)), float(np.random.random()), random.random()

    draws = Draws()
    seen = []
    for _ in range(2):
        with draws.repeated():
            seen.append(draw())
        draw()
    assert seen[0] == seen[1]
    before = torch.get_rng_state(), np.random.get_state()[1].tolist(), random.getstate()
    with draws.repeated():
        draw()
    after = torch.get_rng_state(), np.random.get_state()[1].tolist(), random.getstate()
    assert torch.equal(before[0], after[0])
    assert before[1:] == after[1:]
