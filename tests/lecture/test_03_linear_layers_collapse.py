"""Item 3: products of linear layers, against torch's own layers."""

import numpy as np
import pytest
import torch
from torch import nn

from harness.judge import Kind

pytestmark = pytest.mark.long

NAME = "03-linear-layers-collapse"
BENDS = {
    "linear": nn.Identity,
    "sigmoid": nn.Sigmoid,
    "tanh": nn.Tanh,
    "relu": nn.ReLU,
}


def runs(taught, name):
    return next(arm.runs for arm in taught(NAME).settings if arm.label == name)


def built(run):
    layers = []
    for weights, biases in run.trace.layers(-1):
        layer = nn.Linear(*weights.shape, dtype=torch.float64)
        layer.weight.data = torch.tensor(weights.T, dtype=torch.float64)
        layer.bias.data = torch.tensor(biases, dtype=torch.float64)
        layers += [layer, BENDS[run.trial.settings.activation]()]
    return nn.Sequential(*layers[:-1]), layers[:-1:2]


def straightness(network):
    """How far f(a + b) + f(0) lies from f(a) + f(b): 0 for one linear layer."""
    draw = torch.Generator().manual_seed(1)
    a, b = torch.randn(2, 500, 2, generator=draw, dtype=torch.float64)
    with torch.no_grad():
        bent = network(a + b) + network(0 * a) - network(a) - network(b)
        return float(bent.abs().max() / network(a).abs().max())


@pytest.mark.parametrize("name", ["one_linear", "three_linear", "ten_linear"])
def test_linear_layers_are_their_product(taught, name):
    for run in runs(taught, name):
        network, layers = built(run)
        assert straightness(network) < 1e-12
        whole = torch.linalg.multi_dot([one.weight for one in layers[::-1]]) if len(
            layers) > 1 else layers[0].weight  # fmt: skip
        x = torch.eye(2, dtype=torch.float64)
        with torch.no_grad():
            assert torch.allclose(network(x) - network(0 * x), x @ whole.T, atol=1e-12)


@pytest.mark.parametrize("name", ["three_sigmoid", "three_tanh", "three_relu"])
def test_layers_with_a_bend_are_no_product(taught, name):
    assert all(straightness(built(run)[0]) > 0.1 for run in runs(taught, name))


def test_only_networks_with_a_bend_part_the_rings(taught):
    for arm in taught(NAME).settings:
        scores = np.array([run.curves.validation_score[-1] for run in arm.runs])
        if arm.label.endswith("linear"):
            assert arm.kind is Kind.CONSTANT
            assert scores.max() < 0.7
        else:
            assert scores.min() > 0.95


def test_every_claim_is_confirmed(outcomes):
    assert set(outcomes(NAME).values()) == {"confirmed"}
    assert len(outcomes(NAME)) == 7
