"""What the studies of networks of one's own show (item 14)."""

import numpy as np
from written_nets import build

from harness import (
    Claim,
    Picture,
    Sheet,
    Showing,
    claim,
    curve,
    curve_line,
    mean_of,
    outcome,
    paired,
    runs_of,
    setting_of,
)

ROUNDING = 1e-3
"""Losses that differ by less, after hundreds of steps in single precision, count as equal."""


def two_ways(findings, dataset):
    """A sequence and a graph of the same layers: their parameters and their curves."""
    names = ("sequence", "graph", "two_inputs")
    sequence, graph, _ = (setting_of(findings, name) for name in names)
    off = {
        quantity: np.abs(curve(sequence, quantity)[1] - curve(graph, quantity)[1]).max()
        for quantity in ("train_loss", "validation_loss")
    }
    sizes = [count(name, dataset.features, dataset.classes) for name in names]
    skip = mean_of(setting_of(findings, "two_inputs"), "validation_score_end")
    steps = runs_of(sequence)[0].trial.settings.epochs * -(-len(dataset.train) // 32)
    return Showing(
        parts=[
            Picture(
                title="The same curves, written in two ways",
                x_label="epoch",
                y_label="validation loss",
                lines=[
                    curve_line(sequence, "validation_loss"),
                    curve_line(graph, "validation_loss", dashed=True),
                    curve_line(
                        setting_of(findings, "two_inputs"),
                        "validation_loss",
                        label="two inputs and a skip",
                    ),
                ],
                note="The dashed line lies on the first one.",
            ),
            _sizes(findings, names, sizes),
        ],
        claims=[
            claim(
                "Both ways give a network of 784-32-10 the same parameters",
                holds=sizes[0] == sizes[1] == 784 * 32 + 32 + 32 * 10 + 10,
                measured=f"784 · 32 + 32 + 32 · 10 + 10 = {sizes[0]:,} and {sizes[1]:,}",
            ),
            claim(
                "Both ways learn the same",
                holds=max(off.values()) < ROUNDING,
                measured=f"over {steps} steps and {len(sequence.runs)} seeds the losses differ by"
                f" {off['train_loss']:.1g} (training) and {off['validation_loss']:.1g}"
                " (validation) at most, which is rounding",
            ),
            claim(
                "A graph can be what no sequence is: two inputs and a skip, trained alike",
                holds=skip.mean > 0.85,
                measured=f"validation accuracy {_with(skip)}, with {sizes[2]:,} parameters",
            ),
        ],
    )


def shared_weights(findings, dataset):
    """A perceptron, a convolutional and a recurrent network on the same shifted curves."""
    names = ("perceptron", "convolutional", "recurrent")
    settings = {name: setting_of(findings, name) for name in names}
    sizes = {
        name: count(one.trial.settings.value("written"), dataset.features, dataset.classes)
        for name, one in settings.items()
    }
    return Showing(
        parts=[
            Picture(
                title="Accuracy on shifted curves",
                x_label="epoch",
                y_label="validation accuracy",
                lines=[curve_line(one, "validation_score") for one in settings.values()],
            ),
            Sheet(
                title="Three networks",
                columns=["network", "weights and biases", "accuracy", "training accuracy", "loss"],
                rows=[
                    (
                        name,
                        sizes[name],
                        _with(mean_of(one, "validation_score_end")),
                        f"{mean_of(one, 'train_score_end').mean:.3f}",
                        f"{mean_of(one, 'cross_fitted_loss').mean:.3f}",
                    )
                    for name, one in settings.items()
                ],
                note="Accuracy after the last epoch, validation loss at the best one.",
            ),
        ],
        claims=[
            _better(settings, sizes, "convolutional", "perceptron"),
            _better(settings, sizes, "recurrent", "perceptron"),
            _better(settings, sizes, "convolutional", "recurrent"),
        ],
    )


def count(written, features, outputs):
    """Weights and biases of a network of written_nets.py."""
    module = build(features, outputs, {"written": written})
    return sum(part.numel() for part in module.parameters())


def _better(settings, sizes, name, other):
    by = paired(settings[other], settings[name], "validation_score_end")
    return Claim(
        says=f"The {name} network reads shifted curves better than the {other} one".replace(
            "the perceptron one", "the perceptron"
        ),
        outcome=outcome(by, below=False),
        measured=f"{sizes[name]:,} against {sizes[other]:,} weights and biases; its accuracy is"
        f" {_with(by)} higher",
    )


def _sizes(findings, names, sizes):
    words = {"two_inputs": "two inputs and a skip"}
    return Sheet(
        title="Weights and biases",
        columns=["written as", "weights and biases", "validation accuracy"],
        rows=[
            (
                words.get(name, name),
                size,
                _with(mean_of(setting_of(findings, name), "validation_score_end")),
            )
            for name, size in zip(names, sizes, strict=True)
        ],
    )


def _with(found):
    return f"{found.mean:.3f} (95 %: {found.low:.3f} to {found.high:.3f})"
