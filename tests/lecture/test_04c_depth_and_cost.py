"""Item 4: learning speed by depth and activation."""

import numpy as np
import pytest

from harness.judge import Kind

pytestmark = pytest.mark.long

NAME = "04c-depth-and-cost"
COST = "A step with ReLU is cheaper than one with "


def grid(taught):
    return {
        (one.trial.settings.activation, one.trial.settings.layers): one
        for one in taught(NAME).settings
    }


def test_sigmoids_learn_nothing_from_three_layers_on(taught):
    kinds = {depth: one.kind for (name, depth), one in grid(taught).items() if name == "sigmoid"}
    assert {depth for depth, kind in kinds.items() if kind is Kind.CONSTANT} == {3, 4, 6, 8}


@pytest.mark.parametrize("name", ["tanh", "relu"])
def test_tanh_and_relu_learn_at_every_depth(taught, name):
    for (activation, _), one in grid(taught).items():
        if activation == name:
            assert np.mean([run.curves.train_loss[-1] for run in one.runs]) < 1.0


def test_the_claims_of_learning_come_out_as_measured(outcomes):
    found = outcomes(NAME)
    assert found.pop("ReLU learns faster than tanh") == "contradicted"
    costs = [found.pop(COST + other) for other in ("sigmoid", "tanh")]
    assert set(found.values()) == {"confirmed"}
    assert len(found) == 3
    # What a step costs depends on the machine: only that it was measured is held here.
    assert len(costs) == 2


def test_every_step_took_time(taught):
    assert all(run.seconds > 0 for run in taught(NAME).runs)
