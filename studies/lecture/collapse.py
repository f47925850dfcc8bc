"""What the study of linear layers shows (item 3)."""

import numpy as np

from harness import (
    Claim,
    Map,
    Sheet,
    Showing,
    claim,
    mean_of,
    outcome,
    paired,
    runs_of,
    setting_of,
)

BENDS = {
    "linear": lambda sums: sums,
    "sigmoid": lambda sums: 1 / (1 + np.exp(-sums)),
    "tanh": np.tanh,
    "relu": lambda sums: np.maximum(sums, 0),
}
LINEAR = ("one_linear", "three_linear", "ten_linear")
BENT = ("three_sigmoid", "three_tanh", "three_relu")


def one_layer(findings, dataset):
    """Products of layers beside the layers, and what each network makes of the plane."""
    arms = {name: setting_of(findings, name) for name in (*LINEAR, *BENT)}
    x, y = dataset.validation.x.astype(float), dataset.validation.y
    shares = {name: [_explained(run, x) for run in runs_of(arm)] for name, arm in arms.items()}
    return Showing(
        parts=[
            _product(runs_of(arms["three_linear"])[0], x),
            *(_plane(runs_of(arms[name])[0], name) for name in ("three_linear", *BENT[::2])),
            _table(arms, shares),
        ],
        claims=[
            *(_same(arms[name], x, y) for name in LINEAR[1:]),
            *(_no_better(arms[name], arms["one_linear"]) for name in LINEAR[1:]),
            *(_better(arms[name], arms["one_linear"], shares[name]) for name in BENT),
        ],
    )


def outputs(layers, bend, x):
    """The log-odds of class 1, layer by layer, in float64."""
    made = x
    for weights, biases in layers[:-1]:
        made = bend(made @ weights.astype(float) + biases)
    weights, biases = layers[-1]
    return (made @ weights.astype(float) + biases)[:, 0]


def product(layers):
    """The one matrix and the one bias of linear layers."""
    matrix, bias = (part.astype(float) for part in layers[0])
    for weights, biases in layers[1:]:
        matrix, bias = matrix @ weights.astype(float), bias @ weights.astype(float) + biases
    return matrix, bias


def _outputs(run, x):
    return outputs(run.trace.layers(-1), BENDS[run.trial.settings.activation], x)


def _explained(run, x):
    """The share of a network's outputs that the best single linear layer explains."""
    wide, made = np.hstack([x, np.ones((len(x), 1))]), _outputs(run, x)
    fitted = wide @ np.linalg.lstsq(wide, made, rcond=None)[0]
    if np.ptp(made) == 0:  # of dead units: the same answer everywhere, which is a linear one
        return 1.0
    return 1 - np.sum((made - fitted) ** 2) / np.sum((made - made.mean()) ** 2)


def _product(run, x):
    matrix, bias = product(run.trace.layers(-1))
    three, one = _outputs(run, x), (x @ matrix + bias)[:, 0]
    rows = [
        (f"({x[at, 0]:.3f}, {x[at, 1]:.3f})", f"{three[at]:.15f}", f"{one[at]:.15f}")
        for at in range(5)
    ]
    weights = ", ".join(f"{value:.4g}" for value in matrix[:, 0])
    return Sheet(
        title="Three linear layers and their product, on five points",
        columns=["point", "three layers", "one layer"],
        rows=rows,
        note=f"The product of the three matrices is ({weights}), its bias {bias[0]:.4g}.",
    )


def _plane(run, name):
    along = np.linspace(-1.5, 1.5, 25)
    places = np.stack(np.meshgrid(along, along), axis=-1).reshape(-1, 2)
    chances = 1 / (1 + np.exp(-_outputs(run, places)))
    return Map(
        title=f"What {name.replace('_', ' layers, ')} makes of the plane",
        x_label="x1",
        y_label="x2",
        x=[f"{value:.2g}" for value in along],
        y=[f"{value:.2g}" for value in along],
        values=chances.round(3).reshape(len(along), len(along)),
        label="probability of the inner ring",
    )


def _table(arms, shares):
    rows = []
    for name, arm in arms.items():
        run = runs_of(arm)[0]
        numbers = sum(w.size + b.size for w, b in run.trace.layers(0))
        rows.append(
            (
                name.replace("_", " "),
                numbers,
                mean_of(arm, "validation_loss_end").mean,
                mean_of(arm, "validation_score_end").mean,
                f"{100 * np.mean(shares[name]):.3g} %",
            )
        )
    return Sheet(
        title="Every network",
        columns=["layers", "weights and biases", "loss", "accuracy", "one linear layer explains"],
        rows=rows,
        note="Last column: how much of a network's outputs the best single linear layer gives"
        " as well (R² over the validation points).",
    )


def _same(arm, x, y):
    """The engine's own loss beside that of the one product matrix."""
    off, apart = 0.0, 0.0
    for run in runs_of(arm):
        matrix, bias = product(run.trace.layers(-1))
        one = (x @ matrix + bias)[:, 0]
        off = max(off, np.abs(one - _outputs(run, x)).max())
        loss = np.mean(np.logaddexp(0, one) - y * one)
        apart = max(apart, abs(loss - run.curves.validation_loss[-1]))
    layers = len(runs_of(arm)[0].trace.layers(0))
    return claim(
        f"{layers} linear layers are one: the product of their matrices",
        holds=off < 1e-12 and apart < 1e-6,
        measured=f"the product's outputs differ from the layers' by {off:.1g} at most, its loss"
        f" from the trained network's by {apart:.1g} (float32)",
    )


def _no_better(arm, one):
    runs, constant = runs_of(arm), runs_of(one)[0].curves.constant_loss
    layers = len(runs[0].trace.layers(0))
    loss, alone = (mean_of(setting, "validation_loss_end") for setting in (arm, one))
    scores = [mean_of(setting, "validation_score_end").mean for setting in (arm, one)]
    return claim(
        f"{layers} linear layers do no better on the rings than one: neither learns anything",
        holds=min(loss.low, alone.low) > constant - 0.01,
        measured=f"loss {loss.mean:.3f} and {alone.mean:.3f} (always the same answer:"
        f" {constant:.3f}), accuracy {scores[0]:.3f} and {scores[1]:.3f}, {loss.n} seeds",
    )


def _better(arm, one, shares):
    apart = paired(one, arm, "validation_score_end")
    return Claim(
        says=f"Three layers with {arm.label.removeprefix('three_')} between them are more than one",
        outcome=outcome(apart, below=False),
        measured=f"accuracy {apart.mean:.3f} higher (95 %: {apart.low:.3f} to {apart.high:.3f},"
        f" {apart.n} pairs); one linear layer explains {100 * np.mean(shares):.2g} % of what they"
        " give",
    )
