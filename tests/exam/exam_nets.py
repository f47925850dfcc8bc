"""The convolutional network of the exam; its knob is `channels`."""

from torch import nn


def build(features, outputs, settings):
    """Two strided convolutions and a linear layer."""
    channels = settings["channels"]
    return nn.Sequential(
        nn.Unflatten(1, (1, features)),
        nn.Conv1d(1, channels, 5, stride=2, padding=1),
        nn.ReLU(),
        nn.Conv1d(channels, channels, 3, stride=2, padding=1),
        nn.ReLU(),
        nn.Flatten(),
        nn.LazyLinear(outputs),
    )
