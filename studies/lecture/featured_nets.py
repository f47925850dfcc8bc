"""Raw inputs or features made by hand, a linear model or hidden layers (item 14)."""

import torch
from torch import nn


class Featured(nn.Module):
    """Features of two coordinates, then two hidden layers of tanh, or none."""

    def __init__(self, inputs, hidden):
        super().__init__()
        self.by_hand = inputs == "by_hand"
        wide = 5 if self.by_hand else 2
        self.layers = nn.Sequential(
            *(
                (nn.Linear(wide, hidden), nn.Tanh(), nn.Linear(hidden, hidden), nn.Tanh())
                if hidden
                else ()
            ),
            nn.Linear(hidden or wide, 1),
        )

    def forward(self, x):
        if self.by_hand:
            a, b = x[:, :1], x[:, 1:]
            x = torch.cat([a, b, a * a, b * b, a * b], dim=1)
        return self.layers(x)


def build(features, outputs, settings):
    """The network of the knobs `inputs` and `hidden`."""
    return Featured(settings["inputs"], settings["hidden"])
