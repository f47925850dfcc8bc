"""The weights of a run while it trained, where a study asks for them."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from math import prod

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True, eq=False)
class Trace:
    """Every parameter of one run at chosen moments.

    Args:
        steps: updates taken before each moment, rising; 0 is before training.
        shapes: of each parameter, by name, in the network's order; the built-in network's are
            "weights 1" [in, out] and "biases 1" [out] and so on, the last layer last.
        values: [moment, number], float32: the parameters one after the other. Not finite from
            where a run diverged.
    """

    steps: NDArray[np.int64]
    shapes: Mapping[str, tuple[int, ...]]
    values: NDArray[np.float32]

    def __post_init__(self) -> None:
        numbers = sum(prod(shape) for shape in self.shapes.values())
        if self.values.shape != (len(self.steps), numbers):
            raise ValueError(
                f"trace.values must be {(len(self.steps), numbers)}, got {self.values.shape}"
            )

    def of(self, name: str) -> NDArray[np.float32]:
        """One parameter at every moment: [moment, *shape]."""
        ends = np.cumsum([0, *(prod(shape) for shape in self.shapes.values())])
        places = dict(zip(self.shapes, pairwise(ends.tolist()), strict=True))
        start, end = places[name]
        return self.values[:, start:end].reshape(-1, *self.shapes[name])

    def layers(self, moment: int) -> list[tuple[NDArray[np.float32], NDArray[np.float32]]]:
        """Weights [in, out] and biases [out] of each layer of the built-in network."""
        count = sum(name.startswith("weights ") for name in self.shapes)
        return [
            (self.of(f"weights {layer}")[moment], self.of(f"biases {layer}")[moment])
            for layer in range(1, count + 1)
        ]

    def equals(self, other: "Trace") -> bool:
        """Whether both hold the same numbers, bit for bit."""
        return (
            dict(self.shapes) == dict(other.shapes)
            and np.array_equal(self.steps, other.steps)
            and np.array_equal(self.values, other.values, equal_nan=True)
        )
