"""What the study of dropout shows: the layer's outputs in every step, read off its weights."""

from dataclasses import dataclass

import numpy as np

from harness import Line, Picture, Sheet, Showing, claim, runs_of, setting_of
from harness.findings import Interval, interval

STEP = 1 / 256
"""The engine draws a byte for each unit: shares are rounded to multiples of this."""


def by_hand(findings, dataset):
    """What the hidden layer gave in every step, beside what it would give without dropout."""
    x, y = dataset.train.x[0].astype(float), float(dataset.train.y[0, 0])
    arms = [_read_off(setting, x, y) for setting in findings.settings]
    return Showing(
        parts=[_units(findings, x), _counts(findings, x), _table(arms)],
        claims=[
            claim(
                "The share of outputs set to 0 is the rate, drawn anew in every step",
                holds=all(
                    abs(arm.zeroed - arm.rate) < 3 * arm.error + STEP / 2 and arm.different
                    for arm in arms
                ),
                measured="; ".join(f"at {arm.rate:g}: {arm.zeroed:.4f}" for arm in arms)
                + f", each of {arms[0].drawn:,} draws; no two steps of a run zero the same units",
            ),
            claim(
                "The outputs that stay are divided by 1 - rate",
                holds=all(arm.rescaled < 2 * STEP for arm in arms),
                measured="in every step and unit, to "
                + ", ".join(f"{arm.rescaled:.2%}" for arm in arms)
                + " (the engine rounds rates to 1/256)",
            ),
            claim(
                "So the layer gives the same on average as without dropout",
                holds=all(arm.whole.low <= 1 <= arm.whole.high for arm in arms),
                measured="; ".join(
                    f"at {arm.rate:g}: {arm.whole.mean:.4f} ± {arm.whole.half:.4f} of it"
                    for arm in arms
                ),
            ),
            claim(
                "In use nothing is dropped and nothing rescaled",
                holds=all(arm.used < 1e-5 for arm in arms),
                measured="the losses recorded are those of all units as they are, to a share of"
                f" {max(arm.used for arm in arms):.1g}",
            ),
        ],
    )


@dataclass(frozen=True, kw_only=True)
class Arm:
    """What one arm's weights say of its dropout.

    Args:
        rate: asked for.
        zeroed, error: share of outputs at 0, and the standard error of that many draws.
        drawn: how many.
        different: whether every step of a run zeroes other units.
        factor, rescaled: mean factor of the others, and how far any is from 1/(1 - rate).
        whole: mean over units and steps, over seeds.
        used: how far recorded losses lie from those of the whole layer.
    """

    rate: float
    zeroed: float
    error: float
    drawn: int
    different: bool
    factor: float
    rescaled: float
    whole: Interval
    used: float


def _read_off(setting, x, y):
    rate = setting.trial.settings.dropout
    found = np.stack([given(run, x) for run in runs_of(setting)])
    kept = found > 0.5
    return Arm(
        rate=rate,
        zeroed=1 - kept.mean(),
        error=np.sqrt(rate * (1 - rate) / kept.size),
        drawn=kept.size,
        different=all(len(np.unique(run, axis=0)) == len(run) for run in kept),
        factor=found[kept].mean(),
        rescaled=np.abs(found[kept] * (1 - rate) - 1).max(),
        whole=interval(found.mean(axis=(1, 2))),
        used=max(used(run, x, y) for run in runs_of(setting)),
    )


def given(run, x):
    """What the hidden layer gave in each step, over what it gives whole: [step, unit].

    The output layer's weight moves by -rate·2·error·h, its bias by -rate·2·error.
    """
    moved = np.diff(run.trace.of("weights 2")[:, :, 0].astype(float), axis=0)
    by = np.diff(run.trace.of("biases 2")[:, 0].astype(float))
    return moved / by[:, None] / hidden(run, x)[:-1]


def hidden(run, x):
    """The hidden layer's outputs for the example with all units, at each moment."""
    weights, biases = (run.trace.of(f"{name} 1").astype(float) for name in ("weights", "biases"))
    return 1 / (1 + np.exp(-(x @ weights + biases)))


def used(run, x, y):
    """How far the losses recorded lie from those of the whole network, as a share."""
    weights, biases = (run.trace.of(f"{name} 2").astype(float) for name in ("weights", "biases"))
    out = np.einsum("mu,muo->mo", hidden(run, x), weights) + biases
    expected = (out[:, 0] - y) ** 2
    return float(np.abs(run.curves.train_loss / expected - 1).max())


def _units(findings, x):
    ratio = given(runs_of(setting_of(findings, "dropout_0_5"))[0], x)[0][:40]
    return Picture(
        title="One step with dropout of 0.5, the first 40 units",
        x_label="hidden unit",
        y_label="output, over that without dropout",
        lines=[
            Line(x=range(1, 41), y=ratio, style="bars"),
            Line(x=[0, 41], y=[1, 1], label="without dropout", style="dotted"),
        ],
        y_limits=(0, 2.5),
        note="Half of the units give nothing, the others twice their output.",
    )


def _counts(findings, x):
    lines = []
    for setting in findings.settings:
        zeroed = given(runs_of(setting)[0], x) < 0.5
        steps = range(1, len(zeroed) + 1)
        rate = setting.trial.settings.dropout
        lines.append(Line(x=steps, y=zeroed.sum(axis=1), label=f"dropout of {rate:g}"))
    return Picture(
        title="Units at 0, step by step",
        x_label="step",
        y_label="of 100 units",
        lines=lines,
        y_limits=(0, 100),
        note="The first seed. Each step draws other units, and each unit by itself: their number"
        " varies around the rate.",
    )


def _table(arms):
    return Sheet(
        title="Read off the weights",
        columns=["rate", "share at 0", "1/(1 - rate)", "factor of the others", "mean of all"],
        rows=[
            tuple(
                f"{value:.4g}"
                for value in (
                    arm.rate,
                    arm.zeroed,
                    1 / (1 - arm.rate),
                    arm.factor,
                    arm.whole.mean,
                )
            )
            for arm in arms
        ],
        note="The factor and the mean are over the layer's outputs without dropout.",
    )
