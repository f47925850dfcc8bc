"""The digits study's training in JAX: one compiled epoch for each width and optimizer.

    python -m tests.bench.jax_search '{"tables": [{"units": 16, ...}], "seeds": 5, "epochs": 60}'

Only the training: nothing is proposed, stored, judged or reported. A setting's seeds train side
by side (`vmap`), an epoch's steps in `lax.scan`; rate and dropout are arguments, so that settings
of one shape share what was compiled.
"""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from tests.bench.cells import Cell, digits
from tests.bench.with_jax import first_parameters, forward, loss_of


@cache
def _compiled(optimizer_name: str, batch: int) -> tuple[Any, Callable[..., Any]]:
    """The optimizer, and one epoch of any number of members of any one width."""
    train, validation = digits().train, digits().validation
    x, y = jnp.asarray(train.x, jnp.float32), jnp.asarray(train.y)
    validation_x, validation_y = jnp.asarray(validation.x, jnp.float32), jnp.asarray(validation.y)
    whole = len(train) // batch
    optimizer = {"sgd": optax.identity, "adam": optax.scale_by_adam}[optimizer_name]()

    def measured(parameters: Any, x: Any, y: Any) -> Any:
        outputs = forward(parameters, x, None, 0.0)
        losses = optax.softmax_cross_entropy_with_integer_labels(outputs, y)
        return losses.mean(), (outputs.argmax(1) == y).mean()

    def epoch(parameters: Any, state: Any, key: Any, rate: Any, dropout: Any) -> Any:
        def step(carry: Any, rows: Any) -> Any:
            parameters, state, key = carry
            key, drawn = jax.random.split(key)
            slopes = jax.grad(loss_of)(parameters, x[rows], y[rows], drawn, dropout)
            moves, state = optimizer.update(slopes, state)
            moves = jax.tree.map(lambda move: -rate * move, moves)
            return (optax.apply_updates(parameters, moves), state, key), None

        key, drawn = jax.random.split(key)
        order = jax.random.permutation(drawn, len(train.x))
        rows = order[: whole * batch].reshape(whole, batch)
        carry, _ = jax.lax.scan(step, (parameters, state, key), rows)
        if len(train) % batch:
            carry, _ = step(carry, order[whole * batch :])
        found = measured(carry[0], x, y), measured(carry[0], validation_x, validation_y)
        return carry, found

    return optimizer, jax.jit(jax.vmap(epoch, in_axes=(0, 0, 0, None, None)))


def train(table: Mapping[str, Any], *, seeds: int, epochs: int, number: int) -> list[Any]:
    """Curves of one setting: an epoch's losses and accuracies of every seed, as NumPy arrays."""
    cell = Cell(units=table["units"], members=seeds, optimizer=table["optimizer"])
    key = jax.random.split(jax.random.key(number), seeds)
    parameters = jax.vmap(lambda key: first_parameters(cell, key))(key)
    optimizer, run = _compiled(cell.optimizer, cell.rows)
    state, curves = jax.vmap(optimizer.init)(parameters), []
    for _ in range(epochs):
        carry, found = run(parameters, state, key, table["learning_rate"], table["dropout"])
        parameters, state, key = carry
        curves.append(found)
    return jax.tree.map(np.asarray, curves)


def main(tables: Sequence[Mapping[str, Any]], *, seeds: int, epochs: int) -> None:
    """Train every setting."""
    for number, table in enumerate(tables):
        train(table, seeds=seeds, epochs=epochs, number=number)


if __name__ == "__main__":
    main(**json.loads(sys.argv[1]))
