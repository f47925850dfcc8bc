"""Squared and absolute errors with outliers (item 5): many lines at once, and what they show."""

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from harness import Claim, Line, Picture, Sheet, Showing, claim, interval, outcome, runs_of

SETS, POINTS, WRONG = 80, 40, 4
SLOPE, SHIFT, NOISE, FAR = 2.0, 1.0, 0.5, 8.0
ERRORS = {
    "squared": lambda error: error.square(),
    "absolute": torch.abs,
    "huber": lambda error: functional.huber_loss(error, 0 * error, reduction="none"),
}
ARMS = ("squared", "absolute", "huber", "squared_without_outliers", "absolute_without_outliers")


class Lines(nn.Module):
    """A line for each set of points; the loss of one point of every set as its answer."""

    def __init__(self, error, wrong_points):
        super().__init__()
        self.slope, self.shift = (nn.Parameter(torch.zeros(SETS)) for _ in range(2))
        self.error, self.wrong_points = ERRORS[error], wrong_points

    def forward(self, x):
        """x holds places, right and partly wrong values, a column for each set."""
        place, right, wrong = x.split(SETS, dim=1)
        target = wrong if self.wrong_points else right
        return self.error(self.slope * place + self.shift - target).mean(dim=1, keepdim=True)


def lines(features, outputs, settings):
    """What the study calls."""
    return Lines(settings["error"], settings["wrong_points"])


def points():
    """Forty points of 80 lines; in each set four of them may be far too high."""
    draw = np.random.default_rng(5)
    place = draw.uniform(-1, 1, (POINTS, SETS))
    right = SLOPE * place + SHIFT + NOISE * draw.standard_normal(place.shape)
    wrong = right.copy()
    wrong[:WRONG] += FAR
    return np.hstack([place, right, wrong]), right[:, 0]


def drawn(findings, dataset):
    """Where the lines end, with and without outliers."""
    place, _, wrong = np.split(dataset.train.x.astype(float), 3, axis=1)
    found = {arm.label: _ends(runs_of(arm)[0]) for arm in findings.settings}
    apart = {name: _distance(*found[name]) for name in ARMS}
    return Showing(
        parts=[
            _points(place[:, 0], wrong[:, 0], found),
            _weights(),
            _distances(apart),
            _table(found, apart),
        ],
        claims=[
            _further(apart, "squared", "absolute", "With outliers the squared error's line lies"
                     " further off than the absolute error's"),
            _further(apart, "squared", "squared_without_outliers",
                     "Outliers draw the squared error's line away"),
            _hardly(apart),
            _further(apart, "absolute_without_outliers", "squared_without_outliers",
                     "Without outliers the squared error finds the line more exactly"),
            _further(apart, "squared", "huber",
                     "Huber's loss, squared near 0 and absolute further off, is drawn less"),
            _middle(place, wrong, found),
        ],
    )  # fmt: skip


def _ends(run):
    return tuple(run.trace.of(name)[-1].astype(float) for name in ("slope", "shift"))


def _distance(slope, shift):
    """How far each line lies from the true one, root mean square over -1..1."""
    return np.sqrt((shift - SHIFT) ** 2 + (slope - SLOPE) ** 2 / 3)


def _words(name):
    return name.replace("_", " ").replace("huber", "Huber")


def _points(place, wrong, found):
    ends = np.array([-1.0, 1.0])
    return Picture(
        title="One of the sets, and three lines through it",
        x_label="x",
        y_label="y",
        lines=[
            Line(x=place, y=wrong, label="points", style="points"),
            Line(x=ends, y=SLOPE * ends + SHIFT, label="true line", style="dotted"),
            *(
                Line(x=ends, y=found[name][0][0] * ends + found[name][1][0], label=_words(name))
                for name in ARMS[:3]
            ),
        ],
    )


def _weights():
    error = np.linspace(-4, 4, 201)
    given = torch.tensor(error)
    return Picture(
        title="What an error costs",
        x_label="error",
        y_label="loss",
        lines=[Line(x=error, y=made(given).numpy(), label=_words(name))
               for name, made in ERRORS.items()],
        note="An error ten times as large costs a hundred times as much squared, ten times as much"
        " absolute.",
    )  # fmt: skip


def _distances(apart):
    means = [interval(apart[name]) for name in ARMS]
    return Picture(
        title="How far the lines lie from the true one",
        x_label="loss",
        y_label="distance",
        lines=[
            Line(
                x=range(len(ARMS)),
                y=[one.mean for one in means],
                low=[one.low for one in means],
                high=[one.high for one in means],
                style="bars",
            )
        ],
        ticks=[_words(name).replace(" without ", "\nwithout ") for name in ARMS],
        note=f"Mean and 95 % interval over {SETS} sets of points.",
    )


def _table(found, apart):
    rows = []
    for name in ARMS:
        slope, shift = (interval(part) for part in found[name])
        far = interval(apart[name])
        words = [f"{one.mean:.2f} ± {one.half:.2f}" for one in (slope, shift)]
        rows.append((_words(name), *words, f"{far.mean:.3f} ± {far.half:.3f}"))
    return Sheet(
        title="The lines found",
        columns=["loss", f"slope (true {SLOPE:g})", f"shift (true {SHIFT:g})", "distance"],
        rows=rows,
        note=f"Means over {SETS} sets with their 95 % intervals.",
    )


def _further(apart, name, other, says):
    more = interval(apart[name] - apart[other])
    return Claim(
        says=says,
        outcome=outcome(more, below=False),
        measured=f"distance {apart[name].mean():.3f} ({_words(name)}) and"
        f" {apart[other].mean():.3f} ({_words(other)}), {more.mean:.3f} apart"
        f" (95 %: {more.low:.3f} to {more.high:.3f}, {more.n} pairs)",
    )


def _hardly(apart):
    more = interval(apart["absolute"] - apart["absolute_without_outliers"])
    squared = interval(apart["squared"] - apart["squared_without_outliers"])
    return claim(
        "Outliers hardly draw the absolute error's line",
        holds=more.high < squared.low / 5,
        measured=f"its distance grows by {more.mean:.3f} (95 %: {more.low:.3f} to {more.high:.3f}),"
        f" the squared error's by {squared.mean:.3f}",
    )


def _middle(place, wrong, found):
    """The squared error balances errors, the absolute error counts them."""
    slope, shift = found["squared"]
    balance = np.abs((wrong - slope * place - shift).mean(axis=0)).max()
    slope, shift = found["absolute"]
    above = (wrong > slope * place + shift + 1e-2).sum(axis=0)
    below = (wrong < slope * place + shift - 1e-2).sum(axis=0)
    most = max(above.max(), below.max())
    return claim(
        "The squared error makes the mean of the errors 0, the absolute error their median",
        holds=balance < 1e-3 and most <= POINTS / 2,
        measured=f"squared: their mean is at most {balance:.1g}; absolute: at most {most} of"
        f" {POINTS} points lie on one side",
    )
