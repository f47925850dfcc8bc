"""Losses and gradients against torch.nn.functional, and constants against closed forms."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.nn import functional

from harness.training.losses import constant_loss, loss_function
from tests.training.conftest import make_dataset

ORACLES = {
    "categorical_crossentropy": lambda z, y: functional.cross_entropy(z, y),
    "binary_crossentropy": lambda z, y: functional.binary_cross_entropy_with_logits(
        z[:, 0], y.double()
    ),
    "mse": lambda z, y: functional.mse_loss(z, y),
    "mae": lambda z, y: functional.l1_loss(z, y),
    "huber": lambda z, y: functional.huber_loss(z, y),
    "output": lambda z, y: z[:, 0].mean(),
}
CASES = [
    ("categorical_crossentropy", 4),
    ("binary_crossentropy", 2),
    ("mse", 0),
    ("mae", 0),
    ("huber", 0),
    ("output", 0),
]


def drawn(name, classes, batch=6, outputs=2):
    rng = np.random.default_rng(0)
    dataset = make_dataset(classes=classes, outputs=outputs)
    loss = loss_function(dataset, name)
    made = torch.zeros(1, batch, 32, dtype=torch.float64)
    made[..., : loss.outputs] = torch.from_numpy(3 * rng.normal(size=(1, batch, loss.outputs)))
    targets = torch.from_numpy(
        rng.integers(0, classes, (1, batch)) if classes else rng.normal(size=(1, batch, outputs))
    )
    return loss, made, targets


@pytest.mark.parametrize(("name", "classes"), CASES)
def test_losses_and_gradients_are_those_of_torch(name, classes):
    loss, made, targets = drawn(name, classes)
    alone = made[0, :, : loss.outputs].clone().requires_grad_()
    wanted = ORACLES[name](alone, targets[0])
    wanted.backward()
    assert loss.per_example(made, targets).mean().item() == pytest.approx(wanted.item(), abs=1e-12)
    gradient = loss.gradient(made, targets)
    assert gradient.shape == made.shape
    torch.testing.assert_close(gradient[0, :, : loss.outputs], alone.grad, rtol=0, atol=1e-12)
    assert gradient[..., loss.outputs :].abs().sum() == 0


def test_squared_error_takes_classes_as_one_hot_targets():
    loss, made, targets = drawn("mse", 3)
    wanted = functional.mse_loss(made[0, :, :3], functional.one_hot(targets[0], 3).double())
    assert loss.per_example(made, targets).mean().item() == pytest.approx(wanted.item())


def test_the_constant_of_balanced_classes_costs_the_log_of_their_number():
    dataset = make_dataset(classes=3, train=75, validation=30)
    assert constant_loss(dataset, "categorical_crossentropy") == pytest.approx(np.log(3))


@pytest.mark.parametrize("name", ["mse", "mae", "huber"])
def test_no_other_constant_is_better_on_the_training_part(name):
    dataset = make_dataset(classes=0, train=75, validation=75)
    y = dataset.train.y.astype(np.float64)
    same = type(dataset)(**{**vars(dataset), "validation": dataset.train})
    best = constant_loss(same, name)
    losses = {
        "mse": lambda c: np.mean((y - c) ** 2),
        "mae": lambda c: np.mean(np.abs(y - c)),
        "huber": lambda c: functional.huber_loss(
            torch.full_like(torch.from_numpy(y), c), torch.from_numpy(y)
        ).item(),
    }
    assert all(best <= losses[name](c) + 1e-9 for c in np.linspace(-3, 3, 301))


def test_without_validation_part_the_constant_is_unknown():
    assert np.isnan(constant_loss(make_dataset(validation=0), "categorical_crossentropy"))


def test_a_class_that_training_never_saw_leaves_the_constants_loss_finite():
    dataset = make_dataset(classes=3)
    train = replace(dataset.train, y=np.zeros(len(dataset.train), dtype=np.int64))
    validation = replace(dataset.validation, y=np.full(len(dataset.validation), 2))
    found = constant_loss(
        replace(dataset, train=train, validation=validation), "categorical_crossentropy"
    )
    assert found == pytest.approx(-np.log(0.5 / (len(train) + 1.5)))
