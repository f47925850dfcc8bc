"""Which examples each member trains on, with which targets, in which order.

Every draw is from a stream of the member's own. Subsets are nested (a larger `train_size`
holds the smaller one of the same seed), and so is label noise, so that doses are comparable.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from harness.data import Dataset, Task
from harness.errors import DataError
from harness.study import Settings, stream_seed

Index = np.ndarray[Any, np.dtype[np.int64]]


def training_examples(settings: Settings, available: int) -> int:
    """How many training examples the settings use.

    Raises:
        DataError: more are wanted than there are.
    """
    size = settings.train_size
    if isinstance(size, float):
        return max(1, round(size * available))
    if size > available:
        rule = f"must be at most {available}, the training part's examples"
        raise DataError(f"knobs.train_size {rule}, got {size}")
    return size


def batch_size(settings: Settings, examples: int) -> int:
    """Examples a step, at most all of them."""
    if settings.batch == "full":
        return examples
    if settings.batch == "stochastic":
        return 1
    return min(int(settings.batch), examples)


def subset(settings: Settings, available: int, *, study_seed: int, run_seed: int) -> Index:
    """Positions of the member's training examples, rising."""
    count = training_examples(settings, available)
    rng = np.random.default_rng(stream_seed(study_seed, run_seed, "subset"))
    return np.sort(rng.permutation(available)[:count])


def noisy_targets(
    settings: Settings, dataset: Dataset, *, study_seed: int, run_seed: int
) -> np.ndarray:
    """The training part's targets with a share `label_noise` made wrong.

    A class becomes one of the others, each as likely; a number becomes that of another
    example: the wrong ones are passed on in a circle.
    """
    y = dataset.train.y
    if settings.label_noise == 0:
        return y
    rng = np.random.default_rng(stream_seed(study_seed, run_seed, "label_noise"))
    wrong = rng.random(len(y)) < settings.label_noise
    if dataset.task is Task.CLASSIFICATION:
        shift = rng.integers(1, dataset.classes, len(y))
        return np.where(wrong, (y + shift) % dataset.classes, y)
    changed = y.copy()
    chosen = rng.permutation(len(y))
    chosen = chosen[wrong[chosen]]
    changed[chosen] = y[np.roll(chosen, 1)]
    return changed


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
