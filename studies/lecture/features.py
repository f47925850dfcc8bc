"""What the studies of features made by hand and found show (item 14)."""

import numpy as np
import torch
from featured_nets import build

from harness import (
    Claim,
    Line,
    Map,
    Outcome,
    Picture,
    Sheet,
    Showing,
    claim,
    curve_line,
    mean_of,
    outcome,
    paired,
    runs_of,
    setting_of,
)
from harness.findings import interval

NAMES = {
    "linear": "linear model, raw inputs",
    "linear_by_hand": "linear model, features by hand",
    "perceptron": "network, raw inputs",
}
ALIKE = 0.02
"""Accuracies that differ by less than two in a hundred count as alike (our choice)."""
END = "validation_score_end"


def rings(findings, dataset):
    """Rings: a linear model guesses; with squares, or with hidden layers, it is solved."""
    linear, by_hand, network = (setting_of(findings, name) for name in NAMES)
    guess = mean_of(linear, END)
    helped, alike = paired(linear, by_hand, END), paired(by_hand, network, END)
    made = interval([_distance_read(run, dataset.validation.x) for run in runs_of(network)])
    bare = _explained(_powers(dataset.validation.x, 1), _squares(dataset.validation.x))
    return Showing(
        parts=[_points(dataset), _curves(findings), _map(network, dataset), _table(findings)],
        claims=[
            claim(
                "From raw inputs a linear model cannot part the rings",
                holds=guess.high < 0.6,
                measured=f"validation accuracy {_with(guess)}; guessing gets about 0.5",
            ),
            Claim(
                says="With features made by hand it can",
                outcome=outcome(helped, below=False),
                measured=f"squares and the product add {_with(helped)}",
            ),
            Claim(
                says="A network does as well from raw inputs: features need not be made by hand",
                outcome=_same(alike),
                measured=f"its accuracy differs from the linear model's with features by"
                f" {_with(alike)}",
            ),
            claim(
                "Its hidden layers have made such a feature themselves",
                holds=made.low > 0.8,
                measured="of the squared distance to the middle, a linear model reads"
                f" {_with(made)} (R²) off the last hidden layer, and {bare:.3f} off the raw"
                " inputs",
            ),
        ],
    )


def spirals(findings, dataset):
    """Spirals: the features that were right for rings are not, and the network needs none."""
    linear, by_hand, network = (setting_of(findings, name) for name in NAMES)
    helped, gained = paired(linear, by_hand, END), paired(by_hand, network, END)
    reached, still = mean_of(network, END), mean_of(by_hand, END)
    return Showing(
        parts=[_points(dataset), _curves(findings), _table(findings)],
        claims=[
            claim(
                "Features made by hand for one task are of little use for another",
                holds=still.high < 0.75,
                measured=f"they change the linear model's accuracy by {_with(helped)}, to"
                f" {still.mean:.3f}",
            ),
            Claim(
                says="The network finds its own from the raw inputs",
                outcome=outcome(gained, below=False),
                measured=f"accuracy {_with(reached)}, {_with(gained)} more than with the features",
            ),
        ],
    )


def last_hidden(run, x):
    """The last hidden layer of a run's trained network, for examples x: [example, unit]."""
    settings = run.trial.settings
    given = {name: settings.value(name) for name in ("inputs", "hidden")}
    module = build(2, 1, given)
    state = {name: torch.tensor(run.trace.of(name)[-1]) for name in run.trace.shapes}
    module.load_state_dict(state)
    with torch.no_grad():
        return module.layers[:-1](torch.tensor(x)).numpy().astype(float), module


def _distance_read(run, x):
    """R² of the squared distance to the middle, read linearly off the last hidden layer."""
    hidden, _ = last_hidden(run, x)
    return _explained(np.column_stack([hidden, np.ones(len(x))]), _squares(x))


def _explained(columns, target):
    fitted = columns @ np.linalg.lstsq(columns, target, rcond=None)[0]
    return float(1 - np.square(target - fitted).sum() / np.square(target - target.mean()).sum())


def _powers(x, degree):
    return np.column_stack([*(x**power for power in range(1, degree + 1)), np.ones(len(x))])


def _squares(x):
    return np.square(x.astype(float)).sum(axis=1)


def _same(apart):
    if apart.low > -ALIKE and apart.high < ALIKE:
        return Outcome.CONFIRMED
    return outcome(apart, below=False)


def _points(dataset):
    part = dataset.train
    return Picture(
        title="The training examples",
        x_label="first input",
        y_label="second input",
        lines=[
            Line(
                x=part.x[part.y == kind, 0],
                y=part.x[part.y == kind, 1],
                label=f"class {kind}",
                style="points",
            )
            for kind in (0, 1)
        ],
    )


def _curves(findings):
    return Picture(
        title="How many validation points come out right",
        x_label="epoch",
        y_label="validation accuracy",
        lines=[
            curve_line(setting_of(findings, name), "validation_score", label=label)
            for name, label in NAMES.items()
        ],
        y_limits=(0.3, 1.02),
    )


def _map(network, dataset):
    """What a trained network says of the plane."""
    run = runs_of(network)[0]
    reach = float(np.abs(dataset.train.x).max())
    grid = np.linspace(-reach, reach, 31)
    plane = np.array([(a, b) for b in grid for a in grid], dtype=np.float32)
    hidden, module = last_hidden(run, plane)
    with torch.no_grad():
        chances = torch.sigmoid(module.layers[-1](torch.tensor(hidden, dtype=torch.float32)))
    words = [f"{value:.1f}" for value in grid]
    return Map(
        title="What the network makes of the plane",
        x_label="first input",
        y_label="second input",
        x=words,
        y=words,
        values=chances.numpy().reshape(len(grid), len(grid)),
        label="probability of class 1",
        note="The first seed. Nobody told it of rings.",
    )


def _table(findings):
    rows = []
    for name, label in NAMES.items():
        setting = setting_of(findings, name)
        given = {knob: setting.trial.settings.value(knob) for knob in ("inputs", "hidden")}
        parameters = sum(part.numel() for part in build(2, 1, given).parameters())
        rows.append((label, parameters, _with(mean_of(setting, END))))
    return Sheet(
        title="Three ways",
        columns=["model", "weights and biases", "validation accuracy at the end"],
        rows=rows,
    )


def _with(found):
    return f"{found.mean:.3f} (95 %: {found.low:.3f} to {found.high:.3f})"
