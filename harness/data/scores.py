"""Scores beside loss and accuracy, which show what unbalanced classes hide.

The same numbers as scikit-learn's (the tests compare them), at a thirtieth of its cost for
ten classes: every run of a study is scored twice, and scikit-learn checks its arguments anew
for each class.
"""

import math

import numpy as np

from harness.data.examples import Array
from harness.data.records import Task

CLASS_SCORES = ("accuracy", "balanced_accuracy", "f1", "roc_auc", "average_precision")
NUMBER_SCORES = ("r2", "mae")


def further_scores(task: Task, targets: Array, outputs: Array) -> dict[str, float]:
    """Scores by name; NaN where a score is not defined or an output is not finite.

    Args:
        task: what is predicted.
        targets: class numbers, example; or numbers, example × output.
        outputs: class probabilities, example × class (two columns for two classes); or
            predictions, example × output.

    Returns:
        For classes accuracy, balanced_accuracy (mean recall), f1, roc_auc and
        average_precision; all but the first are plain means over the classes that occur
        among the targets, each class against the rest (for two classes too, so that it does
        not matter which of them is called the positive one). For numbers r2 (mean over
        outputs) and mae.
    """
    names = CLASS_SCORES if task == Task.CLASSIFICATION else NUMBER_SCORES
    if len(targets) == 0 or not np.all(np.isfinite(outputs)):
        return dict.fromkeys(names, math.nan)
    if task == Task.CLASSIFICATION:
        return _class_scores(targets, outputs)
    error = np.asarray(outputs, dtype=np.float64) - targets
    return {"r2": _r2(targets, error), "mae": float(np.mean(np.abs(error)))}


def _class_scores(targets: Array, outputs: Array) -> dict[str, float]:
    predicted = outputs.argmax(axis=1)
    classes = outputs.shape[1]
    present = np.unique(targets)
    hits = np.bincount(targets[predicted == targets], minlength=classes)[present]
    held = np.bincount(targets, minlength=classes)[present]
    named = np.bincount(predicted, minlength=classes)[present]
    ranked = [_ranking(targets == each, outputs[:, each]) for each in present]
    areas, precisions = zip(*ranked, strict=True)
    return {
        "accuracy": float(np.mean(predicted == targets)),
        "balanced_accuracy": float(np.mean(hits / held)),
        "f1": float(np.mean(2 * hits / (held + named))),
        "roc_auc": float(np.mean(areas)),
        "average_precision": float(np.mean(precisions)),
    }


def _ranking(inside: Array, scores: Array) -> tuple[float, float]:
    """The area under the ROC curve and the average precision of one class against the rest.

    The area is the chance that an example of the class scores above one of the rest, ties
    counting half (Hanley and McNeil, 1982). Average precision is, over the class's examples,
    the mean share of the class among all that score at least as high.
    """
    own, rest = np.sort(scores[inside]), np.sort(scores[~inside])
    if len(rest) == 0:
        return math.nan, math.nan
    below, not_above = np.searchsorted(rest, own, "left"), np.searchsorted(rest, own, "right")
    area = float(np.mean(below + not_above)) / (2 * len(rest))
    own_above = len(own) - np.searchsorted(own, own, "left")
    return area, float(np.mean(own_above / (own_above + len(rest) - below)))


def _r2(targets: Array, error: Array) -> float:
    """R²; NaN where an output's targets are all equal, for then it has no scale."""
    if np.any(np.ptp(targets, axis=0) == 0):
        return math.nan
    variance = np.var(targets, axis=0, dtype=np.float64)
    return float(np.mean(1 - np.mean(error**2, axis=0) / variance))
