"""Item 12: what dropout gives in every step, read off the weights, against a forward by hand."""

import numpy as np
import pytest
import torch

from harness import runs_of, setting_of

pytestmark = pytest.mark.long
NAME = "12d-dropout-by-hand"
X = torch.tensor([0.5, -1.0, 2.0], dtype=torch.float64)


def layers(trace, moment):
    return [tuple(torch.tensor(part).double() for part in pair) for pair in trace.layers(moment)]


@pytest.mark.parametrize(("arm", "kept"), [("dropout_0_2", 205 / 256), ("dropout_0_5", 1 / 2)])
def test_a_step_is_autograds_with_the_units_that_stayed(taught, arm, kept):
    trace = runs_of(setting_of(taught(NAME), arm))[0].trace
    for moment in (0, 50):
        pairs, after = layers(trace, moment), layers(trace, moment + 1)
        mask = (after[1][0][:, 0] != pairs[1][0][:, 0]).double() / kept
        for pair in pairs:
            for part in pair:
                part.requires_grad_()
        (w1, b1), (w2, b2) = pairs
        out = (torch.sigmoid(X @ w1 + b1) * mask) @ w2 + b2
        (out - 10).square().sum().backward()
        for old, new in zip(pairs, after, strict=True):
            for part, moved in zip(old, new, strict=True):
                assert np.allclose((part - 2e-5 * part.grad).detach(), moved, atol=1e-6)


def test_every_claim_is_confirmed(outcomes):
    assert list(outcomes(NAME).values()) == ["confirmed"] * 4
