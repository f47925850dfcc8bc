"""Item 10: steps of few examples against the slope of all, by autograd."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional

import harness
from harness import runs_of, setting_of

NAME = "10b-noise-of-steps"
STUDY = Path(__file__).parents[2] / "studies" / "lecture" / f"{NAME}.toml"
pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def train():
    return harness.prepare(str(STUDY)).dataset.train


def slope_by_autograd(run, moment, train):
    layers = [[torch.tensor(part, dtype=torch.float64).requires_grad_() for part in pair]
              for pair in run.trace.layers(moment)]  # fmt: skip
    (w1, b1), (w2, b2) = layers
    x = torch.from_numpy(train.x).double()
    out = torch.tanh(x @ w1 + b1) @ w2 + b2
    functional.cross_entropy(out, torch.from_numpy(train.y).long()).backward()
    return torch.cat([part.grad.ravel() for pair in layers for part in pair]).numpy()


def step_of(run, moment):
    before, after = run.trace.values[moment : moment + 2].astype(float)
    return (before - after) / 0.1


@pytest.mark.parametrize("moment", [0, 1, 200])
def test_a_batch_step_is_the_exact_slope_of_all_examples(taught, train, moment):
    run = runs_of(setting_of(taught(NAME), "all"))[0]
    assert np.allclose(step_of(run, moment), slope_by_autograd(run, moment, train), atol=1e-5)


def test_a_stochastic_step_is_further_from_it_than_it_is_long(taught, train):
    runs = runs_of(setting_of(taught(NAME), "one"))
    away = [np.linalg.norm(step_of(run, 0) - slope_by_autograd(run, 0, train)) for run in runs]
    assert min(away) > np.linalg.norm(slope_by_autograd(runs[0], 0, train))


def test_all_sizes_took_equal_steps(taught):
    for arm in taught(NAME).settings:
        assert [len(run.trace.steps) for run in runs_of(arm)] == [257] * 6


def test_outcomes(outcomes):
    found = outcomes(NAME)
    assert [says for says, one in found.items() if one == "contradicted"] == [
        "Batch: its gradient is only approximate",
        "Batch: the whole data must be in memory",
    ]
    assert list(found.values()).count("confirmed") == 7
