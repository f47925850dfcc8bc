"""Models of scikit-learn's that need no settings: what they need is chosen on the way.

A fifth of the examples is kept aside to choose on (how strong a penalty, how many trees); then
the model is learned anew from all of them.
"""

import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, RidgeCV

from harness.data.examples import Array

KEPT_ASIDE = 0.2
PENALTIES = (1e-3, 1e-2, 1e-1, 1.0, 10.0)
"""Inverse strengths of a logistic regression's penalty, as scikit-learn counts them."""
SHRINKAGES = (1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0, 10.0)
"""Strengths of a ridge regression's penalty an example."""
MOST_ROUNDS = 200
"""Of one tree for each class."""
MOST_TREES = 3000
"""Of all classes together: a round of 59 classes takes as long as six rounds of ten."""
PATIENCE = 5
MOST_IN_LEAF = 20
"""Examples that a leaf holds at least, where there are 400 of them; fewer of fewer."""

Learned = Callable[[Array], Array]
"""Features → class probabilities [example, class], or numbers [example, output]."""
_Boosting = HistGradientBoostingClassifier | HistGradientBoostingRegressor


@dataclass(frozen=True, kw_only=True, eq=False)
class Lesson:
    """What is learned from.

    Args:
        x: features, float64, about of size 1.
        y: class numbers, example; or numbers, example × output.
        classes: 0 for numbers.
        aside: a mask of the examples to choose on.
        absolute: whether absolute errors count rather than squared ones.
    """

    x: Array
    y: Array
    classes: int
    aside: Array
    absolute: bool = False


class Scale:
    """Columns shifted to mean 0 and scaled to deviation 1, and others alike.

    Args:
        values: the columns that decide: [example, column].
    """

    def __init__(self, values: Array) -> None:
        exact = values.astype(np.float64)
        self._mean, self._deviation = exact.mean(axis=0), exact.std(axis=0)
        self._deviation[self._deviation == 0] = 1.0
        self.scaled = self.to(exact)

    def to(self, values: Array) -> Array:
        """Scaled."""
        return (values - self._mean) / self._deviation

    def back(self, scaled: Array) -> Array:
        """As they were before."""
        return scaled * self._deviation + self._mean


def kept_aside(y: Array, *, classes: int, draw: np.random.Generator) -> Array:
    """A mask of a fifth of the examples, of each class alike, and never all of a class."""
    kinds = [np.flatnonzero(y == kind) for kind in np.unique(y)]
    aside = np.zeros(len(y), dtype=bool)
    for members in kinds if classes else [np.arange(len(y))]:
        aside[draw.permutation(members)[: int(KEPT_ASIDE * len(members))]] = True
    return aside


def logistic_regression(lesson: Lesson) -> Learned:
    """Multinomial; its penalty is weakened as long as that helps on the examples kept aside."""
    x, y, aside = lesson.x, lesson.y, lesson.aside
    best, lowest = 1.0, math.inf
    with warnings.catch_warnings():
        # After 100 steps the last digits are missing; they decide nothing.
        warnings.simplefilter("ignore", ConvergenceWarning)
        path = LogisticRegression(warm_start=True)
        for penalty in PENALTIES if np.any(aside) else ():
            path.set_params(C=penalty).fit(x[~aside], y[~aside])
            right = np.searchsorted(path.classes_, y[aside])
            level = -np.mean(path.predict_log_proba(x[aside])[np.arange(len(right)), right])
            if level >= lowest:
                break
            best, lowest = penalty, level
        model = LogisticRegression(C=best).fit(x, y)
    return _probabilities(model, lesson.classes)


def ridge_regression(lesson: Lesson) -> Learned:
    """Its penalty is that of the lowest squared error, every example left out in turn."""
    penalties = np.array(SHRINKAGES) * len(lesson.y)
    model = RidgeCV(alphas=penalties).fit(lesson.x, lesson.y)
    return lambda x: model.predict(x).reshape(len(x), -1)


def boosted_classes(lesson: Lesson) -> Learned:
    """Gradient boosting of class probabilities."""
    model = HistGradientBoostingClassifier(**_trees(lesson))
    most = min(MOST_ROUNDS, max(MOST_TREES // lesson.classes, 1))
    _boost(model, lesson.x, lesson.y, lesson.aside, most=most)
    return _probabilities(model, lesson.classes)


def boosted_numbers(lesson: Lesson) -> Learned:
    """Gradient boosting of numbers, a model for each output."""
    loss = "absolute_error" if lesson.absolute else "squared_error"
    models = [HistGradientBoostingRegressor(loss=loss, **_trees(lesson)) for _ in lesson.y.T]
    for model, y in zip(models, lesson.y.T, strict=True):
        _boost(model, lesson.x, y, lesson.aside, most=MOST_ROUNDS)
    return lambda x: np.stack([model.predict(x) for model in models], axis=1)


def _trees(lesson: Lesson) -> dict[str, Any]:
    in_leaf = min(MOST_IN_LEAF, max(len(lesson.y) // MOST_IN_LEAF, 2))
    return {"max_leaf_nodes": 15, "max_bins": 63, "min_samples_leaf": in_leaf, "random_state": 0}


def _boost(model: _Boosting, x: Array, y: Array, aside: Array, *, most: int) -> None:
    """As many rounds as serve the examples kept aside best, then so many with all."""
    count = max(most // 10, 1)
    if np.any(aside):
        model.set_params(early_stopping=True, max_iter=most, n_iter_no_change=PATIENCE)
        model.fit(x[~aside], y[~aside], X_val=x[aside], y_val=y[aside])
        count = max(int(np.argmax(model.validation_score_)), 1)
    model.set_params(early_stopping=False, max_iter=count).fit(x, y)


def _probabilities(
    model: LogisticRegression | HistGradientBoostingClassifier, classes: int
) -> Learned:
    """Of all classes; one that was not among the examples has 0."""

    def answer(x: Array) -> Array:
        found = np.zeros((len(x), classes))
        found[:, np.asarray(model.classes_)] = model.predict_proba(x)
        return found

    return answer
