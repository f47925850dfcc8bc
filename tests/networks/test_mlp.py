"""The fused MLP against torch.nn, layer by layer, and autograd."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from harness.networks import PopulationMLP, first_weights, padded
from harness.study import settings_from
from harness.study.knobs import ACTIVATIONS

MODULES = {
    "relu": nn.ReLU,
    "leaky_relu": nn.LeakyReLU,
    "elu": nn.ELU,
    "silu": nn.SiLU,
    "gelu": nn.GELU,
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
    "softplus": nn.Softplus,
    "linear": nn.Identity,
}


def weights_of(widths, *, features=5, outputs=3, seeds=(0, 1), activation="relu"):
    knobs = {"units": tuple(widths)} if widths else {"layers": 0}
    own = settings_from({**knobs, "activation": activation})
    sizes = (features, *widths, outputs)
    return [first_weights(own, sizes, study_seed=0, run_seed=seed) for seed in seeds]


def alone_in_torch(member, activation, x, *, bias=True):
    """The same network of torch's own layers, with its output and its parameters."""
    layers: list[nn.Module] = []
    for weights, shift in member:
        linear = nn.Linear(*weights.shape, bias=bias, dtype=torch.float64)
        linear.weight.data = torch.from_numpy(weights.T.copy())
        if bias:
            linear.bias.data = torch.from_numpy(shift.copy())
        layers += [linear, MODULES[activation]()]
    network = nn.Sequential(*layers[:-1])
    return network(x), network


def split(population, gradients):
    """Gradients of weights and of biases."""
    count = len(population.weights)
    return gradients[:count], gradients[count:]


@settings(max_examples=40, deadline=None)
@given(
    widths=st.lists(st.integers(1, 40), max_size=4),
    activation=st.sampled_from(sorted(MODULES)),
    bias=st.booleans(),
    batch=st.integers(1, 9),
)
def test_outputs_and_gradients_are_those_of_torch_layers(widths, activation, bias, batch):
    members = weights_of(widths)
    population = PopulationMLP(members, activation=activation, bias=bias, dtype=torch.float64)
    x = torch.from_numpy(np.random.default_rng(batch).normal(size=(batch, 5)))
    direction = torch.from_numpy(np.random.default_rng(1).normal(size=(batch, 3)))
    made = population.learn(population.prepared(x).expand(2, -1, -1))
    gradient = torch.zeros_like(made.outputs)
    gradient[:, :, :3] = direction
    of_weights, of_biases = split(population, population.backward(made, gradient))
    for number, member in enumerate(members):
        wanted, network = alone_in_torch(member, activation, x, bias=bias)
        (wanted * direction).sum().backward()
        torch.testing.assert_close(made.outputs[number, :, :3], wanted, rtol=1e-10, atol=1e-10)
        linears = [layer for layer in network if isinstance(layer, nn.Linear)]
        for layer, linear in enumerate(linears):
            units, inputs = linear.weight.shape
            got = of_weights[layer][number, :inputs, :units]
            torch.testing.assert_close(got, linear.weight.grad.T, rtol=1e-10, atol=1e-10)
            if bias:
                got = of_biases[layer][number, 0, :units]
                torch.testing.assert_close(got, linear.bias.grad, rtol=1e-10, atol=1e-10)
    assert bias or of_biases == []


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_padding_stays_zero_in_gradients(activation):
    members = weights_of([10, 17], activation=activation)
    population = PopulationMLP(members, activation=activation, dtype=torch.float64)
    x = torch.from_numpy(np.random.default_rng(0).normal(size=(4, 5)))
    made = population.learn(population.prepared(x).expand(2, -1, -1))
    gradient = torch.zeros_like(made.outputs)
    gradient[:, :, :3] = 1
    of_weights, of_biases = split(population, population.backward(made, gradient))
    sizes = [5, 10, 17, 3]
    for layer, (weight, shift) in enumerate(zip(of_weights, of_biases, strict=True)):
        real = weight[:, : sizes[layer], : sizes[layer + 1]]
        assert weight.count_nonzero() == real.count_nonzero()
        assert shift.count_nonzero() == shift[..., : sizes[layer + 1]].count_nonzero()


def test_a_threshold_unit_passes_no_gradient():
    population = PopulationMLP(
        weights_of([8], activation="threshold"), activation="threshold", dtype=torch.float64
    )
    x = torch.from_numpy(np.random.default_rng(0).normal(size=(4, 5)))
    made = population.learn(population.prepared(x).expand(2, -1, -1))
    assert set(made.kept.activations[0].unique().tolist()) <= {0.0, 1.0}
    of_weights, _ = split(population, population.backward(made, torch.ones_like(made.outputs)))
    assert of_weights[0].abs().sum() == 0
    assert of_weights[1].abs().sum() > 0


def test_widths_pad_to_what_a_vector_loop_takes():
    assert [padded(n, exact=True) for n in (1, 16, 17)] == [16, 16, 32]
    assert [padded(n, exact=False) for n in (1, 16, 33)] == [32, 32, 64]


def test_a_layer_keeps_its_weights_when_another_grows():
    small, large = weights_of([4, 6], seeds=(3,))[0], weights_of([4, 60], seeds=(3,))[0]
    np.testing.assert_array_equal(small[0][0], large[0][0])


@pytest.mark.parametrize(
    ("name", "deviation"),
    [
        ("glorot_uniform", (2 / 400) ** 0.5),
        ("glorot_normal", (2 / 400) ** 0.5),
        ("he_uniform", (2 / 300) ** 0.5),
        ("he_normal", (2 / 300) ** 0.5),
        ("lecun_normal", (1 / 300) ** 0.5),
        ("orthogonal", (1 / 300) ** 0.5),
        ("default", (1 / 900) ** 0.5),
    ],
)
def test_first_weights_have_the_deviation_their_rule_names(name, deviation):
    own = settings_from({"layers": 0, "initialization": name})
    ((weights, _),) = first_weights(own, (300, 100), study_seed=0, run_seed=0)
    assert weights.mean() == pytest.approx(0, abs=4 * deviation / 30000**0.5)
    assert weights.std() == pytest.approx(deviation, rel=0.02)


def orthogonal(shape, *, seed):
    own = settings_from({"layers": 0, "initialization": "orthogonal"})
    ((weights, shift),) = first_weights(own, shape, study_seed=0, run_seed=seed)
    assert not shift.any()
    return weights


@given(inputs=st.integers(1, 40), units=st.integers(1, 40))
def test_orthogonal_weights_keep_lengths_on_their_smaller_side(inputs, units):
    weights = orthogonal((inputs, units), seed=0)
    assert weights.shape == (inputs, units)
    small = weights.T @ weights if units <= inputs else weights @ weights.T
    np.testing.assert_allclose(small, np.eye(min(inputs, units)), atol=1e-12)


def test_orthogonal_weights_prefer_no_direction():
    drawn = np.stack([orthogonal((3, 3), seed=seed) for seed in range(900)])
    np.testing.assert_allclose(drawn.mean(0), 0, atol=4 * (1 / 3 / 900) ** 0.5)
    assert np.mean(np.linalg.det(drawn) > 0) == pytest.approx(0.5, abs=0.07)
