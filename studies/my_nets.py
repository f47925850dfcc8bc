"""A network of one's own, as studies/my-network.toml names it."""

from torch import nn


class SmallCNN(nn.Module):
    """Digits as images of 8 by 8: two convolutions, pooled, and a linear layer."""

    def __init__(self, outputs, channels, dropout):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Unflatten(1, (1, 8, 8)),
            nn.Conv2d(1, channels, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(channels, 2 * channels, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Dropout(dropout),
        )
        self.last = nn.Linear(2 * channels * 4, outputs)

    def forward(self, x):
        return self.last(self.layers(x))


def build(features, outputs, settings):
    """What a study calls: its knobs `channels` and `dropout` arrive in `settings`."""
    return SmallCNN(outputs, settings["channels"], settings["dropout"])
