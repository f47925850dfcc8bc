"""Study files that tests start from."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from harness.errors import StudyError
from harness.study.files import read_study

SEARCH = """\
#:schema schema.json
# make study NAME=digits
question = "How much capacity do the digits bear before the network memorises them?"

[data]
source = "digits"
split = { train = 0.6, validation = 0.2, test = 0.2 }

[training]
epochs = 60

[knobs]
layers = 2
units = { from = 4, to = 512, scale = "log" }
dropout = { from = 0, to = 0.6 }
optimizer = ["sgd", "adam"]
learning_rate = { from = 1e-4, to = 1e-1, scale = "log" }
batch = 32

[search]
trials = 64
sampler = "tpe"
"""
ARMS = """\
question = "Does a wide network memorise the moons?"
seed = 3

[data]
source = "moons"
examples = 200
noise = 0.3

[knobs]
optimizer = "adam"
dropout = 0.1

[arms]
small = { units = 8 }
"two layers" = { units = [64, 32], dropout = 0 }

[thresholds]
rise = 0.2
"""
POINTS = """\
question = "What does one neuron learn from four points?"

[data.points]
x = [[0, 0], [0, 1], [1, 0], [1, 1]]
y = ["no", "yes", "yes", "no"]

[knobs]
layers = 0
batch = "full"
order = "given"
initialization = [{ weights = [[0.5, -0.5], [0.25, 0]], bias = [0, 0] }]

[arms]
slow = { learning_rate = 0.1 }
fast = { learning_rate = 1 }
"""
GRID = """\
question = "Which shape?"

[data]
source = "churn.csv"
target = "churned"
features = ["age", "plan"]
missing = "mean"
group = "customer"

[training]
seeds = 3
loss = "categorical_crossentropy"

[knobs]
units = [[64, 32], [16], 8]
bias = [true, false]
train_size = { from = 0.1, to = 1, steps = 4 }
epochs = { from = 10, to = 50 }
initialization = ["he_normal", "zeros"]

[search]
sampler = "grid"
objective = "validation_score_end"
direction = "maximize"
"""
NETWORK = """\
question = "How many channels do the digits bear?"
network = "my_nets.py:build"

[data]
source = "digits"

[knobs]
channels = [4, 8, 16]
kernel = { from = 3, to = 9 }
gain = { from = 0.1, to = 10, scale = "log" }
sizes = [[8, 4], [16]]
pool = "max"
residual = true
units = [[5, "a"]]
optimizer = "sgd"
learning_rate = { from = 1e-4, to = 1e-1, scale = "log" }

[search]
trials = 8
"""
NETWORK_ARMS = """\
question = "Do more channels overfit?"
network = "my_nets.py:build"

[data]
source = "digits"

[knobs]
batch = 16
dropout = 7
pool = "max"

[arms]
small = { channels = [4, 8] }
large = { channels = 3 }
"""
SAMPLES: Mapping[str, str] = {
    "search": SEARCH,
    "arms": ARMS,
    "points": POINTS,
    "grid": GRID,
    "network": NETWORK,
    "network_arms": NETWORK_ARMS,
}


def write(folder: Path, text: str) -> Path:
    """A study file `x.toml` in `folder`."""
    path = folder / "x.toml"
    path.write_text(text, encoding="utf-8")
    return path


def faults(folder: Path, text: str) -> list[str]:
    """The lines about a file, without its path."""
    path = write(folder, text)
    with pytest.raises(StudyError) as error:
        read_study(path)
    assert all(line.startswith(f"{path}: ") for line in error.value.faults)
    assert not any("\n" in line for line in error.value.faults)
    return [line.removeprefix(f"{path}: ") for line in error.value.faults]
