"""What the study of L1 and L2 shows: one step by hand, and the weights before and after."""

import numpy as np

from harness import (
    Claim,
    Line,
    Picture,
    Sheet,
    Showing,
    claim,
    mean_of,
    outcome,
    paired,
    runs_of,
    setting_of,
)

DOSE = 0.001
NEAR = 0.01
"""Weights within this of 0 are counted as gone (our choice)."""
ARMS = {"trained": "no penalty", "trained_l1": "L1 of 0.001", "trained_l2": "L2 of 0.001"}


def by_hand(findings, dataset):
    """The penalty's slope in one step of the engine, and what becomes of the weights."""
    before, plain = _weights(findings, "step")
    off, added = {}, {}
    slopes = {"step_l1": DOSE * np.sign(before), "step_l2": 2 * DOSE * before}
    for arm, expected in slopes.items():
        start, after = _weights(findings, arm)
        assert np.array_equal(start, before)
        # The rate is 1: what a penalty adds to the slope is what it takes from the weight.
        added[arm] = plain - after
        off[arm] = np.abs(added[arm] - expected).max()
    losses = [
        runs_of(setting_of(findings, arm))[0].curves.train_loss[0] for arm in ("step", "step_l2")
    ]
    none, l1, l2 = (setting_of(findings, arm) for arm in ARMS)
    smaller, fewer = paired(none, l2, _size), paired(none, l1, _gone)
    sooner = paired(l2, l1, _gone)
    return Showing(
        parts=[
            _some(before, added),
            _distribution(findings),
            _sums(findings),
        ],
        claims=[
            claim(
                "With L2 at 0.001 every weight adds 0.001·w² to the loss",
                holds=off["step_l2"] < 1e-6,
                measured=f"in one step, the slope of each of {before.size:,} weights grows by"
                f" 0.002·w, the slope of 0.001·w², to {off['step_l2']:.1g}; for L1 by 0.001 with"
                f" the sign of w, to {off['step_l1']:.1g}",
            ),
            claim(
                "The losses that are drawn hold no penalty",
                holds=losses[0] == losses[1],
                measured=f"before the first step {losses[0]:.6g} without L2 and {losses[1]:.6g}"
                f" with it; the penalty is {DOSE * np.square(before).sum():.4g}",
            ),
            Claim(
                says="A penalty makes the weights smaller, and their distribution more even",
                outcome=outcome(smaller, below=True),
                measured=f"root mean square after training {mean_of(none, _size).mean:.4f}; L2"
                f" changes it by {_with(smaller)}",
            ),
            Claim(
                says="L1 brings weights to 0",
                outcome=outcome(fewer, below=False),
                measured=f"the share within {NEAR} of 0 is {mean_of(none, _gone).mean:.3f}"
                f" without a penalty; L1 changes it by {_with(fewer)}",
            ),
            Claim(
                says="L1 does so more than L2",
                outcome=outcome(sooner, below=False),
                measured=f"with L2 the share is {mean_of(l2, _gone).mean:.3f}, with L1 it is"
                f" {_with(sooner)} larger",
            ),
        ],
    )


def _weights(findings, arm):
    """All weights of the first seed before and after, without the biases."""
    return all_weights(runs_of(setting_of(findings, arm))[0])


def all_weights(run):
    """A run's weights at both ends of training, biases left out: [moment, weight]."""
    names = [name for name in run.trace.shapes if name.startswith("weights ")]
    parts = [run.trace.of(name).reshape(len(run.trace.steps), -1) for name in names]
    return np.concatenate(parts, axis=1).astype(float)


def _size(run):
    return float(np.sqrt(np.square(all_weights(run)[-1]).mean()))


def _gone(run):
    return float((np.abs(all_weights(run)[-1]) < NEAR).mean())


def _some(before, added):
    """Weights of many sizes, the largest and the smallest among them."""
    places = np.argsort(before)[np.linspace(0, before.size - 1, 7).round().astype(int)]
    rows = []
    for at in places:
        w = before[at]
        given = (w, DOSE * w**2, 2 * DOSE * w, added["step_l2"][at], DOSE * abs(w))
        rows.append(
            (
                *(f"{value:.4g}" for value in given),
                f"{DOSE * np.sign(w):.4g}",
                f"{added['step_l1'][at]:.4g}",
            )
        )
    return Sheet(
        title="The penalty of single weights",
        columns=[
            "w",
            "L2: 0.001·w²",
            "its slope 0.002·w",
            "in the engine's step",
            "L1: 0.001·|w|",
            "its slope ±0.001",
            "in the engine's step",
        ],
        rows=rows,
        note="The engine's: how much further a step with the penalty goes than one without.",
    )


def _distribution(findings):
    edges = np.linspace(-0.6, 0.6, 61)
    middles = (edges[:-1] + edges[1:]) / 2
    first = runs_of(setting_of(findings, "trained"))
    lines = [_line(middles, edges, [all_weights(run)[0] for run in first], "before", "dotted")]
    for arm, label in ARMS.items():
        runs = runs_of(setting_of(findings, arm))
        lines.append(_line(middles, edges, [all_weights(run)[-1] for run in runs], label, "line"))
    return Picture(
        title="The weights before and after",
        x_label="weight",
        y_label="share of the weights",
        lines=lines,
        note="All seeds together, in bins of 0.02. Training spreads the weights; with a penalty"
        " those that do no work, of pixels that are always empty, say, shrink to 0.",
    )


def _line(middles, edges, weights, label, style):
    counts, _ = np.histogram(np.concatenate(weights), bins=edges)
    share = counts / sum(len(some) for some in weights)
    return Line(x=middles, y=np.where(share > 0, share, np.nan), label=label, style=style)


def _sums(findings):
    rows = []
    for arm, label in ARMS.items():
        setting = setting_of(findings, arm)
        ends = [all_weights(run)[-1] for run in runs_of(setting)]
        rows.append(
            (
                label,
                *(
                    f"{np.mean([figure(w) for w in ends]):.4g}"
                    for figure in (
                        lambda w: np.sqrt(np.square(w).mean()),
                        lambda w: np.abs(w).max(),
                        lambda w: (np.abs(w) < NEAR).mean(),
                        lambda w: DOSE * np.square(w).sum(),
                        lambda w: DOSE * np.abs(w).sum(),
                    )
                ),
                f"{mean_of(setting, 'train_loss_end').mean:.3f}",
                f"{mean_of(setting, 'validation_loss_end').mean:.3f}",
            )
        )
    return Sheet(
        title="The weights after training",
        columns=[
            "",
            "root mean square",
            "largest",
            f"share within {NEAR} of 0",
            "0.001·Σw²",
            "0.001·Σ|w|",
            "training loss",
            "validation loss",
        ],
        rows=rows,
        note="Means over the seeds; the losses without penalty.",
    )


def _with(found):
    return f"{found.mean:.4f} (95 %: {found.low:.4f} to {found.high:.4f})"
