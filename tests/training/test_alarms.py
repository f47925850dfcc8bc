"""Whether "too long already" is true when it is said: real trainings with a known true loss."""

from dataclasses import dataclass

import numpy as np
import pytest
import torch
from torch import nn

from harness.training.verdicts import Measurement, Watcher

FRESH = 4000
"""Examples that stand for the truth."""


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """One training, watched.

    Args:
        rise: true loss at the end above its minimum, as a share of what could be learned.
        epoch: when the watcher said "too long"; None where it never did.
        missed: by how much, in the same share, the true loss fell below its minimum so far
            after that was said.
    """

    rise: float
    epoch: int | None
    missed: float


def classes(rng, count, centers):
    """Three classes of two blobs each; a fifth of the labels drawn anew."""
    y = rng.integers(0, 3, count)
    x = rng.normal(size=(count, 12)) + centers[y, rng.integers(0, 2, count)]
    labels = np.where(rng.random(count) < 0.2, rng.integers(0, 3, count), y)
    return torch.tensor(x, dtype=torch.float32), torch.tensor(labels)


def losses(network, data):
    with torch.no_grad():
        return nn.functional.cross_entropy(network(data[0]), data[1], reduction="none").double()


def measurement(each):
    values = each.numpy()
    return Measurement(loss=float(values.mean()), examples=len(values), each=values)


def alarm(seed, *, epochs=60):
    """One training of drawn size, width, rate and optimizer, watched with all its losses."""
    rng = np.random.default_rng(seed)
    torch.manual_seed(seed)
    centers = 1.2 * rng.normal(size=(3, 2, 12))
    sizes = (rng.choice([60, 200, 600]), rng.choice([50, 200, 1000]), FRESH)
    train, validation, fresh = (classes(rng, size, centers) for size in sizes)
    units = int(rng.choice([4, 16, 128]))
    network = nn.Sequential(nn.Linear(12, units), nn.ReLU(), nn.Linear(units, 3))
    optimizer = torch.optim.Adam(network.parameters(), 10 ** rng.uniform(-3.5, -1.5))
    watcher, truth, epoch, best = Watcher(), [], None, np.inf
    for now in range(epochs + 1):
        truth.append(float(losses(network, fresh).mean()))
        watcher.record(now, *(measurement(losses(network, part)) for part in (train, validation)))
        if epoch is None and watcher.overdue is not None:
            epoch, best = now, min(truth)
        for chosen in torch.randperm(len(train[1])).split(32):
            optimizer.zero_grad()
            nn.functional.cross_entropy(network(train[0][chosen]), train[1][chosen]).backward()
            optimizer.step()
    scale = max(truth[0], np.log(3)) - min(truth)
    missed = max(0.0, (best - min(truth)) / scale) if epoch is not None else 0.0
    return Alarm(rise=(truth[-1] - min(truth)) / scale, epoch=epoch, missed=missed)


@pytest.mark.long
def test_an_alarm_while_training_is_seldom_false_and_often_given():
    alarms = [alarm(seed) for seed in range(150)]
    harmless = [one for one in alarms if one.rise <= 0.03]
    overfit = [one for one in alarms if one.rise >= 0.10]
    assert min(len(harmless), len(overfit)) >= 25
    false = [one for one in harmless if one.epoch is not None]
    hasty = [one for one in overfit if one.missed > 0.05]
    assert len(false) <= 0.05 * len(harmless)
    assert len(hasty) <= 0.05 * len(overfit)
    given = [one for one in overfit if one.epoch is not None]
    assert len(given) >= 0.5 * len(overfit)
