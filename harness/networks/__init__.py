"""What a population computes. In: settings and seeds of members. Out: their outputs, gradients.

The member axis comes first everywhere. Never measures, updates or stores anything.
"""

from harness.networks.activations import ACTIVATION_TABLE, Activation
from harness.networks.building import Build, load_build, seeded
from harness.networks.carrying import Carriage, Carrier, carriage, watched
from harness.networks.initialization import first_weights
from harness.networks.interface import Pass, PopulationNetwork
from harness.networks.mlp import PopulationMLP, padded
from harness.networks.populations import mlp_population, users_population
from harness.networks.recognised import perceptron

__all__ = [
    "ACTIVATION_TABLE",
    "Activation",
    "Build",
    "Carriage",
    "Carrier",
    "Pass",
    "PopulationMLP",
    "PopulationNetwork",
    "carriage",
    "first_weights",
    "load_build",
    "mlp_population",
    "padded",
    "perceptron",
    "seeded",
    "users_population",
    "watched",
]
