"""Item 4: slopes of activations against autograd, and which layers learn."""

import numpy as np
import pytest
import torch

pytestmark = pytest.mark.long
NAME = "04-activations"
TORCH = {"sigmoid": torch.sigmoid, "tanh": torch.tanh, "relu": torch.relu}


@pytest.mark.parametrize("name", TORCH)
def test_the_curves_and_slopes_drawn_are_torchs(taught, name):
    curves, slopes = taught(NAME).showing.parts[:2]
    drawn, slope = (
        next(line for line in part.lines if line.label == name) for part in (curves, slopes)
    )
    z = torch.tensor(drawn.x, requires_grad=True)
    made = TORCH[name](z)
    made.sum().backward()
    assert np.allclose(drawn.y, made.detach())
    assert np.allclose(slope.y, z.grad)


def test_a_threshold_leaves_every_hidden_weight_as_it_was(taught):
    for run in next(arm.runs for arm in taught(NAME).settings if arm.label == "threshold"):
        before, after = run.trace.layers(0), run.trace.layers(-1)
        for (old, bias), (new, shifted) in list(zip(before, after, strict=True))[:-1]:
            assert np.array_equal(old, new)
            assert np.array_equal(bias, shifted)
        assert not np.array_equal(before[-1][0], after[-1][0])


def test_the_others_move_every_layer_and_do_better(taught):
    scores = {}
    for arm in taught(NAME).settings:
        scores[arm.label] = [run.curves.validation_score[-1] for run in arm.runs]
        for run in arm.runs if arm.label != "threshold" else ():
            pairs = zip(run.trace.layers(0), run.trace.layers(-1), strict=True)
            assert all(np.mean(old != new) > 0.5 for (old, _), (new, _) in pairs)
    assert 0.3 < np.mean(scores.pop("threshold")) < 0.7
    assert min(map(min, scores.values())) > 0.8


def test_a_network_of_thresholds_learns_by_its_last_layer_and_the_rest_is_as_said(outcomes):
    found = outcomes(NAME)
    assert found.pop("With a threshold the network learns nothing") == "contradicted"
    assert set(found.values()) == {"confirmed"}
    assert len(found) == 8
