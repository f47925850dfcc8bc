"""Networks without a fault, each with a batch that it can learn from."""

import torch
from torch import Tensor, nn
from torch.nn import functional

EXAMPLES = 96


class Residual(nn.Module):
    """Blocks with layer norm whose last layers begin at 0."""

    def __init__(self):
        super().__init__()
        self.enter = nn.Linear(8, 32)
        self.blocks = nn.ModuleList(
            nn.Sequential(nn.LayerNorm(32), nn.Linear(32, 32), nn.GELU(), nn.Linear(32, 32))
            for _ in range(3)
        )
        for block in self.blocks:
            nn.init.zeros_(block[-1].weight)
            nn.init.zeros_(block[-1].bias)
        self.last = nn.Linear(32, 3)

    def forward(self, x):
        x = self.enter(x)
        for block in self.blocks:
            x = x + block(x)
        return self.last(x)


class Sequence(nn.Module):
    """An LSTM with dropout between its layers, read at the last step."""

    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(2, 24, num_layers=2, dropout=0.3, batch_first=True)
        self.last = nn.Linear(24, 3)

    def forward(self, x):
        return self.last(self.lstm(x)[0][:, -1])


class Attention(nn.Module):
    """Tokens, embedded with their places, a transformer block with dropout, the mean."""

    def __init__(self):
        super().__init__()
        self.words = nn.Embedding(20, 16)
        self.places = nn.Parameter(0.1 * torch.randn(6, 16))
        self.block = nn.TransformerEncoderLayer(16, 2, 32, dropout=0.1, batch_first=True)
        self.last = nn.Linear(16, 2)

    def forward(self, x):
        return self.last(self.block(self.words(x) + self.places).mean(1))


class Functional(nn.Module):
    """Drops and rectifies by functions, and scales its raw inputs itself."""

    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(8, 64), nn.Linear(64, 64)
        self.last = nn.Linear(64, 3)

    def forward(self, x):
        x = functional.relu(self.first(x / 255))
        x = functional.dropout(x, 0.4, training=self.training)
        return self.last(functional.relu(self.second(x)))


class TwoInputs(nn.Module):
    """A category, embedded, beside numbers."""

    def __init__(self):
        super().__init__()
        self.category = nn.Embedding(6, 4, sparse=True)
        self.last = nn.Sequential(nn.Linear(12, 64), nn.SiLU(), nn.Linear(64, 1))

    def forward(self, category, numbers):
        return self.last(torch.cat([self.category(category), numbers], 1))


def mlp(outputs, *between, width=64):
    return nn.Sequential(
        nn.Linear(8, width), *between, nn.ReLU(), nn.Linear(width, width), nn.Tanh(),
        nn.Linear(width, outputs),
    )  # fmt: skip


def convolutional():
    return nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(8, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(), nn.Flatten(),
        nn.Dropout(0.3), nn.Linear(256, 4),
    )  # fmt: skip


def sound(name: str, seed: int) -> tuple[nn.Module, tuple, object]:
    """A network of this name, its batch and its loss."""
    generator = torch.Generator().manual_seed(seed)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return SOUND[name](generator)


def numbers(generator, features=8) -> Tensor:
    return torch.randn(EXAMPLES, features, generator=generator)


def classes(generator, count) -> Tensor:
    return torch.randint(count, (EXAMPLES,), generator=generator)


def _perceptron(g):
    x = numbers(g)
    return mlp(3), (x, (x[:, 0] > 0).long() + (x[:, 1] > 0).long()), nn.CrossEntropyLoss()


def _dropout(g):
    return mlp(3, nn.Dropout(0.5)), (numbers(g), classes(g, 3)), None


def _normalised(g):
    x = 300 * numbers(g) + 1000  # the first layer normalises
    module = nn.Sequential(nn.BatchNorm1d(8), mlp(3, nn.BatchNorm1d(64, momentum=0.01)))
    return module, (x, classes(g, 3)), nn.CrossEntropyLoss(label_smoothing=0.1)


def _regression(g):
    x = numbers(g)
    return mlp(1), (x, x[:, :1] * x[:, 1:2] + 0.3 * numbers(g, 1)), nn.MSELoss()


def _binary(g):
    x = numbers(g)
    rare = (x[:, :1] + x[:, 1:2] > 1.5).float()
    return mlp(1), (x, rare), nn.BCEWithLogitsLoss(pos_weight=torch.tensor(3.0))


def _robust(g):
    x = numbers(g)
    heavy = x[:, 0] + torch.randn(EXAMPLES, generator=g) ** 3
    return nn.Sequential(mlp(1), nn.Flatten(0)), (x, heavy / heavy.std()), nn.HuberLoss()


def _images(g):
    x = torch.rand(EXAMPLES, 1, 8, 8, generator=g)
    return convolutional(), (x, classes(g, 4)), nn.CrossEntropyLoss()


def _sequences(g):
    x = torch.randn(EXAMPLES, 10, 2, generator=g)
    return Sequence(), (x, classes(g, 3)), nn.CrossEntropyLoss()


def _tokens(g):
    x = torch.randint(20, (EXAMPLES, 6), generator=g)
    return Attention(), (x, (x[:, 0] > 9).long()), nn.CrossEntropyLoss()


def _residual(g):
    return Residual(), (numbers(g), classes(g, 3)), "categorical_crossentropy"


def _functional(g):
    x = 255 * torch.rand(EXAMPLES, 8, generator=g)
    return Functional(), (x, classes(g, 3)), functional.cross_entropy


def _mixed(g):
    inputs = torch.randint(6, (EXAMPLES,), generator=g), numbers(g)
    return TwoInputs(), (inputs, numbers(g, 1)), nn.L1Loss()


def _log_softmax(g):
    return nn.Sequential(mlp(3), nn.LogSoftmax(1)), (numbers(g), classes(g, 3)), nn.NLLLoss()


SOUND = {
    "perceptron": _perceptron,
    "dropout": _dropout,
    "batch norm": _normalised,
    "regression": _regression,
    "binary": _binary,
    "huber": _robust,
    "images": _images,
    "lstm": _sequences,
    "transformer": _tokens,
    "residual": _residual,
    "functional": _functional,
    "two inputs": _mixed,
    "log softmax": _log_softmax,
}
