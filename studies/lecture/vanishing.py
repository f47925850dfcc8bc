"""What the study of vanishing gradients shows (item 4)."""

import numpy as np

from harness import (
    Claim,
    Line,
    Picture,
    Sheet,
    Showing,
    claim,
    interval,
    mean_of,
    outcome,
    paired,
    runs_of,
    setting_of,
)

NAMES = {
    "threshold": "threshold",
    "sigmoid": "sigmoid",
    "tanh": "tanh",
    "relu": "ReLU",
    "relu_he": "ReLU, He's first weights",
    "linear": "linear",
}


def vanishing(findings, dataset):
    """The gradient of every layer in the first step."""
    arms = {name: setting_of(findings, name) for name in NAMES}
    sizes = {name: np.array([gradients(run) for run in runs_of(arm)]) for name, arm in arms.items()}
    return Showing(
        parts=[_by_layer(sizes), _sizes(sizes)],
        claims=[
            _none(sizes["threshold"]),
            _falls(sizes["sigmoid"]),
            *(_less(arms[name], arms["sigmoid"]) for name in ("tanh", "relu")),
            _level(sizes["relu"]),
            _larger(arms["relu_he"], arms["relu"]),
            _possible(sizes["linear"]),
        ],
    )


def gradients(run):
    """The size (root mean square) of each layer's weight gradients: the first step by the rate."""
    pairs = zip(run.trace.layers(0), run.trace.layers(1), strict=True)
    steps = [(new.astype(float) - old) for (old, _), (new, _) in pairs]
    rate = run.trial.settings.learning_rate
    return [float(np.sqrt(np.mean(np.square(step / rate)))) for step in steps]


def _fall(run):
    """How many powers of ten lie between the last layer's gradient and the first's."""
    sizes = gradients(run)
    return np.log10(sizes[-1] / sizes[0])


def _by_layer(sizes):
    lines = []
    for name, found in sizes.items():
        if name == "threshold":
            continue  # 0 has no place on a logarithmic axis
        logs = np.log10(found)
        lines.append(
            Line(
                x=range(1, found.shape[1] + 1),
                y=10 ** logs.mean(axis=0),
                low=10 ** logs.min(axis=0),
                high=10 ** logs.max(axis=0),
                label=NAMES[name],
                style="dashed" if name == "linear" else "line",
            )
        )
    return Picture(
        title="The gradient that reaches each layer",
        x_label="layer; 10 is the output",
        y_label="size of the gradient",
        lines=lines,
        log_y=True,
        y_limits=(1e-8, 1e3),
        note="Root mean square over a layer's weights, mean of the seeds, bands from the lowest to"
        " the highest. The threshold's is 0 in all layers but the last.",
    )


def _sizes(sizes):
    rows = []
    for name, found in sizes.items():
        first, middle, last = (found[:, at].mean() for at in (0, found.shape[1] // 2, -1))
        ratio = "no gradient" if first == 0 else _times(last / first)
        rows.append((NAMES[name], *(f"{size:.2g}" for size in (first, middle, last)), ratio))
    return Sheet(
        title="First, middle and last layer",
        columns=["activation", "layer 1", "layer 6", "layer 10", "last / first"],
        rows=rows,
    )


def _none(sizes):
    hidden = sizes[:, :-1]
    return claim(
        "Through a threshold no gradient passes",
        holds=bool(np.all(hidden == 0) and np.all(sizes[:, -1] > 0)),
        measured=f"exactly 0 in {np.sum(hidden == 0)} of {hidden.size} hidden layers",
    )


def _falls(sizes):
    layers = sizes.shape[1] - 1
    fall = interval(np.log10(sizes[:, -1] / sizes[:, 0]))
    each = 10 ** (fall.mean / layers)
    return Claim(
        says="With sigmoids the gradient vanishes on its way to the first layers",
        outcome=outcome(fall, below=False),
        measured=f"it shrinks {each:.2g} times with every layer, {_times(10**fall.mean)} over"
        f" {layers} of them (95 %: {_times(10**fall.low)} to {_times(10**fall.high)},"
        f" {fall.n} seeds)",
    )


def _times(ratio):
    return f"{float(f'{ratio:.2g}'):,.10g}"


def _less(arm, sigmoid):
    apart = paired(sigmoid, arm, _fall)
    return Claim(
        says=f"With {NAMES[arm.label]} it vanishes less than with a sigmoid",
        outcome=outcome(apart, below=True),
        measured=f"last layer against first: {10 ** mean_of(arm, _fall).mean:.2g} times; with a"
        f" sigmoid that is {_times(10**-apart.mean)} times as much (95 %: {_times(10**-apart.high)}"
        f" to {_times(10**-apart.low)}, {apart.n} pairs)",
    )


def _level(sizes):
    fall = interval(np.log10(sizes[:, -1] / sizes[:, 0]))
    return claim(
        "With ReLU the gradient does not vanish from layer to layer",
        holds=fall.low > -0.5 and fall.high < 0.5,
        measured=f"the last layer's is {10**fall.mean:.2g} times the first's (95 %:"
        f" {10**fall.low:.2g} to {10**fall.high:.2g}, {fall.n} seeds)",
    )


def _larger(he, plain):
    def size(run):
        return float(np.log10(gradients(run)).mean())

    apart = paired(plain, he, size)
    return Claim(
        says="First weights drawn for ReLU give it larger gradients",
        outcome=outcome(apart, below=False),
        measured=f"{10**apart.mean:.2g} times as large over all layers with He's as with Glorot's"
        f" (95 %: {10**apart.low:.2g} to {10**apart.high:.2g}, {apart.n} pairs)",
    )


def _possible(sizes):
    reached = int(np.sum(sizes > 0))
    fall = 10 ** np.log10(sizes[:, -1] / sizes[:, 0]).mean()
    return claim(
        "It is the activation that makes back-propagation possible",
        holds=reached < sizes.size,
        measured=f"without any, in linear layers, {reached} of {sizes.size} layers receive a"
        f" gradient, the last one {fall:.2g} times that of the first",
    )
