"""Item 2: the forward pass of a small network, against torch."""

import pytest
import torch
from torch import nn

NAME = "02-forward-pass"


def network(run, moment):
    layers = []
    for weights, biases in run.trace.layers(moment):
        layer = nn.Linear(*weights.shape)
        layer.weight.data, layer.bias.data = torch.tensor(weights.T), torch.tensor(biases)
        layers += [layer, nn.ReLU()]
    return nn.Sequential(*layers[:-1])


@pytest.mark.parametrize("moment", [0, 1])
def test_the_loss_is_that_of_torchs_layers(taught, moment):
    (run,) = taught(NAME).runs
    out = network(run, moment)(torch.tensor([[1.0, 2.0]]))
    assert run.curves.train_loss[moment] == pytest.approx((out.item() - 1) ** 2, rel=1e-5)


def test_the_table_holds_every_layers_outputs(taught):
    (run,) = taught(NAME).runs
    table = next(p for p in taught(NAME).showing.parts if p.title.startswith("The whole network"))
    shown = [[float(cell) for cell in row[-1].split(",")] for row in table.rows]
    made = torch.tensor([[1.0, 2.0]])
    layers = network(run, 0)
    expected = [made]
    for at in range(0, len(layers), 2):
        made = layers[at : at + 2](made)
        expected.append(made)
    assert len(shown) == len(expected) == 4
    for row, out in zip(shown, expected, strict=True):
        assert row == pytest.approx(out[0].tolist(), rel=1e-4)


def test_worked_by_hand(taught):
    table = next(p for p in taught(NAME).showing.parts if p.title.startswith("The whole network"))
    assert [row[-1] for row in table.rows] == ["1, 2", "1, 0.5, 0", "1.5, 0.75", "0.4"]


def test_every_claim_is_confirmed(outcomes):
    assert set(outcomes(NAME).values()) == {"confirmed"}
    assert len(outcomes(NAME)) == 3
