"""Updates against torch.optim, and penalties against closed forms, in float64."""

import math

import pytest
import torch

from harness.study import settings_from
from harness.training.updates import Penalties, update_for, vector

RATES = (0.01, 0.003)


def torch_optimizer(kind, parameters, *, rate):
    match kind:
        case "sgd":
            return torch.optim.SGD(parameters, lr=rate)
        case "momentum":
            return torch.optim.SGD(parameters, lr=rate, momentum=0.8)
        case "nesterov":
            return torch.optim.SGD(parameters, lr=rate, momentum=0.8, nesterov=True)
        case "rmsprop":
            return torch.optim.RMSprop(parameters, lr=rate)
        case "adam":
            return torch.optim.Adam(parameters, lr=rate)
        case _:
            return torch.optim.AdamW(parameters, lr=rate, weight_decay=0.05)


def slope(weights, step):
    """A gradient that turns: of a bowl whose middle wanders."""
    return 2 * (weights - torch.sin(torch.tensor(step / 10.0)))


def wave(step):
    """A schedule that rises, falls and comes to 0."""
    return abs(math.sin(step / 9.0))


@pytest.mark.parametrize("scheduled", [False, True])
@pytest.mark.parametrize("kind", ["sgd", "momentum", "nesterov", "rmsprop", "adam", "adamw"])
def test_two_hundred_steps_equal_torch_optim(kind, scheduled):
    generator = torch.Generator().manual_seed(0)
    first = torch.randn(2, 4, 3, generator=generator, dtype=torch.float64)
    population = first.clone()
    rate = vector(RATES, like=population)
    momentum = vector((0.8, 0.8), like=population)
    update = update_for(kind, [population], rate=rate, momentum=momentum)
    knobs = {"optimizer": kind, **({"weight_decay": 0.05} if kind == "adamw" else {})}
    penalties = Penalties([settings_from(knobs)] * 2, rate)
    for step in range(200):
        gradient = slope(population, step)
        if scheduled:
            update.schedule(wave(step))
        penalties.shrink([population])
        update.step([gradient])
    for member, own_rate in enumerate(RATES):
        alone = first[member].clone().requires_grad_()
        optimizer = torch_optimizer(kind, [alone], rate=own_rate)
        factor = wave if scheduled else lambda step: 1.0
        rates = torch.optim.lr_scheduler.LambdaLR(optimizer, factor)
        for step in range(200):
            alone.grad = slope(alone.detach(), step)
            optimizer.step()
            rates.step()
        torch.testing.assert_close(population[member], alone.detach(), rtol=0, atol=1e-10)


def test_penalties_are_the_gradients_of_their_formulas():
    rate = vector((0.1, 0.1), like=torch.empty(0, dtype=torch.float64))
    members = [settings_from({"l1": 0.3, "l2": 0.02}), settings_from({"l2": 0.5})]
    weights = torch.tensor([[[1.5, -2.0]], [[-0.5, 3.0]]], dtype=torch.float64, requires_grad=True)
    penalty = 0.3 * weights[0].abs().sum() + 0.02 * weights[0].square().sum()
    (penalty + 0.5 * weights[1].square().sum()).backward()
    gradient = torch.zeros_like(weights)
    with torch.no_grad():
        Penalties(members, rate).add_slopes([weights.detach()], [gradient])
    torch.testing.assert_close(gradient, weights.grad)


def test_decay_alone_shrinks_geometrically():
    weights = torch.ones(1, 2, 2, dtype=torch.float64)
    rate = vector((0.1,), like=weights)
    penalties = Penalties([settings_from({"weight_decay": 0.5})], rate)
    for _ in range(10):
        penalties.shrink([weights])
    torch.testing.assert_close(weights, torch.full_like(weights, 0.95**10))
