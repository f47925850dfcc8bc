"""Steps of many examples, which go through the network in pieces."""

import numpy as np
import pytest
import torch

from harness.networks import mlp_population
from harness.study import settings_from
from harness.training import fit
from harness.training.chunks import PIECE, rows_at_once
from tests.training.conftest import make_dataset, make_study, members_of, only_chunk
from tests.training.test_company import assert_same_in_company
from tests.training.test_population import plain_loop

KNOBS = {"units": 17, "layers": 2, "batch": "full", "epochs": 3, "learning_rate": 0.05}


@pytest.mark.parametrize("batch", ["full", 200])
def test_a_large_batch_is_one_step_of_a_plain_loop(batch):
    dataset, study = make_dataset(train=333), make_study()
    size = 333 if batch == "full" else batch
    more = {"optimizer": "nesterov", "activation": "tanh", "l2": 1e-3}
    knobs = {**KNOBS, **more, "batch": batch}
    population = fit(
        only_chunk(members_of(knobs, seeds=(4, 5)), dataset, study),
        dataset,
        study,
        dtype=torch.float64,
    )
    assert population.chunk.rows == PIECE < size
    for number, seed in enumerate((4, 5)):
        plain = settings_from({**knobs, "batch": size})
        network, _ = plain_loop(plain, dataset, seed=seed, epochs=3)
        linears = [module for module in network if isinstance(module, torch.nn.Linear)]
        for (weights, shift), linear in zip(population.parameters_of(number), linears, strict=True):
            np.testing.assert_allclose(weights, linear.weight.detach().T, rtol=0, atol=1e-10)
            np.testing.assert_allclose(shift, linear.bias.detach(), rtol=0, atol=1e-10)


@pytest.mark.parametrize("more", [{}, {"dropout": 0.3}, {"input_noise": 0.5, "optimizer": "adam"}])
def test_a_large_batch_is_the_same_alone_and_in_company(more):
    assert_same_in_company({**KNOBS, **more}, dataset=make_dataset(train=301))


def test_pieces_drop_the_units_that_the_whole_batch_drops():
    members = [(settings_from({"units": (10, 20), "dropout": rate}), 3) for rate in (0.2, 0.6)]
    network = mlp_population(
        members, features=7, outputs=3, pad_output=16, study_seed=0, dtype=torch.float64
    )
    rng = np.random.default_rng(0)
    x = network.prepared(torch.from_numpy(rng.normal(size=(50, 7)))).expand(2, -1, -1)
    bytes_drawn = rng.integers(0, 256, size=(2, network.random_bytes(50)), dtype=np.uint8)
    random = torch.from_numpy(bytes_drawn)
    whole = network.learn(x, random)
    slope = torch.zeros_like(whole.outputs)
    slope[..., :3] = torch.from_numpy(rng.normal(size=(2, 50, 3)))
    expected = network.backward(whole, slope)
    summed = [torch.zeros_like(gradient) for gradient in expected]
    for piece in (slice(0, 20), slice(20, 40), slice(40, 50)):
        made = network.learn(x[:, piece], network.random_piece(random, piece))
        assert torch.allclose(made.outputs, whole.outputs[:, piece], atol=1e-12)
        for total, more in zip(summed, network.backward(made, slope[:, piece]), strict=True):
            total += more
    for total, gradient in zip(summed, expected, strict=True):
        assert torch.allclose(total, gradient, atol=1e-12)
        assert float(gradient.abs().max()) > 0


@pytest.mark.parametrize(
    "knobs",
    [{"batch_norm": True}, {"label_smoothing": 0.1}, {"class_weights": "balanced"}, {"batch": 100}],
)
def test_what_needs_the_whole_batch_sees_it(knobs):
    settings = settings_from({**KNOBS, **knobs})
    batch = 100 if "batch" in knobs else 500
    assert rows_at_once(settings, batch) == batch
