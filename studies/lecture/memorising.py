"""What the study of random labels shows: how many of them each size learns (item 12)."""

from itertools import pairwise

import numpy as np

from harness import Line, Map, Picture, Sheet, Showing, claim, runs_of
from harness.findings import interval

LEARNED = 0.99
"""The share of labels from which on they count as learned (our choice)."""


def capacity(findings, dataset):
    """Labels learned by units and by the number of patterns."""
    found = {_place(one): one for one in findings.settings}
    units, patterns = (sorted({place[at] for place in found}) for at in (0, 1))
    learned = np.array([[_learned(found[u, n]) for u in units] for n in patterns])
    holds = [_holds(learned[:, at], patterns) for at in range(len(units))]
    numbers = [_numbers(u, dataset) for u in units]
    guessed = _guessed(findings, dataset)
    small = [(u, n) for u, n in zip(units, holds, strict=True) if n < patterns[-1]]
    return Showing(
        parts=[
            Map(
                title="Random labels learned by heart",
                x_label="hidden units",
                y_label="patterns to learn",
                x=[str(u) for u in units],
                y=[str(n) for n in patterns],
                values=learned,
                label="share learned",
                note="A full square: every label is learned. One in ten is right by chance.",
            ),
            _right(learned, units, patterns),
            Sheet(
                title="How much each size holds",
                columns=["hidden units", "weights and biases", "patterns held", "numbers for each"],
                rows=[
                    (u, count, n or f"fewer than {patterns[0]}", f"{count / n:.1f}" if n else "–")
                    for u, count, n in zip(units, numbers, holds, strict=True)
                ],
                note=f"Held: the most of these numbers of patterns of which {LEARNED:.0%} are"
                " learned, on average over the seeds.",
            ),
        ],
        claims=[
            claim(
                "A small network can memorise only a small number of patterns",
                holds=len(small) > 1 and small[0][1] < small[-1][1],
                measured="; ".join(
                    f"{u} unit{'s' * (u > 1)}: {n or f'fewer than {patterns[0]}'}" for u, n in small
                )
                + f"; {units[-1]} units: {holds[-1]} of {patterns[-1]}",
            ),
            claim(
                "The larger the network, the more it can memorise",
                holds=all(small < large for small, large in pairwise(learned[-1])),
                measured=f"of {patterns[-1]} labels it gets right: "
                + ", ".join(f"{share * patterns[-1]:.0f}" for share in learned[-1]),
            ),
            claim(
                "What is learned by heart says nothing about other examples",
                holds=guessed.low <= 0.1 <= guessed.high,
                measured=f"networks that learned every label get {guessed.mean:.3f} of the"
                f" validation digits right (95 %: {guessed.low:.3f} to {guessed.high:.3f});"
                " guessing gets 0.1",
            ),
        ],
    )


def _place(setting):
    settings = setting.trial.settings
    return settings.units, settings.train_size


def _learned(setting):
    """Mean over seeds of the highest training accuracy, which may end on a jump."""
    return np.mean([run.curves.train_score.max() for run in runs_of(setting)])


def _holds(learned, patterns):
    """The most patterns learned, with all smaller numbers of them learned as well; or 0."""
    missed = np.flatnonzero(learned < LEARNED)
    count = int(missed[0]) if len(missed) else len(patterns)
    return patterns[count - 1] if count else 0


def _numbers(units, dataset):
    """Weights and biases of a network with one hidden layer."""
    return (dataset.features + 1) * units + (units + 1) * dataset.classes


def _guessed(findings, dataset):
    """Validation accuracy of the seeds' mean over the settings that learned every label."""
    scores = {}
    for setting in findings.settings:
        for run in runs_of(setting):
            if run.curves.train_score[-1] == 1:
                scores.setdefault(run.seed, []).append(run.curves.validation_score[-1])
    return interval([float(np.mean(found)) for found in scores.values()])


def _right(learned, units, patterns):
    return Picture(
        title="Labels that come out right",
        x_label="patterns to learn",
        y_label="labels right",
        lines=[
            *(
                Line(
                    x=patterns,
                    y=learned[:, at] * patterns,
                    label=f"{u} unit{'s' * (u > 1)}",
                )
                for at, u in enumerate(units)
            ),
            Line(x=patterns, y=np.array(patterns) / 10, label="by chance", style="dotted"),
        ],
        note="A size that has room for all goes up the diagonal; one that is full leaves it.",
    )
