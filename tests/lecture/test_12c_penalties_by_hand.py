"""Item 12: L1 and L2, one step against autograd, and what becomes of the weights."""

import numpy as np
import pytest
import torch

from harness import runs_of, setting_of

NAME = "12c-penalties-by-hand"
pytestmark = pytest.mark.long


@pytest.mark.parametrize("arm", ["step_l1", "step_l2"])
def test_a_step_with_a_penalty_is_autograds(taught, arm):
    plain, penal = (runs_of(setting_of(taught(NAME), name))[0].trace for name in ("step", arm))
    for name in ("weights 1", "weights 2"):
        w = torch.tensor(plain.of(name)[0], dtype=torch.float64, requires_grad=True)
        penalty = w.abs().sum() if arm == "step_l1" else w.square().sum()
        (0.001 * penalty).backward()
        found = plain.of(name)[1].astype(float) - penal.of(name)[1]
        assert np.allclose(found, w.grad.numpy(), atol=1e-7)


def test_biases_are_spared(taught):
    plain, penal = (
        runs_of(setting_of(taught(NAME), name))[0].trace for name in ("step", "step_l2")
    )
    for name in ("biases 1", "biases 2"):
        assert np.array_equal(plain.of(name), penal.of(name))


def test_every_claim_is_confirmed(outcomes):
    assert list(outcomes(NAME).values()) == ["confirmed"] * 5
