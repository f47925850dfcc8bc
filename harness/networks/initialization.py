"""First weights of one member, layer by layer."""

import itertools
import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from harness.study import GivenLayer, Settings, stream_seed

Matrix = np.ndarray[Any, np.dtype[np.float64]]


def first_weights(
    settings: Settings, sizes: tuple[int, ...], *, study_seed: int, run_seed: int
) -> list[tuple[Matrix, Matrix]]:
    """Weights [in, out] and biases [out] of every layer, in float64.

    Each layer draws from a stream of its own, so that a layer keeps its weights when another
    changes its size.

    Args:
        settings: the member's; `initialization` names the rule or gives the weights.
        sizes: features, units of each hidden layer, outputs.
        study_seed, run_seed: of the stream.

    Raises:
        ValueError: given weights have another shape than the network.
    """
    layers = list(itertools.pairwise(sizes))
    if isinstance(settings.initialization, tuple):
        given = zip(settings.initialization, layers, strict=True)
        return [_given(layer, shape, number) for number, (layer, shape) in enumerate(given)]
    draw = _RULES[settings.initialization]
    seeds = [stream_seed(study_seed, run_seed, f"weights/{n}") for n in range(len(layers))]
    return [draw(np.random.default_rng(s), *shape) for s, shape in zip(seeds, layers, strict=True)]


def _given(layer: GivenLayer, shape: tuple[int, int], number: int) -> tuple[Matrix, Matrix]:
    weights = np.array(layer.weights, dtype=np.float64)
    bias = np.array(layer.bias or (0.0,) * shape[1], dtype=np.float64)
    if weights.shape != shape or bias.shape != shape[1:]:
        got = f"{' × '.join(map(str, weights.shape))} and {len(bias)} biases"
        raise ValueError(f"knobs.initialization: layer {number} must be {shape}, got {got}")
    return weights, bias


def _default(rng: np.random.Generator, inputs: int, units: int) -> tuple[Matrix, Matrix]:
    # torch.nn.Linear: weights and biases uniform within 1/sqrt(inputs).
    bound = 1 / math.sqrt(inputs)
    return rng.uniform(-bound, bound, (inputs, units)), rng.uniform(-bound, bound, units)


def _uniform(variance: Callable[[int, int], float]) -> "_Rule":
    def draw(rng: np.random.Generator, inputs: int, units: int) -> tuple[Matrix, Matrix]:
        bound = math.sqrt(3 * variance(inputs, units))
        return rng.uniform(-bound, bound, (inputs, units)), np.zeros(units)

    return draw


def _normal(variance: Callable[[int, int], float]) -> "_Rule":
    def draw(rng: np.random.Generator, inputs: int, units: int) -> tuple[Matrix, Matrix]:
        return rng.normal(0, math.sqrt(variance(inputs, units)), (inputs, units)), np.zeros(units)

    return draw


def _orthogonal(rng: np.random.Generator, inputs: int, units: int) -> tuple[Matrix, Matrix]:
    # Saxe et al. 2014. The signs of R's diagonal make every orthogonal matrix as likely
    # (Mezzadri 2007); of more units than inputs the rows are orthogonal.
    wide = units > inputs
    drawn = rng.normal(size=(units, inputs) if wide else (inputs, units))
    q, r = np.linalg.qr(drawn)
    q = q * np.sign(np.diag(r))
    return (q.T if wide else q), np.zeros(units)


def _zeros(rng: np.random.Generator, inputs: int, units: int) -> tuple[Matrix, Matrix]:
    return np.zeros((inputs, units)), np.zeros(units)


def _glorot(inputs: int, units: int) -> float:
    return 2 / (inputs + units)  # Glorot and Bengio 2010, eq. 16


def _he(inputs: int, units: int) -> float:
    return 2 / inputs  # He et al. 2015, eq. 10


def _lecun(inputs: int, units: int) -> float:
    return 1 / inputs  # LeCun et al. 1998, eq. 16


_Rule = Callable[[np.random.Generator, int, int], tuple[Matrix, Matrix]]
_RULES: Mapping[str, _Rule] = {
    "default": _default,
    "glorot_uniform": _uniform(_glorot),
    "glorot_normal": _normal(_glorot),
    "he_uniform": _uniform(_he),
    "he_normal": _normal(_he),
    "lecun_normal": _normal(_lecun),
    "orthogonal": _orthogonal,
    "zeros": _zeros,
}
