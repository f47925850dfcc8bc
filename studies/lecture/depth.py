"""What the studies of vanishing gradients, and of depth and cost, show (item 4)."""

import numpy as np

from harness import (
    Claim,
    Kind,
    Line,
    Outcome,
    Picture,
    Sheet,
    Showing,
    claim,
    curve_line,
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


def speed(findings, dataset):
    """Loss after ten epochs, and seconds a step, by depth and activation."""
    grid = {}
    for setting in findings.settings:
        knobs = setting.trial.settings
        grid[knobs.activation, knobs.layers] = setting
    depths = sorted({layers for _, layers in grid})
    steps = -(-len(dataset.train) // 32) * int(runs_of(grid["relu", 1])[0].curves.epochs[-1])
    return Showing(
        parts=[_losses(grid, depths), _courses(grid), _cost(grid, depths, steps),
               _all(grid, depths, steps)],
        claims=[
            _deeper(grid, depths),
            _faster(grid, depths, "relu", "sigmoid"),
            _faster(grid, depths, "tanh", "sigmoid"),
            _faster(grid, depths, "relu", "tanh"),
            *(_cheaper(grid, depths, other) for other in ("sigmoid", "tanh")),
        ],
    )  # fmt: skip


SPEED = ("sigmoid", "tanh", "relu")


def _losses(grid, depths):
    lines = []
    for name in SPEED:
        found = [mean_of(grid[name, depth], "train_loss_end") for depth in depths]
        lines.append(
            Line(
                x=depths,
                y=[one.mean for one in found],
                low=[one.low for one in found],
                high=[one.high for one in found],
                label=NAMES[name],
            )
        )
    return Picture(
        title="The loss after ten epochs",
        x_label="hidden layers",
        y_label="training loss (cross-entropy)",
        lines=lines,
        note="ln 10 = 2.30 is the loss of one who knows nothing.",
    )


def _courses(grid):
    return Picture(
        title="Learning with three hidden layers",
        x_label="epoch",
        y_label="training loss (cross-entropy)",
        lines=[curve_line(grid[name, 3], "train_loss", label=NAMES[name]) for name in SPEED],
    )


def _microseconds(setting, steps):
    return 1e6 * np.mean([run.seconds for run in setting.runs]) / steps


def _cost(grid, depths, steps):
    return Picture(
        title="What a step costs",
        x_label="hidden layers",
        y_label="µs a step and network",
        lines=[
            Line(
                x=depths, y=[_microseconds(grid[name, d], steps) for d in depths], label=NAMES[name]
            )
            for name in SPEED
        ],
        note="With everything around it: six networks train side by side and are measured after"
        " every epoch. Times vary from machine to machine and with what else it does.",
    )


def _all(grid, depths, steps):
    rows = []
    for depth in depths:
        for name in SPEED:
            setting = grid[name, depth]
            known = setting.kind.words if setting.kind else "not judged"
            loss, score = (mean_of(setting, f"{part}_end").mean
                           for part in ("train_loss", "validation_score"))  # fmt: skip
            cost = f"{_microseconds(setting, steps):.0f}"
            rows.append((depth, NAMES[name], loss, score, known, cost))
    return Sheet(
        title="Every network",
        columns=[
            "hidden layers",
            "activation",
            "training loss",
            "accuracy",
            "verdict",
            "µs a step",
        ],
        rows=rows,
    )


def _deeper(grid, depths):
    apart = paired(grid["sigmoid", 1], grid["sigmoid", depths[-1]], "train_loss_end")
    dead = [d for d in depths if grid["sigmoid", d].kind is Kind.CONSTANT]
    return Claim(
        says="The deeper a network with sigmoids, the slower it learns",
        outcome=outcome(apart, below=False),
        measured=f"after ten epochs the loss of {depths[-1]} layers is {apart.mean:.2f} above that"
        f" of one (95 %: {apart.low:.2f} to {apart.high:.2f}, {apart.n} pairs); nothing is learned"
        f" with {', '.join(map(str, dead)) or 'none of these numbers of'} layers",
    )


def _faster(grid, depths, name, other):
    pairs = [paired(grid[other, d], grid[name, d], "train_loss_end") for d in depths]
    lower = [d for d, one in zip(depths, pairs, strict=True) if one.high < 0]
    higher = [d for d, one in zip(depths, pairs, strict=True) if one.low > 0]
    whole = "undecided"
    if len(lower) == len(depths):
        whole = "confirmed"
    elif higher:
        whole = "contradicted"
    words = " and ".join(
        f"clearly {side} with {', '.join(map(str, at))} layers"
        for side, at in (("lower", lower), ("higher", higher))
        if at
    )
    return Claim(
        says=f"{NAMES[name][0].upper()}{NAMES[name][1:]} learns faster than {NAMES[other]}",
        outcome=Outcome(whole),
        measured=f"loss after ten epochs: {words or 'not clearly apart'} ({pairs[0].n} pairs each)",
    )


def _cheaper(grid, depths, other):
    logs = [np.log(np.mean([run.seconds for run in grid["relu", d].runs])
                   / np.mean([run.seconds for run in grid[other, d].runs]))
            for d in depths]  # fmt: skip
    ratio = interval(logs)
    return Claim(
        says=f"A step with ReLU is cheaper than one with {NAMES[other]}",
        outcome=outcome(ratio, below=True),
        measured=f"{np.exp(ratio.mean):.2f} times the time (95 %: {np.exp(ratio.low):.2f} to"
        f" {np.exp(ratio.high):.2f}, {ratio.n} depths)",
    )
