"""Item 1: a two-layer network, forward and back, against autograd."""

import numpy as np
import torch

NAME = "01b-backpropagation-by-hand"


def test_a_step_moves_every_weight_and_bias_as_autograd_says(taught):
    (run,) = taught(NAME).runs
    layers = [[torch.tensor(part, dtype=torch.float64) for part in pair] for pair in
              run.trace.layers(0)]  # fmt: skip
    for pair in layers:
        for part in pair:
            part.requires_grad_()
    (w1, b1), (w2, b2) = layers
    x = torch.tensor([1.0, 2.0], dtype=torch.float64)
    out = torch.sigmoid(x @ w1 + b1) @ w2 + b2
    (out - 1).square().sum().backward()
    for old, new in zip(layers, run.trace.layers(1), strict=True):
        for before, after in zip(old, new, strict=True):
            expected = (before - 0.1 * before.grad).detach().numpy()
            assert np.allclose(after, expected, atol=1e-6)
            assert not np.array_equal(after, before.detach().numpy())


def test_every_claim_is_confirmed(outcomes):
    assert set(outcomes(NAME).values()) == {"confirmed"}
    assert len(outcomes(NAME)) == 2
