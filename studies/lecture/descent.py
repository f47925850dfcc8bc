"""What the studies of gradient descent by hand show (items 1 and 2)."""

import numpy as np

from harness import Line, Mark, Picture, Sheet, Showing, claim, runs_of, setting_of


def by_hand(findings, dataset):
    """The weight of y = x·w after every step, on the parabola of its loss."""
    run = runs_of(setting_of(findings, "by_hand"))[0]
    weights = run.trace.of("weights 1")[:, 0, 0].astype(float)
    x, y = dataset.train.x[:, 0].astype(float), dataset.train.y[:, 0].astype(float)
    rate = run.trial.settings.learning_rate
    rows = [_step(weights, x, y, rate, step) for step in range(6)]
    known = [0.5, 1.7, 1.76, 2.192]
    off = np.abs(weights[:4] - known).max()
    slopes = np.array([row[6] for row in rows])
    moves = np.diff(weights)[: len(slopes)]
    against = int(np.sum(np.sign(moves) == -np.sign(slopes)))
    differences = np.array([row[7] for row in rows])
    return Showing(
        parts=[_parabola(weights, x, y), _path(weights), _steps(rows)],
        claims=[
            claim(
                "The weight goes 0.5, 1.7, 1.76, 2.192",
                holds=off < 1e-6,
                measured=", ".join(f"{w:.6g}" for w in weights[:4]),
            ),
            claim(
                "Each step goes against the slope: where it is negative to the right, where it"
                " is positive to the left",
                holds=against == len(slopes),
                measured=f"in {against} of the first {len(slopes)} steps",
            ),
            claim(
                "The slope can be found without calculus, by trying two weights close together",
                holds=bool(np.allclose(slopes, differences, atol=1e-6)),
                measured="it differs from the derivative by "
                f"{np.abs(slopes - differences).max():.1g} at most",
            ),
            claim(
                "The steps end where the slope is 0, at w = 2",
                holds=abs(weights[-1] - 2) < 1e-3,
                measured=f"after {len(weights) - 1} steps w is {weights[-1]:.6g}",
            ),
        ],
    )


def _step(weights, x, y, rate, step):
    w, one = weights[step], step % len(x)
    slope = 2 * x[one] * (x[one] * w - y[one])
    near = 1e-4
    difference = (_loss(w + near, x[one], y[one]) - _loss(w - near, x[one], y[one])) / (2 * near)
    made = x[one] * w
    return (step + 1, x[one], y[one], w, made, made - y[one], slope, difference,
            -rate * slope, weights[step + 1])  # fmt: skip


def _loss(w, x, y):
    return (x * w - y) ** 2


def _parabola(weights, x, y):
    grid = np.linspace(0.3, 3.0, 200)
    whole = np.mean([_loss(grid, a, b) for a, b in zip(x, y, strict=True)], axis=0)
    on = np.mean([_loss(weights, a, b) for a, b in zip(x, y, strict=True)], axis=0)
    return Picture(
        title="The weight on its parabola",
        x_label="weight w",
        y_label="mean squared error of the three examples",
        lines=[
            Line(x=grid, y=whole, label="loss"),
            Line(x=weights, y=on, label="after each step", style="points"),
        ],
        marks=[Mark(x=w, y=e, text=f"{w:.4g}") for w, e in zip(weights[:4], on[:4], strict=True)],
        note="Left of 2 the slope is negative and the weight moves right, right of 2 it is"
        " positive and the weight moves left.",
    )


def _path(weights):
    return Picture(
        title="The weight after every step",
        x_label="step",
        y_label="weight w",
        lines=[
            Line(x=range(len(weights)), y=weights, label="w", style="points"),
            Line(x=[0, len(weights) - 1], y=[2, 2], label="where the slope is 0", style="dotted"),
        ],
    )


def _steps(rows):
    return Sheet(
        title="The first steps, as on paper",
        columns=[
            "step",
            "x",
            "y",
            "w",
            "prediction",
            "error",
            "slope 2·x·error",
            "the same by differences",
            "-rate · slope",
            "new w",
        ],
        rows=[(row[0], *(f"{value:.6g}" for value in row[1:])) for row in rows],
    )


def backpropagation(findings, dataset):
    """One example through two layers and back, every number beside the engine's own."""
    run = runs_of(setting_of(findings, "by_hand"))[0]
    settings = run.trial.settings
    (w1, b1), (w2, b2) = [(w.astype(float), b.astype(float)) for w, b in run.trace.layers(0)]
    x, y = dataset.train.x[0].astype(float), dataset.train.y[0].astype(float)
    sums = x @ w1 + b1
    hidden = 1 / (1 + np.exp(-sums))
    out = hidden @ w2 + b2
    error = out - y
    back = {"weights 2": 2 * np.outer(hidden, error), "biases 2": 2 * error}
    down = (w2 @ (2 * error)) * hidden * (1 - hidden)
    back |= {"weights 1": np.outer(x, down), "biases 1": down}
    rows, off = [], 0.0
    for name in ("weights 1", "biases 1", "weights 2", "biases 2"):
        before, after = (run.trace.of(name)[moment].astype(float).ravel() for moment in (0, 1))
        slopes = back[name].ravel()
        for at, (old, slope, new) in enumerate(zip(before, slopes, after, strict=True), start=1):
            expected = old - settings.learning_rate * slope
            rows.append((f"{name}, {at}", old, slope, expected, new))
            off = max(off, abs(expected - new))
    losses = run.curves.train_loss
    return Showing(
        parts=[
            Sheet(
                title="Forward",
                columns=["layer", "sums", "outputs"],
                rows=[
                    ("inputs", "", _numbers(x)),
                    ("hidden, sigmoid", _numbers(sums), _numbers(hidden)),
                    ("output, linear", _numbers(out), _numbers(out)),
                    ("error: output - target", "", _numbers(error)),
                ],
                note=f"The target is {y[0]:g}; the squared error {error[0] ** 2:.4g}.",
            ),
            Sheet(
                title="Backward, and the step",
                columns=["number", "before", "slope", "before - rate · slope", "the engine's"],
                rows=rows,
                note="Back-propagation finds the slopes; the optimizer takes the step. Weights and"
                " biases are moved alike.",
            ),
            Picture(
                title="The loss of the example, step by step",
                x_label="step",
                y_label="squared error",
                lines=[Line(x=run.curves.epochs, y=losses, label="loss", style="points")],
                log_y=True,
            ),
        ],
        claims=[
            claim(
                "Back-propagation computes the slopes of all weights and biases from the error,"
                " layer after layer; the optimizer then moves each against its slope",
                holds=off < 1e-6,
                measured=f"all {len(rows)} numbers after the step agree with the slopes worked"
                f" out by hand, to {off:.1g}",
            ),
            claim(
                "After the step the error is smaller",
                holds=bool(losses[1] < losses[0]),
                measured=f"squared error {losses[0]:.4g} before, {losses[1]:.4g} after",
            ),
        ],
    )


def _numbers(values):
    return ", ".join(f"{value:.4g}" for value in values)
