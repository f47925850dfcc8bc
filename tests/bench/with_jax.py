"""The same work in JAX: vmap over members, scan over steps, optax; compiled for each shape.

`pip install .[bench]` brings it; the harness itself never imports it.
"""

import time
from collections.abc import Callable
from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from tests.bench.cells import DROPOUT, RATE, Cell, digits

CHUNKS = (4, 8, 16, 32, 64)
"""Members at once that are tried; the fastest counts."""


def forward(parameters: Any, x: Any, key: Any, dropout: float) -> Any:
    """Outputs; without a key in eval mode."""
    for layer, (weights, shift) in enumerate(parameters):
        x = x @ weights + shift
        if layer < len(parameters) - 1:
            x = jax.nn.relu(x)
            if key is not None:
                key, drawn = jax.random.split(key)
                x = jnp.where(jax.random.bernoulli(drawn, 1 - dropout, x.shape), x, 0)
                x = x / (1 - dropout)
    return x


def loss_of(parameters: Any, x: Any, y: Any, key: Any, dropout: float) -> Any:
    """Mean cross-entropy."""
    outputs = forward(parameters, x, key, dropout)
    return optax.softmax_cross_entropy_with_integer_labels(outputs, y).mean()


def optimizer_of(cell: Cell) -> Any:
    """optax's optimizer of the cell."""
    return {"sgd": optax.sgd, "adam": optax.adam}[cell.optimizer](RATE)


def first_parameters(cell: Cell, key: Any) -> Any:
    """One member's weights and biases, as torch.nn.Linear draws them."""
    layers = []
    for inputs, units in zip(cell.sizes[:-1], cell.sizes[1:], strict=True):
        key, one, two = jax.random.split(key, 3)
        bound = inputs**-0.5
        weights = jax.random.uniform(one, (inputs, units), minval=-bound, maxval=bound)
        layers.append((weights, jax.random.uniform(two, (units,), minval=-bound, maxval=bound)))
    return layers


@cache
def _compiled(cell: Cell, chunk: int) -> tuple[Callable[[], None], float]:
    """A function that trains a chunk for one epoch, and the seconds its compilation took."""
    train, validation = digits().train, digits().validation
    x, y = jnp.asarray(train.x, jnp.float32), jnp.asarray(train.y)
    validation_x, validation_y = jnp.asarray(validation.x, jnp.float32), jnp.asarray(validation.y)
    optimizer, full = optimizer_of(cell), len(train) // cell.rows
    rest = len(train) - full * cell.rows

    def step(carry: Any, rows: Any) -> Any:
        parameters, state, key = carry
        key, drawn = jax.random.split(key)
        slopes = jax.grad(loss_of)(parameters, x[rows], y[rows], drawn, DROPOUT)
        moves, state = optimizer.update(slopes, state)
        return (optax.apply_updates(parameters, moves), state, key), None

    def measured(parameters: Any, x: Any, y: Any) -> Any:
        outputs = forward(parameters, x, None, 0.0)
        losses = optax.softmax_cross_entropy_with_integer_labels(outputs, y)
        return losses.mean(), (outputs.argmax(1) == y).mean()

    def epoch(parameters: Any, state: Any, key: Any) -> Any:
        key, drawn = jax.random.split(key)
        order = jax.random.permutation(drawn, len(train.x))
        whole = order[: full * cell.rows].reshape(full, cell.rows)
        carry, _ = jax.lax.scan(step, (parameters, state, key), whole)
        if rest:
            carry, _ = step(carry, order[full * cell.rows :])
        found = measured(carry[0], x, y), measured(carry[0], validation_x, validation_y)
        return carry, found

    keys = jax.random.split(jax.random.key(0), chunk)
    parameters = jax.vmap(lambda key: first_parameters(cell, key))(keys)
    held = (parameters, jax.vmap(optimizer.init)(parameters), keys)
    started = time.perf_counter()
    run = jax.jit(jax.vmap(epoch)).lower(*held).compile()
    seconds = time.perf_counter() - started
    box = [held]

    def one_epoch() -> None:
        box[0], found = run(*box[0])
        jax.tree.map(np.asarray, found)

    one_epoch()
    return one_epoch, seconds


@cache
def best_chunk(cell: Cell) -> tuple[int, float]:
    """The fastest number of members at once, and the seconds of its compilation."""
    timed: list[tuple[float, int, float]] = []
    for chunk in (c for c in CHUNKS if c <= max(4, cell.members)):
        run, seconds = _compiled(cell, chunk)
        started = time.perf_counter()
        run()
        timed.append(((time.perf_counter() - started) / chunk, chunk, seconds))
    _, chunk, seconds = min(timed)
    return chunk, seconds


def jax_epochs(cell: Cell, epochs: int) -> int:
    """Epochs of the fastest chunk, compiled before."""
    chunk, _ = best_chunk(cell)
    run, _ = _compiled(cell, chunk)
    for _ in range(epochs):
        run()
    return epochs * cell.steps * chunk
