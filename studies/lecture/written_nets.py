"""Networks of one's own: a stack written in two ways, and what is no plain stack (item 14)."""

import torch
from torch import nn
from torch.nn.functional import relu

HIDDEN = 32


def sequence(features, outputs, hidden=HIDDEN):
    """A sequence of layers: each takes what the one before it gives."""
    return nn.Sequential(nn.Linear(features, hidden), nn.ReLU(), nn.Linear(hidden, outputs))


class Graph(nn.Module):
    """The same as a graph of layers: what each is applied to is written down."""

    def __init__(self, features, outputs):
        super().__init__()
        self.hidden = nn.Linear(features, HIDDEN)
        self.output = nn.Linear(HIDDEN, outputs)

    def forward(self, x):
        hidden = relu(self.hidden(x))
        return self.output(hidden)


class TwoInputs(nn.Module):
    """A graph that is no sequence: two inputs that meet, and a skip past the hidden layers."""

    def __init__(self, features, outputs):
        super().__init__()
        self.half = features // 2
        self.of_upper = nn.Linear(self.half, HIDDEN // 2)
        self.of_lower = nn.Linear(features - self.half, HIDDEN // 2)
        self.output = nn.Linear(HIDDEN + features, outputs)

    def forward(self, x):
        upper, lower = x[:, : self.half], x[:, self.half :]
        met = torch.cat([relu(self.of_upper(upper)), relu(self.of_lower(lower))], dim=1)
        return self.output(torch.cat([met, x], dim=1))


class Convolutional(nn.Module):
    """Curves of 40 points: 16 patterns of 5 points, looked for everywhere, then patterns of those.

    A pattern has the same weights wherever it is looked for.
    """

    def __init__(self, outputs, channels=16):
        super().__init__()
        self.first = nn.Conv1d(1, channels, 5, stride=2, padding=2)
        self.second = nn.Conv1d(channels, channels, 3, stride=2, padding=1)
        self.third = nn.Conv1d(channels, channels, 3, stride=2, padding=1)
        self.output = nn.Linear(5 * channels, outputs)

    def forward(self, x):
        curve = x.unflatten(1, (1, 40))
        seen = relu(self.third(relu(self.second(relu(self.first(curve))))))
        return self.output(seen.flatten(1))


class Recurrent(nn.Module):
    """Curves read from left to right, 10 steps of 4 points; the last state says what was read.

    Every step has the same weights.
    """

    def __init__(self, outputs, units=24):
        super().__init__()
        self.memory = nn.LSTM(4, units, batch_first=True)
        self.output = nn.Linear(units, outputs)

    def forward(self, x):
        states, _ = self.memory(x.unflatten(1, (10, 4)))
        return self.output(states[:, -1])


def build(features, outputs, settings):
    """The network that the knob `written` names."""
    match settings["written"]:
        case "sequence":
            return sequence(features, outputs)
        case "wide_sequence":
            return sequence(features, outputs, hidden=64)
        case "graph":
            return Graph(features, outputs)
        case "two_inputs":
            return TwoInputs(features, outputs)
        case "convolutional":
            return Convolutional(outputs)
        case "recurrent":
            return Recurrent(outputs)
