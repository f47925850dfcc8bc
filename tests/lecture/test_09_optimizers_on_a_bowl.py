"""Item 9: four optimizers on a narrow bowl, retraced with torch.optim."""

import math

import numpy as np
import pytest
import torch

from harness import epochs_to, runs_of

NAME = "09-optimizers-on-a-bowl"
pytestmark = pytest.mark.long
OPTIMIZERS = {
    "sgd": (0.012, lambda w, rate: torch.optim.SGD([w], lr=rate)),
    "momentum": (0.006, lambda w, rate: torch.optim.SGD([w], lr=rate, momentum=0.9)),
    "rmsprop": (0.1, lambda w, rate: torch.optim.RMSprop([w], lr=rate)),
    "adam": (0.4, lambda w, rate: torch.optim.Adam([w], lr=rate)),
}


def runs(taught, kind):
    rate = OPTIMIZERS[kind][0]
    (arm,) = (
        one
        for one in taught(NAME).settings
        if (one.trial.settings.optimizer, one.trial.settings.learning_rate) == (kind, rate)
    )
    return runs_of(arm)


@pytest.mark.parametrize("kind", OPTIMIZERS)
def test_the_way_over_the_bowl_is_torchs(taught, kind):
    run, turn = runs(taught, kind)[0], math.radians(30)
    way = run.trace.of("w").astype(float)
    axes = torch.tensor([[math.cos(turn), math.sin(turn)], [-math.sin(turn), math.cos(turn)]])
    w = torch.nn.Parameter(torch.tensor(way[0]))
    optimizer = OPTIMIZERS[kind][1](w, OPTIMIZERS[kind][0])
    for step in range(40):
        assert np.allclose(way[step], w.detach().numpy(), atol=2e-3)
        optimizer.zero_grad()
        along, across = axes.double() @ w
        ((along**2 + 100 * across**2) / 2).backward()
        optimizer.step()


def test_the_best_rates_and_their_steps(taught):
    """Mean steps of all seeds to a loss of 0.01; SGD's follow from (1 - rate)^steps."""
    steps = {k: np.mean([epochs_to(run, 0.01) for run in runs(taught, k)]) for k in OPTIMIZERS}
    assert steps["momentum"] < steps["adam"] < steps["rmsprop"] < steps["sgd"]
    for run in runs(taught, "sgd"):
        x, y = run.trace.of("w")[0].astype(float)
        along = math.cos(math.radians(30)) * x + math.sin(math.radians(30)) * y
        expected = math.log(math.sqrt(0.02) / abs(along)) / math.log(1 - 0.012)
        assert epochs_to(run, 0.01) == pytest.approx(expected, abs=1.5)


def test_outcomes(outcomes):
    assert list(outcomes(NAME).values()) == ["confirmed", "confirmed", "confirmed", "contradicted"]


def test_the_table_names_the_best_rates(taught):
    sheet = next(part for part in taught(NAME).showing.parts if hasattr(part, "rows"))
    assert [row[1] for row in sheet.rows] == [f"{rate:g}" for rate, _ in OPTIMIZERS.values()]
