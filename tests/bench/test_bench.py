"""The bench itself: everybody does the same work, and what is kept has the promised figures."""

import json
import math

import numpy as np
import pytest
import torch
from torch.nn import functional

from harness.networks import PopulationMLP
from harness.training.losses import CategoricalCrossentropy
from tests.bench.cells import ASKED, BATCHES, MEMBERS, OPTIMIZERS, UNITS, Cell, digits, grid
from tests.bench.engine import _line, _row, ours_epochs, ratio
from tests.bench.plot import draw
from tests.bench.rivals import lightning_epochs, loop_epochs, network, vmap_epochs, vmap_loss

TINY = Cell(units=16, members=2)


def test_everybody_counts_its_member_steps():
    steps = -(-len(digits().train) // 32)
    assert ours_epochs(TINY, 1) == vmap_epochs(TINY, 1) == 2 * steps
    assert loop_epochs(TINY, 2) == lightning_epochs(TINY, 2) == 2 * steps


def test_a_step_of_the_rivals_network_is_ours():
    model = network(TINY, dropout=0.0).double()
    linears = [layer for layer in model if isinstance(layer, torch.nn.Linear)]
    layers = [(w.weight.detach().numpy().T, w.bias.detach().numpy()) for w in linears]
    ours = PopulationMLP([layers], activation="relu", dtype=torch.float64)
    x, y = torch.from_numpy(digits().train.x[:32]).double(), torch.from_numpy(digits().train.y[:32])
    made = ours.learn(ours.prepared(x)[None])
    flat = ours.backward(made, CategoricalCrossentropy(10).gradient(made.outputs, y[None]))
    functional.cross_entropy(model(x), y).backward()
    for gradient, linear in zip(flat, linears, strict=False):
        units, inputs = linear.weight.shape
        torch.testing.assert_close(gradient[0, :inputs, :units].T, linear.weight.grad)


def test_operations_of_a_step_are_those_of_its_products():
    cell = Cell(units=64, members=1, batch=0)
    weights = 64 * 64 + 64 * 64 + 64 * 10
    train, validation = len(digits().train), len(digits().validation)
    training = (2 * weights + 2 * weights + 2 * (64 * 64 + 64 * 10)) * train
    assert cell.operations == training + 2 * weights * (train + validation)


def test_vmap_takes_the_same_step():
    torch.manual_seed(0)
    model = network(TINY, dropout=0.0)
    held = {name: p.detach()[None].clone() for name, p in model.named_parameters()}
    x, y = torch.from_numpy(digits().train.x[:32]), torch.from_numpy(digits().train.y[:32])
    slopes = torch.vmap(torch.func.grad(vmap_loss(model)))(held, x[None], y[None])
    functional.cross_entropy(model(x), y).backward()
    for name, parameter in model.named_parameters():
        torch.testing.assert_close(slopes[name][0], parameter.grad, rtol=1e-4, atol=1e-6)


def test_jax_takes_the_same_step():
    """Where JAX is installed (`pip install .[bench]`)."""
    jax = pytest.importorskip("jax")
    pytest.importorskip("optax")
    from tests.bench.with_jax import loss_of

    torch.manual_seed(0)
    model = network(TINY, dropout=0.0)
    linears = [layer for layer in model if isinstance(layer, torch.nn.Linear)]
    held = [(w.weight.detach().numpy().T, w.bias.detach().numpy()) for w in linears]
    x, y = digits().train.x[:32], digits().train.y[:32]
    found = jax.grad(loss_of)(held, x, y, None, 0.0)
    functional.cross_entropy(model(torch.from_numpy(x)), torch.from_numpy(y)).backward()
    for (of_weights, of_biases), linear in zip(found, linears, strict=True):
        np.testing.assert_allclose(of_weights, linear.weight.grad.T, rtol=1e-4, atol=1e-6)
        np.testing.assert_allclose(of_biases, linear.bias.grad, rtol=1e-4, atol=1e-6)


def test_ratios_are_paired_by_turn():
    assert ratio([2.0, 9.0, 4.0], [1.0, 3.0, 1.0]) == (2.0, 3.0, 4.0)


def test_the_grid_has_every_work_and_what_was_asked():
    cells = [cell for together in grid() for cell in together]
    assert len(cells) == len(set(cells))
    assert {*ASKED} <= {*cells}
    sizes = [len(each) for each in (UNITS, MEMBERS, BATCHES, OPTIMIZERS)]
    assert len(cells) == math.prod(sizes) + 1
    assert all(len({cell.work for cell in together}) == 1 for together in grid())


def test_a_row_says_who_takes_how_many_times_as_long():
    timed = {"harness": [1.0, 2.0, 4.0], "JAX": [3.0, 2.0, 4.0]}
    row = _row(Cell(units=16, members=256), timed, peak=100.0)
    assert row["ratios"]["JAX"] == (1.0, 1.0, 3.0)
    assert _line(Cell(units=16, members=256), row).endswith(
        "JAX 1.00 times (1.00 to 3.00, asked 1)"
    )


def test_the_picture_is_drawn(tmp_path):
    timed = {"harness": [1.0, 2.0], "JAX": [3.0, 2.0]}
    rows = [_row(Cell(units=16, members=members), timed, peak=100.0) for members in (1, 8)]
    draw(json.loads(json.dumps({"cells": rows})), tmp_path / "bench.png")
    assert (tmp_path / "bench.png").read_bytes()[1:4] == b"PNG"
