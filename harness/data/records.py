"""Examples, cut in parts, as plain arrays."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np

from harness.data.blocks import BlockFile

FloatArray = np.ndarray[Any, np.dtype[np.float32]]
TargetArray = np.ndarray[Any, np.dtype[np.int64]] | np.ndarray[Any, np.dtype[np.float32]]

LEAST_PROBABILITY = 1e-6
"""In a cheap model no class counts as less probable, which bounds its cross-entropy by 13.8."""


class Task(StrEnum):
    """What is predicted."""

    CLASSIFICATION = "classification"
    REGRESSION = "regression"


@dataclass(frozen=True, kw_only=True, eq=False)
class Part:
    """Examples of one part of the split.

    Args:
        x: float32, example × feature, finite, contiguous.
        y: classes as int64, example; or numbers as float32, example × output.
    """

    x: FloatArray
    y: TargetArray

    def __len__(self) -> int:
        return len(self.x)


@dataclass(frozen=True, kw_only=True, eq=False)
class StreamedPart:
    """The training part where its features are too large for memory.

    Args:
        x: float32, example × feature, finite, on a disk; `block` gives a part of it.
        y: as `Part` has it, in memory, in the order of x.
    """

    x: BlockFile
    y: TargetArray

    def __len__(self) -> int:
        return len(self.x)


@dataclass(frozen=True, kw_only=True, eq=False)
class Dataset:
    """Examples ready to train on.

    Args:
        task: classification or regression.
        train: the part that networks learn from.
        validation, test: the other parts; they may be empty.
        feature_names: one for each column of x.
        class_names: one for each class; empty for a regression.
        target_name: what is predicted.
        target_mean, target_scale: a regression's y times scale plus mean is in the data's
            own unit (0 and 1 where nothing was standardised).
        notes: lines for people: columns dropped, examples shared by parts, imbalance ...
        exchangeable: whether a draw decided which part an example is in, and not time.
        fingerprint: hex digest of everything above that training sees.
    """

    task: Task
    train: Part | StreamedPart
    validation: Part
    test: Part
    feature_names: tuple[str, ...]
    class_names: tuple[str, ...] = ()
    target_name: str = "target"
    target_mean: float = 0.0
    target_scale: float = 1.0
    notes: tuple[str, ...] = ()
    exchangeable: bool = True
    fingerprint: str

    @property
    def features(self) -> int:
        """Columns of x."""
        return self.train.x.shape[1]

    @property
    def classes(self) -> int:
        """Classes, or 0 for a regression."""
        return len(self.class_names)
