"""How hard the validation examples are, beside the examples that they were drawn with.

A draw of 50 examples may be a hard one, and every network then looks worse on it than it is. What
a model has learned tells of the examples of which it did not learn, so five linear models, each
learned from four fifths of training and validation examples together, answer for all of them.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from harness.data.baselines import (
    MODELS,
    affordable,
    example_losses,
    learned,
    most_examples,
    teaches,
)
from harness.data.drawn import Index
from harness.data.examples import Array
from harness.data.records import Dataset, Part
from harness.study import Loss, stream_seed

FOLDS = 5
MOST_VALIDATION = 2_000
"""Of more validation examples the luck is too small to matter."""
MOST_BESIDE = 4_000
"""Training examples that are looked at."""
CELLS = 5_000_000
"""Examples × features × outputs of one model at most: some two seconds of one core."""


@dataclass(frozen=True, kw_only=True, eq=False)
class HeldOut:
    """Losses of examples, each of a model that did not learn from it.

    Args:
        model: what kind it is.
        validation, train: one loss an example; of the training part only those looked at.
    """

    model: str
    validation: Array
    train: Array


def held_out_losses(dataset: Dataset, *, loss: Loss, study_seed: int) -> HeldOut | None:
    """A linear model's losses over both parts, cross-validated, with true targets.

    Args:
        dataset: with a validation part.
        loss: the study's; not "output".
        study_seed: draws the folds and, of too many, the training examples.

    Returns:
        None where time and not a draw decided the parts, where there are too many validation
        examples or too many features to do it in good time, or too little to learn from.
    """
    name, (learner, _) = next(iter(MODELS[dataset.task].items()))
    most = most_examples(dataset, CELLS)
    examples = len(dataset.validation)
    if not dataset.exchangeable or examples > min(MOST_VALIDATION, most // 2):
        return None
    seed = stream_seed(study_seed, -1, "hardness")
    beside = min(MOST_BESIDE, most - examples)
    rows = affordable(np.arange(len(dataset.train)), dataset, most=beside, seed=seed)
    both = _both(dataset, rows)
    y, draw = both.train.y, np.random.default_rng(seed)
    fold = np.concatenate([_folds(len(rows), draw), _folds(examples, draw)])
    losses = np.empty(len(y))
    with threadpool_limits(1):
        for part in range(FOLDS):
            others, asked = np.flatnonzero(fold != part), fold == part
            if not teaches(y[others]):
                return None
            answer = learned(learner, both, others, y[others], loss=loss, seed=seed)
            losses[asked] = example_losses(loss, y[asked], answer(both.train.x[asked]))
    return HeldOut(model=name, validation=losses[len(rows) :], train=losses[: len(rows)])


def _both(dataset: Dataset, rows: Index) -> Dataset:
    """With these training examples and all of validation as its training part."""
    x = np.concatenate([dataset.train.x[: rows[-1] + 1][rows], dataset.validation.x])
    y: Any = np.concatenate([dataset.train.y[rows], dataset.validation.y])
    return replace(dataset, train=Part(x=x, y=y))


def _folds(count: int, draw: np.random.Generator) -> Array:
    return draw.permutation(np.arange(count) % FOLDS)
