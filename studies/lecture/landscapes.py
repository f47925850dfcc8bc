"""Losses of one or two weights, as networks whose output is the loss itself."""

import math

import numpy as np
import torch
from torch import nn

TOP = 0.0753
"""Where the hill between the two valleys is highest."""
GOOD, BAD = -1.0355, 0.9602
"""Where the two valleys are deepest, the good one deeper."""


def height(w):
    """Two valleys in one weight: w⁴ - 2w² + 0.3w, lifted so that the deepest point is at 0."""
    return w**4 - 2 * w**2 + 0.3 * w + 1.3056


def slope(w):
    """Its derivative."""
    return 4 * w**3 - 4 * w + 0.3


class Valleys(nn.Module):
    """The loss of one weight; an example x pushes the weight by its own slope, x."""

    def __init__(self, start):
        super().__init__()
        self.w = nn.Parameter(torch.tensor([float(start)]))

    def forward(self, x):
        return height(self.w) + x * self.w


def valleys(features, outputs, settings):
    """The weight begins at the knob `start`."""
    return Valleys(settings["start"])


class ManyBalls(nn.Module):
    """Many weights in the same landscape; their losses are added, so that none feels another."""

    def __init__(self, balls):
        super().__init__()
        self.w = nn.Parameter(torch.linspace(-2, 2, balls))

    def forward(self, x):
        return height(self.w).sum() + 0 * x[:, :1]


def many_balls(features, outputs, settings):
    """As many weights as the knob `balls` says, from -2 to 2."""
    return ManyBalls(settings["balls"])


def weights_of(run):
    """The weight of the valleys after every step of a run."""
    return run.trace.of("w")[:, 0].astype(float)


def drawn(low=-1.9, high=1.9):
    """Points of the landscape, for pictures."""
    w = np.linspace(low, high, 200)
    return w, height(w)


def bowl_height(w, across, ratio, turn):
    """A bowl over two weights, `ratio` times as steep across as along, turned by radians."""
    along = math.cos(turn) * w + math.sin(turn) * across
    steep = math.cos(turn) * across - math.sin(turn) * w
    return (along**2 + ratio * steep**2) / 2


class Bowl(nn.Module):
    """The bowl as a loss; its weights begin near (1.5, 1.5), where the run's seed says."""

    def __init__(self, ratio, turn):
        super().__init__()
        self.w = nn.Parameter(1.5 + 0.3 * torch.randn(2))
        self.ratio, self.turn = ratio, math.radians(turn)

    def forward(self, x):
        return bowl_height(self.w[0], self.w[1], self.ratio, self.turn) + 0 * x[:, :1]


def bowl(features, outputs, settings):
    """As the knobs `ratio` and `turn`, in degrees, say."""
    return Bowl(settings["ratio"], settings["turn"])
