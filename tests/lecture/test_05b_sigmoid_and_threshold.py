"""Item 5: one output, a sigmoid and a threshold, against scikit-learn."""

import numpy as np
import pytest
import torch
from sklearn.metrics import accuracy_score, log_loss

import harness
from tests.lecture.conftest import LECTURE

pytestmark = pytest.mark.long
NAME = "05b-sigmoid-and-threshold"


@pytest.fixture(scope="module")
def validation():
    return harness.prepare(str(LECTURE / f"{NAME}.toml")).dataset.validation


def chances(run, x):
    (w1, b1), (w2, b2) = [
        [torch.tensor(part).double() for part in pair] for pair in run.trace.layers(-1)
    ]
    return torch.sigmoid(torch.relu(torch.tensor(x).double() @ w1 + b1) @ w2 + b2)[:, 0].numpy()


def test_loss_and_accuracy_are_scikit_learns(taught, validation):
    for run in taught(NAME).runs:
        found = chances(run, validation.x)
        loss, score = run.curves.validation_loss[-1], run.curves.validation_score[-1]
        assert log_loss(validation.y, found) == pytest.approx(loss, abs=1e-5)
        assert accuracy_score(validation.y, found > 0.5) == pytest.approx(score)


def test_a_stricter_threshold_misses_fewer_malignant_tumours(taught, validation):
    bad = validation.y == 0
    missed = np.array([
        [np.sum(chances(run, validation.x)[bad] > at) for at in (0.1, 0.5, 0.9)]
        for run in taught(NAME).runs
    ])  # fmt: skip
    assert np.all(np.diff(missed, axis=1) <= 0)
    assert np.all(missed[:, 2] < missed[:, 1])


def test_the_claims_come_out_as_measured(outcomes):
    found = outcomes(NAME)
    assert found.pop("No other threshold gives more right answers than 0.5") == "undecided"
    assert set(found.values()) == {"confirmed"}
    assert len(found) == 4
