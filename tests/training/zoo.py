"""Networks as users write them; studies name them as "zoo.py:lstm"."""

import lightning.pytorch as pl
import torch
from torch import nn
from torch.nn import functional


def sequential(features, outputs, settings):
    """What the fused MLP recognises."""
    units = settings.get("units", 9)
    return nn.Sequential(
        nn.Linear(features, units), nn.Tanh(), nn.Dropout(0.25),
        nn.Sequential(nn.Linear(units, 6), nn.Tanh(), nn.Dropout(0.25)),
        nn.Linear(6, outputs),
    )  # fmt: skip


def without_bias(features, outputs, settings):
    return nn.Sequential(
        nn.Flatten(), nn.Linear(features, 5, bias=False), nn.ReLU(), nn.Linear(5, outputs, False)
    )


def logistic(features, outputs, settings):
    return nn.Linear(features, outputs)


def two_activations(features, outputs, settings):
    return nn.Sequential(
        nn.Linear(features, 8), nn.ReLU(), nn.Linear(8, 8), nn.GELU(), nn.Linear(8, outputs)
    )


def batch_norm(features, outputs, settings):
    return nn.Sequential(
        nn.Linear(features, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.5), nn.Linear(8, outputs)
    )


def layer_norm(features, outputs, settings):
    return nn.Sequential(
        nn.LayerNorm(features), nn.Linear(features, 8), nn.GELU(), nn.Linear(8, outputs)
    )


class Convolutional(nn.Module):
    def __init__(self, features, outputs, channels):
        super().__init__()
        self.first = nn.Conv1d(1, channels, 3, padding=1)
        self.pool = nn.MaxPool1d(2)
        self.drop = nn.Dropout1d(0.3)
        self.second = nn.Conv1d(channels, channels, 3, padding=1)
        self.norm = nn.BatchNorm1d(channels)
        self.last = nn.Linear(channels, outputs)

    def forward(self, x):
        z = self.pool(functional.relu(self.first(x.unsqueeze(1))))
        z = functional.relu(self.norm(self.second(self.drop(z))))
        return self.last(z.mean(dim=2))


def convolutional(features, outputs, settings):
    return Convolutional(features, outputs, settings.get("channels", 4))


class Images(nn.Module):
    """The features as an image of two rows, less the last one."""

    def __init__(self, features, outputs):
        super().__init__()
        self.kernels = nn.Conv2d(1, 3, (2, 2))
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.last = nn.Linear(3, outputs)

    def forward(self, x):
        image = x[:, : x.shape[1] // 2 * 2].reshape(len(x), 1, 2, -1)
        return self.last(self.pool(self.kernels(image).relu()).flatten(1))


def images(features, outputs, settings):
    return Images(features, outputs)


class Recurrent(nn.Module):
    def __init__(self, kind, outputs, units):
        super().__init__()
        self.cells = kind(1, units, batch_first=True)
        self.last = nn.Linear(units, outputs)

    def forward(self, x):
        states, _ = self.cells(x.unsqueeze(2))
        return self.last(states[:, -1])


def lstm(features, outputs, settings):
    return Recurrent(nn.LSTM, outputs, 5)


def gru(features, outputs, settings):
    return Recurrent(nn.GRU, outputs, 5)


class Words(nn.Module):
    """Features rounded to one of 8 words."""

    def __init__(self, features, outputs):
        super().__init__()
        self.table = nn.Embedding(8, 4)
        self.position = nn.Parameter(torch.zeros(features, 4))
        self.last = nn.Linear(4, outputs)

    def forward(self, x):
        words = x.round().long().clamp(-4, 3) + 4
        return self.last((self.table(words) + self.position).mean(dim=1))


def embedding(features, outputs, settings):
    return Words(features, outputs)


class Attention(nn.Module):
    def __init__(self, outputs):
        super().__init__()
        self.lift = nn.Linear(1, 8)
        self.attend = nn.MultiheadAttention(8, 2, batch_first=True)
        self.last = nn.Linear(8, outputs)

    def forward(self, x):
        z = self.lift(x.unsqueeze(2))
        mixed, _ = self.attend(z, z, z)
        return self.last(mixed.mean(dim=1))


def attention(features, outputs, settings):
    return Attention(outputs)


class Encoder(nn.Module):
    def __init__(self, outputs):
        super().__init__()
        self.lift = nn.Linear(1, 8)
        self.layer = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0, batch_first=True)
        self.last = nn.Linear(8, outputs)

    def forward(self, x):
        return self.last(self.layer(self.lift(x.unsqueeze(2))).mean(dim=1))


def encoder(features, outputs, settings):
    return Encoder(outputs)


class Branches(nn.Module):
    """Two branches and a skip, with a part that is not trained."""

    def __init__(self, features, outputs):
        super().__init__()
        self.wide = nn.Linear(features, 6)
        self.deep = nn.Sequential(nn.Linear(features, 6), nn.SiLU(), nn.Linear(6, 6))
        self.fixed = nn.Linear(features, 6).requires_grad_(False)
        self.drop = nn.Dropout(0.2)
        self.last = nn.Linear(6, outputs)

    def forward(self, x):
        joined = self.wide(x) + self.deep(x) + self.fixed(x)
        return self.last(self.drop(joined) + self.drop(self.wide(x)))


def branches(features, outputs, settings):
    return Branches(features, outputs)


class Lightning(pl.LightningModule):
    def __init__(self, features, outputs):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(features, 6), nn.ReLU(), nn.Linear(6, outputs))

    def forward(self, x):
        return self.net(x) + x.mean(dim=1, keepdim=True)

    def training_step(self, batch, index):
        raise AssertionError("never called")


def lightning(features, outputs, settings):
    return Lightning(features, outputs)


def lazy(features, outputs, settings):
    return nn.Sequential(nn.LazyLinear(7), nn.Hardswish(), nn.LazyLinear(outputs))


class FunctionalDropout(nn.Module):
    def __init__(self, features, outputs):
        super().__init__()
        self.first, self.last = nn.Linear(features, 8), nn.Linear(8, outputs)

    def forward(self, x):
        return self.last(functional.dropout(self.first(x).relu(), 0.3, self.training))


def functional_dropout(features, outputs, settings):
    return FunctionalDropout(features, outputs)


class Branching(nn.Module):
    """Asks for the value of a tensor."""

    def __init__(self, features, outputs):
        super().__init__()
        self.first, self.last = nn.Linear(features, 8), nn.Linear(8, outputs)

    def forward(self, x):
        z = self.first(x)
        return self.last(z.tanh() if z.mean().item() > 0 else z.relu())


def branching(features, outputs, settings):
    return Branching(features, outputs)


class Remembering(nn.Module):
    """Keeps a running mean in a plain attribute."""

    def __init__(self, features, outputs):
        super().__init__()
        self.last = nn.Linear(features, outputs)
        self.mean = 0.0

    def forward(self, x):
        if self.training:
            self.mean = 0.9 * self.mean + 0.1 * x.detach().mean()
        return self.last(x - self.mean)


def remembering(features, outputs, settings):
    return Remembering(features, outputs)


class Reassigning(nn.Module):
    """Puts a new tensor in place of its buffer."""

    def __init__(self, features, outputs):
        super().__init__()
        self.last = nn.Linear(features, outputs)
        self.register_buffer("seen", torch.zeros(features))

    def forward(self, x):
        if self.training:
            self.seen = 0.5 * self.seen + 0.5 * x.detach().mean(dim=0)
        return self.last(x - self.seen)


def reassigning(features, outputs, settings):
    return Reassigning(features, outputs)
