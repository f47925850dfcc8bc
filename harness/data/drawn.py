"""Which training examples a run learns from, and with which targets.

Every draw is from a stream of the run's own. Subsets are nested (a larger `train_size` holds
the smaller one of the same seed), and so is label noise, so that doses are comparable.
"""

from typing import Any

import numpy as np

from harness.data.records import Dataset, Task
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
