"""What a study keeps of the weights while it trains."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from harness.training import train
from tests.training.conftest import make_dataset, make_study, members_of, only_chunk

KNOBS = {"units": 6, "epochs": 3, "batch": 32, "learning_rate": 0.1, "optimizer": "sgd"}


def traced(when, *knobs, seeds=(0,), dtype=torch.float32):
    study = make_study()
    study = replace(study, training=replace(study.training, trace=when))
    dataset = make_dataset()
    members = members_of(*(knobs or (KNOBS,)), seeds=seeds)
    return train(only_chunk(members, dataset, study), dataset, study, dtype=dtype), dataset


@pytest.mark.parametrize(
    ("when", "steps"),
    [("steps", range(10)), ("epochs", [0, 3, 6, 9]), ("ends", [0, 9])],
)
def test_weights_are_kept_at_the_moments_asked_for(when, steps):
    (run,), _ = traced(when)
    assert run.trace.steps.tolist() == list(steps)
    assert dict(run.trace.shapes) == {
        "weights 1": (7, 6), "biases 1": (6,), "weights 2": (6, 3), "biases 2": (3,),
    }  # fmt: skip


def test_nothing_is_kept_unasked():
    (run,), _ = traced(None)
    assert run.trace is None


def test_the_last_weights_give_the_last_loss():
    (run,), dataset = traced("ends")
    (w1, b1), (w2, b2) = [map(torch.from_numpy, map(np.copy, pair)) for pair in run.trace.layers(1)]
    x, y = torch.from_numpy(dataset.train.x), torch.from_numpy(dataset.train.y)
    loss = nn.functional.cross_entropy(torch.relu(x @ w1 + b1) @ w2 + b2, y)
    assert run.curves.train_loss[-1] == pytest.approx(float(loss), rel=1e-5)


def test_tracing_changes_no_curve_and_a_member_is_traced_as_alone():
    wide = {**KNOBS, "units": 13}
    (plain, *_), _ = traced(None, KNOBS, wide, seeds=(0, 1))
    among, _ = traced("steps", KNOBS, wide, seeds=(0, 1))
    (alone,), _ = traced("steps", wide, seeds=(1,))
    assert among[0].curves.equals(plain.curves)
    assert among[3].trace.equals(alone.trace)
    assert not among[2].trace.equals(alone.trace)


def test_the_first_full_step_of_plain_descent_is_rate_times_the_gradient():
    (run,), dataset = traced("steps", {**KNOBS, "batch": "full", "epochs": 1})
    (w1, b1), (w2, b2) = [
        [torch.from_numpy(part.astype(np.float64)).requires_grad_() for part in pair]
        for pair in run.trace.layers(0)
    ]
    x, y = torch.from_numpy(dataset.train.x).double(), torch.from_numpy(dataset.train.y)
    nn.functional.cross_entropy(torch.relu(x @ w1 + b1) @ w2 + b2, y).backward()
    moved = run.trace.of("weights 1")[0] - run.trace.of("weights 1")[1]
    assert np.allclose(moved, 0.1 * w1.grad.numpy(), atol=1e-7)
