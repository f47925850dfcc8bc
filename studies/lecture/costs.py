"""What a setting's training costs: examples, updates, seconds, to the end or to a level."""

import numpy as np

from harness import epochs_to, runs_of

LEVEL = 0.3
"""The training loss that all are timed to."""


def examples(arm):
    """Training examples of a setting."""
    return runs_of(arm)[0].curves.train_examples


def examples_a_step(arm):
    """How many examples one step holds."""
    batch = arm.trial.settings.batch
    return {"stochastic": 1, "full": examples(arm)}.get(batch, batch)


def updates_an_epoch(arm):
    """Steps taken in one pass."""
    return float(examples(arm) // examples_a_step(arm))


def seconds_an_epoch(arm):
    """Mean over seeds; measuring the losses of both parts is in it."""
    return float(np.mean([run.seconds / run.curves.epochs[-1] for run in runs_of(arm)]))


def seconds_an_update(arm):
    """As for an epoch, divided by its updates."""
    return seconds_an_epoch(arm) / updates_an_epoch(arm)


def to_level(arm):
    """Epochs to the level, of each seed."""
    return np.array([epochs_to(run, LEVEL) for run in runs_of(arm)])


def examples_to_level(arm):
    """How many examples go through the network until then, mean over seeds."""
    return float(to_level(arm).mean() * examples(arm))


def seconds_to_level(arm):
    """Mean over seeds; NaN where one does not come there."""
    return float(to_level(arm).mean() * seconds_an_epoch(arm))


def took(seconds):
    """Microseconds or milliseconds."""
    if not np.isfinite(seconds):
        return "–"
    return f"{seconds * 1e6:.0f} µs" if seconds < 1e-3 else f"{seconds * 1e3:.3g} ms"
