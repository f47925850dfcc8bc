"""What the study of depth and cost shows (item 4)."""

import numpy as np

from harness import (
    Claim,
    Kind,
    Line,
    Outcome,
    Picture,
    Sheet,
    Showing,
    curve_line,
    interval,
    mean_of,
    outcome,
    paired,
    runs_of,
)

NAMES = {"sigmoid": "sigmoid", "tanh": "tanh", "relu": "ReLU"}


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


def _losses(grid, depths):
    lines = []
    for name in NAMES:
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
        lines=[curve_line(grid[name, 3], "train_loss", label=NAMES[name]) for name in NAMES],
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
            for name in NAMES
        ],
        note="With everything around it: six networks train side by side and are measured after"
        " every epoch. Times vary from machine to machine and with what else it does.",
    )


def _all(grid, depths, steps):
    rows = []
    for depth in depths:
        for name in NAMES:
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
        f"clearly {side} at depth {', '.join(map(str, at))}"
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
