"""Item 4: gradients of every layer, from the first step, against autograd."""

import numpy as np
import pytest
import torch

import harness
from tests.lecture.conftest import LECTURE

NAME = "04b-vanishing-gradients"
TORCH = {"sigmoid": torch.sigmoid, "tanh": torch.tanh, "relu": torch.relu, "linear": lambda z: z}


def runs(taught, name):
    return next(arm.runs for arm in taught(NAME).settings if arm.label == name)


@pytest.mark.parametrize("name", ["sigmoid", "tanh", "relu", "relu_he", "linear"])
def test_the_first_step_is_the_rate_times_the_gradient(taught, name):
    train = harness.prepare(str(LECTURE / f"{NAME}.toml")).dataset.train
    x, y = torch.tensor(train.x, dtype=torch.float64), torch.tensor(train.y)
    run = runs(taught, name)[0]
    layers = [[torch.tensor(part, dtype=torch.float64, requires_grad=True) for part in pair]
              for pair in run.trace.layers(0)]  # fmt: skip
    made = x
    for weights, biases in layers[:-1]:
        made = TORCH[run.trial.settings.activation](made @ weights + biases)
    outputs = made @ layers[-1][0] + layers[-1][1]
    torch.nn.functional.cross_entropy(outputs, y).backward()
    for (old, _), (new, _), (weights, _) in zip(
        run.trace.layers(0), run.trace.layers(1), layers, strict=True
    ):
        step = (old.astype(float) - new) / run.trial.settings.learning_rate
        slope = weights.grad.numpy()
        # float32 keeps a weight of 0.3 to 3e-8 only, and some slopes are as small.
        assert np.abs(step - slope).max() < 0.01 * np.sqrt(np.mean(np.square(slope)))


def test_a_sigmoid_divides_the_gradient_by_four_or_more_in_every_layer(taught):
    for run in runs(taught, "sigmoid"):
        pairs = zip(run.trace.layers(0), run.trace.layers(1), strict=True)
        sizes = [
            np.sqrt(np.mean(np.square(new.astype(float) - old))) for (old, _), (new, _) in pairs
        ]
        assert sizes[-1] / sizes[0] > 4 ** (len(sizes) - 1) / 2


def test_through_thresholds_nothing_comes_back(taught):
    for run in runs(taught, "threshold"):
        pairs = list(zip(run.trace.layers(0), run.trace.layers(1), strict=True))
        assert all(np.array_equal(old, new) for (old, _), (new, _) in pairs[:-1])


def test_linear_layers_pass_the_error_back_and_the_rest_is_as_said(outcomes):
    found = outcomes(NAME)
    activation = "It is the activation that makes back-propagation possible"
    assert found.pop(activation) == "contradicted"
    assert set(found.values()) == {"confirmed"}
    assert len(found) == 6
