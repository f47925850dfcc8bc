"""What a population computes. In: settings and seeds of members. Out: their outputs, gradients.

The member axis comes first everywhere. Never measures, updates or stores anything.
"""

from harness.networks.activations import ACTIVATION_TABLE, Activation
from harness.networks.initialization import first_weights
from harness.networks.interface import Pass, PopulationNetwork
from harness.networks.mlp import PopulationMLP, padded

__all__ = [
    "ACTIVATION_TABLE",
    "Activation",
    "Pass",
    "PopulationMLP",
    "PopulationNetwork",
    "first_weights",
    "padded",
]
