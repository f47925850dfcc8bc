"""In which order each member sees its examples, with which noise.

Every draw is from a stream of the member's own.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from harness.data import Dataset, Index
from harness.study import Settings, stream_seed


def sample_batches(dataset: Dataset, *, examples: int, batch: int) -> list[Tensor]:
    """Inputs of a full step and, where an epoch ends with a smaller one, of that."""
    x = torch.from_numpy(dataset.train.x[:batch]).to(torch.float32)
    rest = examples % batch
    return [x, x[:rest]] if rest else [x]


class Orders:
    """Epoch after epoch the order of every member's examples.

    Args:
        members: their settings, and the run seed of each.
        examples: each member's number of training examples.
        study_seed: of the streams.
    """

    def __init__(
        self, members: Sequence[tuple[Settings, int]], *, examples: int, study_seed: int
    ) -> None:
        self._examples = examples
        self._generators = [
            None
            if settings.order == "given"
            else np.random.default_rng(stream_seed(study_seed, seed, "order"))
            for settings, seed in members
        ]

    def __iter__(self) -> Iterator[Index]:
        """Positions [member, example] within the members' own examples, without end."""
        while True:
            yield self.draw(self._examples)

    def draw(self, examples: int) -> Index:
        """An order of so many examples for every member: [member, example]."""
        given = np.arange(examples)
        return np.stack(
            [given if rng is None else rng.permutation(given) for rng in self._generators]
        )


class InputNoise:
    """Gaussian noise for the features of every example of a training step.

    Args:
        deviations: of each member's noise; one of 0 draws nothing.
        seeds: the members' run seeds.
        features: of an example.
        study_seed: of the streams.
    """

    def __init__(
        self,
        deviations: Sequence[float],
        seeds: Sequence[int],
        *,
        features: int,
        study_seed: int,
    ) -> None:
        self._deviations = deviations
        self._features = features
        self._generators = [
            np.random.Generator(np.random.SFC64(stream_seed(study_seed, seed, "input_noise")))
            for seed in seeds
        ]

    def draw(self, examples: int) -> np.ndarray[Any, np.dtype[np.float32]]:
        """Fresh noise: [member, example, feature]."""
        shape = (examples, self._features)
        pairs = zip(self._deviations, self._generators, strict=True)
        return np.stack([
            np.float32(deviation) * rng.standard_normal(shape, dtype=np.float32)
            if deviation
            else np.zeros(shape, dtype=np.float32)
            for deviation, rng in pairs
        ])  # fmt: skip


def input_noise(
    members: Sequence[tuple[Settings, int]], *, features: int, study_seed: int
) -> InputNoise | None:
    """The members' noise, or None where none of them has any."""
    deviations = [settings.input_noise for settings, _ in members]
    if not any(deviations):
        return None
    seeds = [seed for _, seed in members]
    return InputNoise(deviations, seeds, features=features, study_seed=study_seed)


class DropoutBytes:
    """Random bytes that decide which units drop out.

    A unit drops out where its byte lies below round(256·rate), so rates are kept to 1/256.

    Args:
        seeds: the members' run seeds.
        study_seed: of the streams.
    """

    def __init__(self, seeds: Sequence[int], *, study_seed: int) -> None:
        self._generators = [
            np.random.SFC64(stream_seed(study_seed, seed, "dropout")) for seed in seeds
        ]

    def draw(self, count: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
        """`count` fresh bytes for every member: [member, count]."""
        words = -(-count // 8)
        drawn = [generator.random_raw(words) for generator in self._generators]
        return np.stack(drawn).view(np.uint8)[:, :count]
