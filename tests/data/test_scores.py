import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics

from harness.data import Task, further_scores


def drawn(classes: int, count: int, *, seed: int, decimals: int = 1):
    """Targets in which every class occurs, and outputs with many ties."""
    draw = np.random.default_rng(seed)
    targets = draw.permutation(np.arange(count) % classes)
    return targets, np.round(draw.dirichlet(np.ones(classes), count), decimals)


@pytest.mark.parametrize("classes", [2, 3, 10])
@pytest.mark.parametrize("decimals", [1, 9])
def test_class_scores_are_those_of_scikit_learn(classes, decimals):
    targets, outputs = drawn(classes, 60, seed=classes, decimals=decimals)
    found = further_scores(Task.CLASSIFICATION, targets, outputs)
    predicted, inside = outputs.argmax(axis=1), np.eye(classes)[targets]
    expected = {
        "accuracy": metrics.accuracy_score(targets, predicted),
        "balanced_accuracy": metrics.balanced_accuracy_score(targets, predicted),
        "f1": metrics.f1_score(targets, predicted, average="macro"),
        "roc_auc": metrics.roc_auc_score(inside, outputs, average="macro"),
        "average_precision": metrics.average_precision_score(inside, outputs, average="macro"),
    }
    assert found == pytest.approx(expected)


@pytest.mark.parametrize("outputs", [1, 3])
def test_number_scores_are_those_of_scikit_learn(outputs):
    draw = np.random.default_rng(outputs)
    targets = draw.standard_normal((40, outputs)).astype(np.float32)
    found = targets + draw.standard_normal((40, outputs)).astype(np.float32)
    assert further_scores(Task.REGRESSION, targets, found) == pytest.approx(
        {
            "r2": metrics.r2_score(targets, found),
            "mae": metrics.mean_absolute_error(targets, found),
        },
        rel=1e-5,
    )


def test_two_classes_have_scikit_learns_roc_auc_of_the_second():
    targets, outputs = drawn(2, 50, seed=1)
    outputs[:, 0] = 1 - outputs[:, 1]
    found = further_scores(Task.CLASSIFICATION, targets, outputs)
    assert found["roc_auc"] == pytest.approx(metrics.roc_auc_score(targets, outputs[:, 1]))


def test_always_saying_the_larger_class_is_accurate_but_not_balanced():
    targets = np.array([0] * 9 + [1])
    outputs = np.tile([0.8, 0.2], (10, 1))
    found = further_scores(Task.CLASSIFICATION, targets, outputs)
    assert (found["accuracy"], found["balanced_accuracy"], found["roc_auc"]) == (0.9, 0.5, 0.5)


def test_a_class_that_does_not_occur_is_left_out_of_the_means():
    targets, outputs = np.array([0, 0, 1, 1]), np.eye(3)[[0, 0, 1, 1]]
    found = further_scores(Task.CLASSIFICATION, targets, outputs)
    assert found == dict.fromkeys(found, 1.0)


@pytest.mark.parametrize(
    ("task", "targets", "outputs", "undefined"),
    [
        (Task.CLASSIFICATION, [0, 0], [[0.7, 0.3], [0.6, 0.4]], {"roc_auc", "average_precision"}),
        (Task.REGRESSION, [[1.0], [1.0]], [[1.0], [2.0]], {"r2"}),
        (Task.REGRESSION, [[1.0], [2.0]], [[1.0], [math.inf]], {"r2", "mae"}),
    ],
)
def test_what_is_not_defined_is_nan(
    task: Task, targets: Sequence[float], outputs: Sequence[float], undefined: set[str]
):
    found = further_scores(task, np.array(targets), np.array(outputs))
    assert {name for name, value in found.items() if math.isnan(value)} == undefined


@given(st.integers(0, 10_000), st.permutations(range(4)))
def test_the_order_of_examples_and_the_names_of_classes_do_not_matter(seed, names):
    targets, outputs = drawn(4, 24, seed=seed, decimals=9)
    order = np.random.default_rng(seed).permutation(24)
    renamed = further_scores(
        Task.CLASSIFICATION, np.argsort(names)[targets][order], outputs[order][:, names]
    )
    assert renamed == pytest.approx(further_scores(Task.CLASSIFICATION, targets, outputs))
