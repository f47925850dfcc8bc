"""What the study of noisy steps shows (item 10): how noisy, how exact, and what they reach."""

import numpy as np
from costs import examples_a_step

from harness import (
    Claim,
    Line,
    Outcome,
    Picture,
    Sheet,
    Showing,
    claim,
    outcome,
    runs_of,
    setting_of,
)
from harness.findings import interval

FIRST = 32
"""Steps whose noise is measured: at the start all sizes have much the same weights."""
PIECE = 32
"""Examples whose slopes are found at once where those of all are added up."""
LOW = 1.5
"""The training loss that counts as a first result; that of ten equal chances is 2.3."""
AS_GOOD = 0.05
"""Losses that differ by less are as good as equal (our choice)."""


def of_steps(findings, dataset):
    """Steps of five batch sizes beside the slope of all examples, and what they reach."""
    names = ("one", "four", "sixteen", "sixty_four", "all")
    arms = [setting_of(findings, name) for name in names]
    sizes = [examples_a_step(arm) for arm in arms]
    x, y = dataset.train.x.astype(float), dataset.train.y
    noises = np.array([[noise(run, x, y) for run in runs_of(arm)] for arm in arms])
    losses = np.array([[losses_of(run, x, y) for run in runs_of(arm)] for arm in arms])
    return Showing(
        parts=[
            _noise_by_size(sizes, noises),
            _losses(sizes, losses, by="steps taken"),
            _losses(sizes, losses, by="examples seen"),
            _table(sizes, noises, losses),
        ],
        claims=[
            *_of_noise(sizes, noises),
            *_of_exactness(runs_of(arms[-1])[0], x, y, noises),
            *_of_losses(sizes, losses),
        ],
    )


def slopes(layers, x, y):
    """The slope of the mean loss by every weight and bias of a tanh network with one layer."""
    (w1, b1), (w2, b2) = layers
    hidden = np.tanh(x @ w1 + b1)
    shares = _shares(hidden @ w2 + b2)
    shares[np.arange(len(y)), y] -= 1
    error = shares / len(y)
    down = (error @ w2.T) * (1 - hidden**2)
    parts = (x.T @ down, down.sum(axis=0), hidden.T @ error, error.sum(axis=0))
    return np.concatenate([part.ravel() for part in parts])


def _shares(outputs):
    shares = np.exp(outputs - outputs.max(axis=1, keepdims=True))
    return shares / shares.sum(axis=1, keepdims=True)


def layers_at(run, moment):
    """Weights and biases of each layer, in double precision."""
    return [[part.astype(float) for part in pair] for pair in run.trace.layers(moment)]


def step_of(run, moment):
    """The slope that the engine's step went against."""
    before, after = run.trace.values[moment : moment + 2].astype(float)
    return (before - after) / run.trial.settings.learning_rate


def noise(run, x, y):
    """How far the first steps lie from the slope of all examples, in lengths of the first one."""
    apart = []
    for moment in range(FIRST):
        exact = slopes(layers_at(run, moment), x, y)
        apart.append(np.square(step_of(run, moment) - exact).sum())
    return np.sqrt(np.mean(apart)) / np.linalg.norm(slopes(layers_at(run, 0), x, y))


def losses_of(run, x, y):
    """The loss of all training examples after every step."""
    found = []
    for moment in range(len(run.trace.steps)):
        (w1, b1), (w2, b2) = layers_at(run, moment)
        shares = _shares(np.tanh(x @ w1 + b1) @ w2 + b2)
        found.append(-np.log(shares[np.arange(len(y)), y]).mean())
    return found


def _of_noise(sizes, noises):
    means = noises.mean(axis=1)
    falls = interval(list(np.log(noises[0] / noises[2]) / np.log(sizes[2] / sizes[0])))
    return [
        claim(
            "Stochastic: noisy steps",
            holds=means[0] > 1,
            measured=f"the noise of a step is {means[0]:.2g} times as long as the first slope",
        ),
        claim(
            "Mini-batch: noise between the two",
            holds=bool((noises[0] > noises[2]).all() and (noises[2] > noises[-1]).all()),
            measured=f"with 16 examples {means[2]:.2g} times the slope, between {means[0]:.2g} and"
            f" {means[-1]:.1g}, in each of {noises.shape[1]} seeds",
        ),
        claim(
            "The noise falls with the root of the batch size",
            holds=falls.low > 0.4 and falls.high < 0.6,
            measured=f"from 1 to 16 examples with the power {falls.mean:.2f} (95 %:"
            f" {falls.low:.2f} to {falls.high:.2f}); the root is 0.5",
        ),
    ]


