"""What the study of activations and their slopes shows (item 4)."""

import numpy as np

from harness import (
    Claim,
    Line,
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

ACTIVATIONS = {
    "threshold": lambda z: (z > 0).astype(float),
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "tanh": np.tanh,
    "relu": lambda z: np.maximum(z, 0),
}
SLOPES = {
    "threshold": lambda z: 0 * z,
    "sigmoid": lambda z: ACTIVATIONS["sigmoid"](z) * (1 - ACTIVATIONS["sigmoid"](z)),
    "tanh": lambda z: 1 - np.tanh(z) ** 2,
    "relu": lambda z: (z > 0).astype(float),
}
LARGEST = {"threshold": 0.0, "sigmoid": 0.25, "tanh": 1.0, "relu": 1.0}


def slopes(findings, dataset):
    """The activations, their slopes, and which layers moved in training."""
    arms = {name: setting_of(findings, name) for name in ACTIVATIONS}
    moved = {name: np.array([_moved(run) for run in runs_of(arm)]) for name, arm in arms.items()}
    return Showing(
        parts=[
            _curves("What each makes of a sum", "activation", ACTIVATIONS),
            _curves("And its slope", "slope", SLOPES),
            _movement(moved),
            _courses(arms),
            _table(arms, moved),
        ],
        claims=[
            _largest(),
            _never(arms["threshold"]),
            *(_every(arms[name]) for name in ("sigmoid", "tanh", "relu")),
            _nothing(arms["threshold"]),
            *(_behind(arms[name], arms["threshold"]) for name in ("sigmoid", "tanh", "relu")),
        ],
    )


def _curves(title, y_label, functions):
    z = np.linspace(-4, 4, 401)
    styles = dict(zip(functions, ("dotted", "dashed", "line", "line"), strict=True))
    return Picture(
        title=title,
        x_label="weighted sum z",
        y_label=y_label,
        lines=[
            Line(x=z, y=function(z), label=name, style=styles[name])
            for name, function in functions.items()
        ],
        y_limits=(-1.1, 2.1) if y_label == "activation" else (-0.05, 1.3),
    )


def _moved(run):
    """How far each layer's weights went, as a share of their first length."""
    before, after = run.trace.layers(0), run.trace.layers(-1)
    pairs = zip(before, after, strict=True)
    return [np.linalg.norm(new - old) / np.linalg.norm(old) for (old, _), (new, _) in pairs]


def _movement(moved):
    layers = next(iter(moved.values())).shape[1]
    names = [f"hidden {layer}" for layer in range(1, layers)] + ["output"]
    return Picture(
        title="How far each layer moved",
        x_label="layer",
        y_label="change / length at first",
        lines=[
            Line(x=range(layers), y=found.mean(axis=0), label=name, style="bars")
            for name, found in moved.items()
        ],
        ticks=names,
        note="Mean over the seeds. With a threshold only the output layer moves.",
    )


def _courses(arms):
    return Picture(
        title="Accuracy while training",
        x_label="epoch",
        y_label="validation accuracy",
        lines=[curve_line(arm, "validation_score", label=name) for name, arm in arms.items()],
        y_limits=(0, 1.05),
    )


def _table(arms, moved):
    rows = []
    for name, arm in arms.items():
        hidden = moved[name].mean(axis=0)
        scores = [mean_of(arm, f"{part}_end").mean for part in ("train_loss", "validation_score")]
        rows.append((name, f"{LARGEST[name]:g}", *(float(each) for each in hidden), *scores))
    layers = [f"hidden layer {at} moved" for at in range(1, moved["relu"].shape[1])]
    columns = ["activation", "largest slope", *layers, "output layer moved"]
    return Sheet(
        title="Every activation",
        columns=[*columns, "training loss", "validation accuracy"],
        rows=rows,
    )


def _largest():
    z = np.linspace(-6, 6, 12_001)
    sides = np.abs(z) > 1e-3
    measured = {
        name: ((function(z + 1e-6) - function(z - 1e-6)) / 2e-6)[sides].max()
        for name, function in ACTIVATIONS.items()
    }
    off = max(abs(measured[name] - LARGEST[name]) for name in measured)
    figures = ", ".join(f"{name} {slope:.3g}" for name, slope in measured.items())
    return claim(
        "A threshold has no slope, a sigmoid at most 1/4, tanh and ReLU at most 1",
        holds=off < 1e-4,
        measured=f"the steepest by differences, 0 itself left out: {figures}",
    )


def _never(arm):
    same = [_unchanged(run) for run in runs_of(arm)]
    hidden = sum(np.sum(one) for layers in same for one in layers[:-1])
    of = sum(np.size(one) for layers in same for one in layers[:-1])
    last = sum(np.sum(~one) for layers in same for one in layers[-1:])
    return claim(
        "With a threshold the hidden layers never learn",
        holds=hidden == of,
        measured=f"{hidden:,} of {of:,} hidden weights and biases are the same, bit for bit, after"
        f" training; {last:,} of the output layers' moved",
    )


def _unchanged(run):
    """Of each layer, which weights and biases ended as they began."""
    pairs = zip(run.trace.layers(0), run.trace.layers(-1), strict=True)
    return [np.append(old == new, b == c) for (old, b), (new, c) in pairs]


def _every(arm):
    shares = [[float(np.mean(~one)) for one in _unchanged(run)] for run in runs_of(arm)]
    least = np.min(shares, axis=0)
    return claim(
        f"With {arm.label} every layer learns",
        holds=bool(np.all(least > 0.5)),
        measured="moved in each network: at least "
        + ", ".join(f"{100 * share:.0f} %" for share in least)
        + " of the weights and biases, layer by layer",
    )


def _nothing(arm):
    found = mean_of(arm, "validation_score_end")
    guess = 0.1
    return claim(
        "With a threshold the network learns nothing",
        holds=found.low <= guess,
        measured=f"accuracy {found.mean:.3f} (95 %: {found.low:.3f} to {found.high:.3f},"
        f" {found.n} seeds); guessing one of ten digits gives {guess}",
    )


def _behind(arm, threshold):
    apart = paired(threshold, arm, "validation_score_end")
    return Claim(
        says=f"A network with {arm.label} learns the digits better than one with thresholds",
        outcome=outcome(apart, below=False),
        measured=f"accuracy {apart.mean:.3f} higher (95 %: {apart.low:.3f} to {apart.high:.3f},"
        f" {apart.n} pairs)",
    )
