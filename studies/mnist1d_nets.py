"""The four models of the MNIST-1D paper (Greydanus and Kobak), as PyTorch modules.

`build` is what studies/mnist1d-models.toml names; its knob `model` chooses one.
"""

from torch import nn
from torch.nn.functional import relu


class Perceptron(nn.Module):
    """Two hidden layers of 100 units, the second with a skip."""

    def __init__(self, features, outputs, units=100):
        super().__init__()
        self.first = nn.Linear(features, units)
        self.second = nn.Linear(units, units)
        self.last = nn.Linear(units, outputs)

    def forward(self, x):
        hidden = relu(self.first(x))
        return self.last(hidden + relu(self.second(hidden)))


class Convolutional(nn.Module):
    """Three strided convolutions of 25 channels, then a linear layer."""

    def __init__(self, outputs, channels=25):
        super().__init__()
        self.first = nn.Conv1d(1, channels, 5, stride=2, padding=1)
        self.second = nn.Conv1d(channels, channels, 3, stride=2, padding=1)
        self.third = nn.Conv1d(channels, channels, 3, stride=2, padding=1)
        self.last = nn.LazyLinear(outputs)

    def forward(self, x):
        z = relu(self.first(x.unsqueeze(1)))
        z = relu(self.third(relu(self.second(z))))
        return self.last(z.flatten(1))


class Recurrent(nn.Module):
    """A GRU of 6 units in both directions; a linear layer reads its states at every position."""

    def __init__(self, features, outputs, units=6):
        super().__init__()
        self.gru = nn.GRU(1, units, batch_first=True, bidirectional=True)
        self.last = nn.Linear(2 * units * features, outputs)

    def forward(self, x):
        states, _ = self.gru(x.unsqueeze(2))
        return self.last(states.flatten(1))


def build(features, outputs, settings):
    """The model that the knob `model` names."""
    match settings["model"]:
        case "logistic":
            return nn.Linear(features, outputs)
        case "mlp":
            return Perceptron(features, outputs)
        case "cnn":
            return Convolutional(outputs)
        case "gru":
            return Recurrent(features, outputs)
