"""Outputs and losses in right and wrong pairs (item 5): a network that computes its own loss."""

import numpy as np
import torch
from sklearn.datasets import load_digits, make_moons
from torch import nn
from torch.nn import functional

SHARES = {
    "softmax": lambda z: z.softmax(dim=1),
    "sigmoids": torch.sigmoid,
    "sigmoid": torch.sigmoid,
    "linear": lambda z: z,
}


class Classifier(nn.Module):
    """A hidden layer of ReLU, an output layer, and the loss of every example as its answer."""

    def __init__(self, features, units, classes, ending, start):
        super().__init__()
        self.hidden = nn.Linear(features, units)
        self.last = nn.Linear(units, classes)
        self.classes = classes
        if start != 0:
            nn.init.constant_(self.last.bias, start)
        self.output, self.loss = ending.split(", ")

    def forward(self, x):
        """x holds the label in its last column."""
        sums = self.last(functional.relu(self.hidden(x[:, :-1])))
        wanted = x[:, -1:]
        if self.classes > 1:
            wanted = (wanted == torch.arange(self.classes)).to(sums.dtype)
        return self.losses(sums, wanted).sum(dim=1, keepdim=True)

    def losses(self, sums, wanted):
        """Of every output."""
        if self.loss == "squared error":
            return (SHARES[self.output](sums) - wanted).square()
        if self.output == "softmax" and self.classes > 1:
            return -wanted * functional.log_softmax(sums, dim=1)
        if self.output == "softmax":  # of one unit, kept off 0 and 1 as Keras does
            share = SHARES["softmax"](sums).clamp(1e-7, 1 - 1e-7)
            return -wanted * share.log() - (1 - wanted) * (1 - share).log()
        return functional.binary_cross_entropy_with_logits(sums, wanted, reduction="none")


def classifier(features, outputs, settings):
    """What the studies call; one column is the label."""
    ending, start = settings["ending"], settings["start"]
    return Classifier(features - 1, 24, settings["classes"], ending, start)


def digits():
    """Pixels in 0..1, with the digit as the last column."""
    content = load_digits()
    labels = content.target.astype(float)
    return np.hstack([content.data / 16, labels[:, None]]), labels


def moons():
    """Two moons, with the class as the last column."""
    x, labels = make_moons(600, noise=0.2, random_state=0)
    return np.hstack([x, labels[:, None]]), labels.astype(float)


def sums_of(run, x):
    """What the output layer makes of examples at every moment kept, before softmax or sigmoid.

    [moment, example, class], all moments in one product.
    """
    hidden, last = (
        [run.trace.of(f"{layer}.{part}").astype(float) for part in ("weight", "bias")]
        for layer in ("hidden", "last")
    )
    made = np.maximum(np.tensordot(x, hidden[0], axes=(1, 2)) + hidden[1], 0)
    return np.einsum("nmu,mcu->mnc", made, last[0]) + last[1][:, None]


def shares_of(run, x, moment=-1):
    """What comes out of softmax or sigmoid: [example, class]."""
    output = dict(run.trial.settings.own)["ending"].split(", ")[0]
    return SHARES[output](torch.tensor(sums_of(run, x)[moment])).numpy()


def accuracies(run, part):
    """The share of right answers at every moment kept: the largest output, or one above 0.5."""
    x, labels = part.x[:, :-1].astype(float), part.x[:, -1]
    sums = sums_of(run, x)
    # Neither softmax nor sigmoids change which of several outputs is the largest.
    answers = sums.argmax(axis=2)
    if sums.shape[2] == 1:
        output = dict(run.trial.settings.own)["ending"].split(", ")[0]
        shares = [SHARES[output](torch.tensor(each)).numpy() for each in sums]
        answers = np.array(shares)[..., 0] > 0.5
    return np.mean(answers == labels, axis=1)
