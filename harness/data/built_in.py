"""Sets that need no file: scikit-learn's own, and generated ones with known truth.

scikit-learn takes a second to import, so only the sets that need it enter it.
"""

import math
import random
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.polynomial import legendre

from harness.data.examples import Array, Examples
from harness.data.sources import BUILT_IN, option
from harness.errors import DataError
from harness.study import DataSource, Loss, stream_seed

MODULUS_AT_MOST = 256


def built_in(source: DataSource, *, seed: int, loss: Loss | None = None) -> Examples:
    """The examples of a built-in set; generated ones come from the study's seed.

    Args:
        source: which set, and its options.
        seed: the study's.
        loss: the study's, of which generated numbers note how low it can go.
    """
    name = source.source or ""
    if name == "digits":
        return _digits()
    if name in _STORED:
        return _stored(name)
    if name == "modular-addition":
        return _modular_addition(option(source, "modulus"))
    examples = _GENERATED[name](source, stream_seed(seed, -1, "examples"))
    if examples.class_names:
        return examples
    return replace(examples, notes=(_truth(option(source, "noise"), loss),))


def spirals(count: int, *, noise: float, seed: int) -> tuple[Array, Array]:
    """Two arms of a spiral, one turn and a half each, inside the unit circle but for noise.

    Args:
        count: examples; the first arm has the odd one.
        noise: deviation of both coordinates.
        seed: of the positions and the noise.
    """
    draw = np.random.default_rng(seed)
    arm = np.arange(count) % 2
    along = np.sqrt(draw.uniform(0.02, 1.0, count))
    angle = 3 * np.pi * along + np.pi * arm
    x = along[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return x + noise * draw.standard_normal(x.shape), arm


def linear(count: int, *, noise: float, dimensions: int, seed: int) -> tuple[Array, Array]:
    """Standard normal x, and y = x·w + noise with |w| = 1: the signal's variance is 1."""
    draw = np.random.default_rng(seed)
    weights = _direction(draw, dimensions)
    x = draw.standard_normal((count, dimensions))
    return x, x @ weights + noise * draw.standard_normal(count)


def polynomial(
    count: int, *, noise: float, degree: int, dimensions: int, seed: int
) -> tuple[Array, Array]:
    """Uniform x in -1..1, and a sum of one polynomial per dimension, plus noise.

    The polynomials are random combinations of Legendre polynomials scaled to variance 1,
    which are uncorrelated for such x, so that the signal's variance is 1 at every degree.
    """
    draw = np.random.default_rng(seed)
    weights = _direction(draw, dimensions * degree)
    x = draw.uniform(-1, 1, (count, dimensions))
    scale = np.sqrt(2 * np.arange(1, degree + 1) + 1)
    terms = legendre.legvander(x, degree)[..., 1:] * scale
    signal = terms.reshape(count, -1) @ weights
    return x, signal + noise * draw.standard_normal(count)


def modular_addition(modulus: int) -> tuple[Array, Array]:
    """All pairs (a, b) of 0 .. modulus - 1, and their sums modulo it.

    x holds a 1 in column a and a 1 in column modulus + b, and 0 elsewhere (the task of Power
    et al., 2022, for a network that takes both numbers at once).
    """
    a, b = np.divmod(np.arange(modulus**2), modulus)
    numbers = np.eye(modulus)
    return np.concatenate([numbers[a], numbers[b]], axis=1), (a + b) % modulus


def _direction(draw: np.random.Generator, size: int) -> Array:
    vector = draw.standard_normal(size)
    return vector / np.linalg.norm(vector)


def _digits() -> Examples:
    """The file that scikit-learn brings, read without it."""
    found = find_spec("sklearn")
    assert found is not None
    path = Path(found.origin or "").parent / "datasets" / "data" / "digits.csv.gz"
    table = np.loadtxt(path, delimiter=",")
    return Examples(
        place="digits",
        x=table[:, :-1] / 16,
        y=table[:, -1].astype(np.int64),
        feature_names=tuple(f"pixel_{row}_{column}" for row in range(8) for column in range(8)),
        class_names=tuple(str(digit) for digit in range(10)),
        target_name="digit",
        standardize=BUILT_IN["digits"].standardize,
    )


def _stored(name: str) -> Examples:
    content: Any = _scikit(_STORED[name])()
    x = np.asarray(content.data, dtype=np.float64)
    names = tuple(str(feature) for feature in content.feature_names)
    if name == "diabetes":
        return Examples(
            place=name,
            x=x,
            y=np.asarray(content.target, dtype=np.float64),
            feature_names=names,
            target_name="progression",
            standardize=True,
        )
    return Examples(
        place=name,
        x=x,
        y=np.asarray(content.target, dtype=np.int64),
        feature_names=names,
        class_names=tuple(str(each) for each in content.target_names),
        target_name="species" if name == "iris" else "class",
        standardize=BUILT_IN[name].standardize,
    )


def _scikit(name: str) -> Callable[..., Any]:
    return getattr(import_module("sklearn.datasets"), name)


def _moons(source: DataSource, seed: int) -> Examples:
    x, y = _scikit("make_moons")(
        option(source, "examples"), noise=option(source, "noise"), random_state=seed % 2**32
    )
    return _plane("moons", x, y, ("upper", "lower"))


def _circles(source: DataSource, seed: int) -> Examples:
    x, y = _scikit("make_circles")(
        option(source, "examples"),
        noise=option(source, "noise"),
        factor=0.5,
        random_state=seed % 2**32,
    )
    return _plane("circles", x, y, ("outer", "inner"))


def _spirals(source: DataSource, seed: int) -> Examples:
    x, y = spirals(option(source, "examples"), noise=option(source, "noise"), seed=seed)
    return _plane("spirals", x, y, ("first", "second"))


def _linear(source: DataSource, seed: int) -> Examples:
    noise = option(source, "noise")
    x, y = linear(
        option(source, "examples"), noise=noise, dimensions=option(source, "dimensions"), seed=seed
    )
    return _numbers("linear", x, y)


def _polynomial(source: DataSource, seed: int) -> Examples:
    noise = option(source, "noise")
    x, y = polynomial(
        option(source, "examples"),
        noise=noise,
        degree=option(source, "degree"),
        dimensions=option(source, "dimensions"),
        seed=seed,
    )
    return _numbers("polynomial", x, y)


def _mnist1d(source: DataSource, seed: int) -> Examples:
    """MNIST-1D as published (Greydanus and Kobak, 2024), whatever the study's seed."""
    from mnist1d.data import get_dataset_args, make_dataset  # brings matplotlib, 0.5 s

    settings: Any = get_dataset_args()
    settings.num_samples = option(source, "examples")
    if settings.num_samples < 10:
        rule = "must be at least 10, one for each digit"
        raise DataError(f"mnist1d: data.examples {rule}, got {settings.num_samples}")
    kept, kept_numpy = random.getstate(), np.random.get_state()
    try:  # it reseeds both global generators
        content = make_dataset(settings)
    finally:
        random.setstate(kept)
        np.random.set_state(kept_numpy)
    x = np.concatenate([content["x"], content["x_test"]]).astype(np.float64)
    return Examples(
        place="mnist1d",
        x=x,
        y=np.concatenate([content["y"], content["y_test"]]).astype(np.int64),
        feature_names=_numbered(x),
        class_names=tuple(str(digit) for digit in range(10)),
        target_name="digit",
    )


def _modular_addition(modulus: int) -> Examples:
    if not 2 <= modulus <= MODULUS_AT_MOST:
        rule = f"must lie in 2..{MODULUS_AT_MOST}, the pairs' memory grows with its cube"
        raise DataError(f"modular-addition: data.modulus {rule}, got {modulus}")
    x, y = modular_addition(modulus)
    return Examples(
        place="modular-addition",
        x=x,
        y=y,
        feature_names=tuple(f"{name}={number}" for name in "ab" for number in range(modulus)),
        class_names=tuple(str(number) for number in range(modulus)),
        target_name="sum",
    )


def _plane(place: str, x: Any, y: Any, classes: tuple[str, ...]) -> Examples:
    return Examples(
        place=place,
        x=np.asarray(x, dtype=np.float64),
        y=np.asarray(y, dtype=np.int64),
        feature_names=_numbered(x),
        class_names=classes,
        target_name="class",
    )


def _numbers(place: str, x: Array, y: Array) -> Examples:
    return Examples(place=place, x=x, y=y, feature_names=_numbered(x), target_name="y")


def _truth(noise: float, loss: Loss | None) -> str:
    """What is known of numbers generated with normal noise, and of the loss asked for."""
    known = f"before scaling the signal has variance 1, the noise deviation {noise:g}"
    if loss in (None, "mse"):
        floor = f"no network's true mse is below {noise**2:.3g}, the best constant's is 1 more"
        return f"{known}: {floor}"
    if loss == "mae":
        return f"{known}: no network's true mae is below {noise * math.sqrt(2 / math.pi):.3g}"
    return known


def _numbered(x: Array) -> tuple[str, ...]:
    return tuple(f"x{i + 1}" for i in range(x.shape[1]))


_STORED = {
    "breast-cancer": "load_breast_cancer",
    "wine": "load_wine",
    "iris": "load_iris",
    "diabetes": "load_diabetes",
}
_GENERATED: dict[str, Callable[[DataSource, int], Examples]] = {
    "moons": _moons,
    "circles": _circles,
    "spirals": _spirals,
    "linear": _linear,
    "polynomial": _polynomial,
    "mnist1d": _mnist1d,
}
