"""What the study of noise and local minima shows (item 10)."""

import numpy as np
from landscapes import BAD, GOOD, TOP, drawn, height, weights_of

from harness import (
    Claim,
    Line,
    Mark,
    Picture,
    Sheet,
    Showing,
    claim,
    outcome,
    paired,
    runs_of,
    setting_of,
)

LATE = 100
"""Steps at the end that say where a weight came to rest, and how it trembles."""
NAMES = (
    "stochastic",
    "mini_batch_of_2",
    "mini_batch_of_4",
    "batch",
    "from_the_good_one",
    "falling_rate",
)


def by_noise(findings, dataset):
    """Where weights end under steps of 1, 2, 4 and all examples, and how they tremble there."""
    arms = one, two, four, full, good, falling = [setting_of(findings, name) for name in NAMES]
    left = sum(bool((weights_of(run) > BAD).any()) for run in runs_of(good))
    low = height(np.mean([end(run) for run in runs_of(full)]))
    return Showing(
        parts=[_landscape(one, full), _paths(one, falling, full), _ends(arms), _table(arms)],
        claims=[
            _gets_out("Stochastic: noise helps it out of local minima", one, full),
            claim(
                "Stochastic: noise leads only to better minima",
                holds=left == 0,
                measured=f"of {len(good.runs)} that began in the better valley {left} were at the"
                f" bottom of the worse one at some time, and"
                f" {len(good.runs) - count_good(good)} ended there",
            ),
            _trembles("Stochastic: does not settle at a minimum", full, one, below=False),
            _trembles("Stochastic: a rate that falls lets it settle", one, falling, below=True),
            claim(
                "Batch: its steady steps may end at worse weights, in a local minimum",
                holds=count_good(full) == 0,
                measured=f"{len(full.runs) - count_good(full)} of {len(full.runs)} stay in the"
                f" worse valley, at a loss of {low:.2f} where 0 is the lowest",
            ),
            _gets_out("Mini-batch: of 2 has noise enough to get out of it", two, full),
            _gets_out("Mini-batch: of 4 has noise enough to get out of it", four, full),
            _trembles("Mini-batch: converges more steadily than one by one", one, two, below=True),
        ],
    )


def end(run):
    """The mean weight of the last steps."""
    return float(weights_of(run)[-LATE:].mean())


def trembling(run):
    """How far the weight of the last steps lies from the bottom of its valley, root mean square."""
    late = weights_of(run)[-LATE:]
    bottom = GOOD if end(run) < TOP else BAD
    return float(np.sqrt(np.mean(np.square(late - bottom))))


def is_good(run):
    """1 where a run ends in the better valley, else 0."""
    return float(end(run) < TOP)


def count_good(arm):
    """How many end in the better valley."""
    return int(sum(map(is_good, runs_of(arm))))


def _gets_out(says, arm, full):
    apart = paired(full, arm, is_good)
    if apart.low == apart.high == 0:
        return claim(says, holds=False, measured=f"none of {len(arm.runs)} gets out")
    return Claim(
        says=says,
        outcome=outcome(apart, below=False),
        measured=f"{count_good(arm)} of {len(arm.runs)} end in the better valley, of batch descent"
        f" {count_good(full)}; {apart.mean:.0%} more (95 %: {apart.low:.0%} to"
        f" {min(apart.high, 1):.0%})",
    )


def _trembles(says, a, b, *, below):
    apart = paired(a, b, trembling)
    means = [np.mean([trembling(run) for run in runs_of(arm)]) for arm in (a, b)]
    return Claim(
        says=says,
        outcome=outcome(apart, below=below),
        measured=f"in the last {LATE} steps the weight is off the bottom by {means[1]:.2g}"
        f" ({_words(b)}), {means[0]:.2g} ({_words(a)}); apart by {apart.mean:.3f} (95 %:"
        f" {apart.low:.3f} to {apart.high:.3f})",
    )


def _landscape(one, full):
    lines = [Line(x=drawn()[0], y=drawn()[1], label="loss of all examples")]
    for arm in (one, full):
        ends = np.array([weights_of(run)[-1] for run in runs_of(arm)])
        words = f"{_words(arm)}, after 800 steps"
        lines.append(Line(x=ends, y=height(ends), label=words, style="points"))
    return Picture(
        title="Where the weights are in the end",
        x_label="weight w",
        y_label="loss",
        lines=lines,
        marks=[Mark(x=BAD, y=height(BAD), text="all begin here")],
        note="A point for each seed; those of batch descent lie upon each other.",
    )


def _paths(one, falling, full):
    seed = next((at for at, run in enumerate(runs_of(one)) if is_good(run)), 0)
    return Picture(
        title="The way of one weight",
        x_label="step",
        y_label="weight w",
        lines=[
            *(
                Line(x=range(801), y=weights_of(runs_of(arm)[seed]), label=_words(arm))
                for arm in (one, falling, full)
            ),
            Line(x=[0, 800], y=[TOP, TOP], label="top of the hill", style="dotted"),
        ],
        y_limits=(-1.8, 3.2),
        note=f"All begin in the worse valley. Seed {runs_of(one)[seed].seed}.",
    )


def _ends(arms):
    return Picture(
        title="How many end in the better valley",
        x_label="examples a step",
        y_label=f"of {len(arms[0].runs)} seeds",
        y_limits=(0, len(arms[0].runs)),
        lines=[Line(x=range(len(arms)), y=[count_good(arm) for arm in arms], style="bars")],
        ticks=["one", "2", "4", "all", "one, from\nthe good", "one, fal-\nling rate"],
    )


def _table(arms):
    rows = [
        (
            _words(arm),
            dict(arm.trial.settings.own)["start"],
            f"{count_good(arm)} of {len(arm.runs)}",
            np.mean([trembling(run) for run in runs_of(arm)]),
            np.mean([height(weights_of(run)[-LATE:]).mean() for run in runs_of(arm)]),
        )
        for arm in arms
    ]
    return Sheet(
        title="Where they end, and how they tremble",
        columns=[
            "",
            "begins at",
            "end in the better valley",
            "off its bottom, last 100 steps",
            "loss, last 100 steps",
        ],
        rows=rows,
        note="800 steps each; off the bottom as root mean square.",
    )


def _words(arm):
    return arm.label.replace("mini_batch", "mini-batch").replace("_", " ")
