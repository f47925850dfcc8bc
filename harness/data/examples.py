"""Examples before they are cut: what every kind of source gives, and what is predicted."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from harness.data.records import Task
from harness.errors import DataError
from harness.study import Loss

Array = np.ndarray[Any, np.dtype[Any]]
CLASSES_AT_MOST = 20
_CLASS_LOSSES = ("binary_crossentropy", "categorical_crossentropy")
_NUMBER_LOSSES = ("mse", "mae", "huber")


@dataclass(frozen=True, kw_only=True, eq=False)
class Examples:
    """All examples of a source, in its order.

    Args:
        place: the file, function or set that messages name.
        x: float64, example × feature; NaN only where the training part's mean is to come.
        y: class numbers (int64) or numbers (float64), one per example.
        feature_names: one for each column of x.
        class_names: one for each class; empty for numbers.
        target_name: what is predicted.
        standardize: the source's own default.
        groups: one number per example; equal ones never part.
        order: the examples' positions in time, first to last.
        notes: lines for people.
        code: source text that made the examples; part of the fingerprint.
    """

    place: str
    x: Array
    y: Array
    feature_names: tuple[str, ...]
    class_names: tuple[str, ...] = ()
    target_name: str = "target"
    standardize: bool = False
    groups: Array | None = None
    order: Array | None = None
    notes: tuple[str, ...] = ()
    code: str = ""

    @property
    def task(self) -> Task:
        """Classification where there are classes."""
        return Task.CLASSIFICATION if self.class_names else Task.REGRESSION


@dataclass(frozen=True, kw_only=True, eq=False)
class Target:
    """What is predicted: class numbers with their names, or numbers without."""

    values: Array
    class_names: tuple[str, ...] = ()


def target_from(
    values: pd.Series,
    *,
    what: str,
    task: Literal["classification", "regression"] | None,
    loss: Loss | None,
) -> Target:
    """Classes or numbers out of a target column.

    Text, booleans and at most 20 different whole numbers are classes, unless the task or the
    loss asks for numbers. Whole numbers that all differ (and are more than two) stay numbers:
    no class could be learned from one example.

    Args:
        values: the column, without missing values.
        what: "churn.csv: target churned", for messages.
        task: what the study says.
        loss: the study's loss, which may need classes or numbers.
    """
    wanted = wanted_task(task, loss, what=what)
    numeric = pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)
    if not numeric:
        if wanted == Task.REGRESSION:
            why = f"loss {loss}" if loss in _NUMBER_LOSSES else "a regression"
            raise DataError(f'{what} must hold numbers for {why}, got "{values.iloc[0]}"')
        return _classes(values.astype(str).to_numpy(dtype=object))
    numbers = values.to_numpy(dtype=np.float64)
    if not np.all(np.isfinite(numbers)):
        count = np.sum(~np.isfinite(numbers))
        raise DataError(f"{what} must be finite, got {count} infinite or missing values")
    if wanted is None:
        wanted = Task.CLASSIFICATION if _few_whole(numbers) else Task.REGRESSION
    if wanted == Task.REGRESSION:
        return Target(values=numbers)
    whole = numbers == np.round(numbers)
    if not np.all(whole):
        why = f"loss {loss}" if loss in _CLASS_LOSSES else "a classification"
        raise DataError(f"{what} must hold classes for {why}, got {numbers[~whole][0]:g}")
    return _classes(numbers.astype(np.int64))


def wanted_task(
    task: Literal["classification", "regression"] | None, loss: Loss | None, *, what: str
) -> Task | None:
    """The task that the study's `task` and loss ask for, or None where both leave it open."""
    by_loss = None
    if loss in _CLASS_LOSSES:
        by_loss = Task.CLASSIFICATION
    elif loss in _NUMBER_LOSSES:
        by_loss = Task.REGRESSION
    by_task = None if task is None else Task(task)
    if by_loss is not None and by_task is not None and by_loss != by_task:
        raise DataError(f"{what}: task {task} does not go with training.loss {loss}")
    return by_task or by_loss


def check_loss(examples: Examples, loss: Loss | None) -> None:
    """Refuse a loss that the source's classes or numbers cannot have."""
    names = examples.class_names
    place = f"{examples.place}: target {examples.target_name}"
    if names and loss in _NUMBER_LOSSES:
        raise DataError(f"{place} holds classes, so training.loss must not be {loss}")
    if not names and loss in _CLASS_LOSSES:
        raise DataError(f"{place} holds numbers, so training.loss must not be {loss}")
    if loss == "binary_crossentropy" and len(names) != 2:
        shown = ", ".join(names[:5]) + (" ..." if len(names) > 5 else "")
        rule = "training.loss binary_crossentropy needs two classes"
        raise DataError(f"{place} holds {len(names)} classes ({shown}), but {rule}")


def _classes(values: Array) -> Target:
    names, numbers = np.unique(values, return_inverse=True)
    class_names = tuple(str(name) for name in names)
    return Target(values=numbers.astype(np.int64), class_names=class_names)


def _few_whole(numbers: Array) -> bool:
    if np.any(numbers != np.round(numbers)):
        return False
    distinct = len(np.unique(numbers))
    if distinct == 1:
        return numbers[0] in (0, 1)
    repeated = distinct < len(numbers) or distinct <= 2
    return distinct <= CLASSES_AT_MOST and repeated