def _of_exactness(run, x, y, noises):
    layers = layers_at(run, 0)
    exact, starts = slopes(layers, x, y), range(0, len(y), PIECE)
    added = sum(
        slopes(layers, x[at : at + PIECE], y[at : at + PIECE]) * len(y[at : at + PIECE]) / len(y)
        for at in starts
    )
    apart = np.linalg.norm(step_of(run, 0) - added) / np.linalg.norm(exact)
    return [
        claim(
            "Batch: its gradient is only approximate",
            holds=noises[-1].max() > 1e-3,
            measured=f"it differs from the slope of the training loss by {noises[-1].max():.1g} of"
            f" its length, which is rounding; with 16 examples by {noises[2].mean():.2g}",
        ),
        claim(
            "Batch: the whole data must be in memory",
            holds=apart > 1e-3,
            measured=f"the slopes of {len(starts)} pieces of {PIECE} examples, added up, give its"
            f" step, to {apart:.1g}: all are read for a step, but few need be held",
        ),
    ]


def _of_losses(sizes, losses):
    rises = (np.diff(losses, axis=2) > 0).mean(axis=(1, 2))
    seen = [_examples_to_low(size, each) for size, each in zip(sizes, losses, strict=True)]
    worse = interval(list(losses[2, :, -1] - losses[-1, :, -1]))
    one = interval(list(losses[0, :, -1] - losses[-1, :, -1]))
    sooner = interval(list(np.array(seen[0]) - np.array(seen[-1])))
    return [
        claim(
            "Stochastic: the loss jumps up and down",
            holds=rises[0] > 0.25 and rises[-1] == 0,
            measured=f"{rises[0]:.0%} of its steps make the loss of all examples larger; of 16"
            f" examples {rises[2]:.0%}, of batch {rises[-1]:.0%}",
        ),
        Claim(
            says="Stochastic: feedback is frequent, and something is learned at once",
            outcome=outcome(sooner, below=True),
            measured=f"a loss of {LOW:g} is reached after {np.mean(seen[0]):,.0f} examples, by"
            f" batch descent after {np.mean(seen[-1]):,.0f}",
        ),
        Claim(
            says="Batch: for equal updates it reaches the lowest loss",
            outcome=outcome(one, below=False),
            measured=f"after 256 steps stochastic descent is {_of(one)} above it, 16 examples a"
            f" step {_of(worse)}",
        ),
        Claim(
            says="Mini-batch: nearly as good as batch for equal updates, at a fraction of the work",
            outcome=Outcome.CONFIRMED if worse.high < AS_GOOD else outcome(worse, below=True),
            measured=f"{_of(worse)} above batch after equal steps, of 16 examples instead of 256",
        ),
    ]


def _examples_to_low(size, losses):
    reached = [np.flatnonzero(one <= LOW) for one in losses]
    return [float(size * at[0]) if len(at) else float("nan") for at in reached]


def _noise_by_size(sizes, noises):
    means, grid = noises.mean(axis=1), np.geomspace(1, 0.5 * sizes[-1], 60)
    return Picture(
        title="The noise of a step falls with the root of its examples",
        x_label="examples a step",
        y_label="noise, in lengths of the first slope",
        lines=[
            Line(x=sizes[:-1], y=means[:-1], low=noises.min(axis=1)[:-1],
                 high=noises.max(axis=1)[:-1], label="measured", style="points"),
            Line(x=grid, y=means[0] * np.sqrt((1 / grid - 1 / sizes[-1]) / (1 - 1 / sizes[-1])),
                 label="the root's law, drawn without putting back", style="dotted"),
        ],
        log_x=True,
        log_y=True,
        note="Mean of the seeds, from the lowest to the highest. All 256 have none.",
    )  # fmt: skip


def _losses(sizes, losses, *, by):
    lines = []
    for size, each in zip(sizes, losses, strict=True):
        steps = np.arange(1, each.shape[1])
        x = steps * size if by == "examples seen" else steps
        lines.append(Line(x=x, y=each.mean(axis=0)[1:], label=f"{size} a step"))
    return Picture(
        title=f"The loss by {by}",
        x_label=by,
        y_label="loss of all training examples",
        lines=lines,
        log_x=by == "examples seen",
        note="Mean of the seeds.",
    )


def _table(sizes, noises, losses):
    rises = (np.diff(losses, axis=2) > 0).mean(axis=(1, 2))
    rows = [
        (size, found.mean(), f"{up:.0%}", np.mean(_examples_to_low(size, each)),
         each[:, -1].mean())
        for size, found, up, each in zip(sizes, noises, rises, losses, strict=True)
    ]  # fmt: skip
    return Sheet(
        title="Steps of five sizes",
        columns=[
            "examples a step",
            "noise, in lengths of the first slope",
            "steps that raise the loss",
            f"examples to a loss of {LOW:g}",
            "loss after 256 steps",
        ],
        rows=rows,
        note="The slope is of the loss of all 256 examples, worked out beside the engine.",
    )


def _of(found):
    return f"{found.mean:.3f} (95 %: {found.low:.3f} to {found.high:.3f})"
