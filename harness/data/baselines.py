"""Two cheap models beside every network: a linear one, and gradient boosting on trees.

They learn from the examples that a network's run learns from, and answer for the same parts.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from harness.data.drawn import Index, noisy_targets, subset
from harness.data.examples import Array
from harness.data.learners import (
    Learned,
    Lesson,
    Scale,
    boosted_classes,
    boosted_numbers,
    kept_aside,
    logistic_regression,
    ridge_regression,
)
from harness.data.records import LEAST_PROBABILITY, Dataset, Part, StreamedPart, Task
from harness.data.scores import further_scores
from harness.study import Loss, Settings, stream_seed

FEWEST_EXAMPLES = 10
MOST_EXAMPLES = 20_000
LINEAR_CELLS = 50_000_000
TREE_CELLS = 10_000_000
"""Examples × features × outputs to learn from at most: some ten seconds of one core."""

Learner = Callable[[Lesson], Learned]
MODELS: Mapping[Task, Mapping[str, tuple[Learner, int]]] = {
    Task.CLASSIFICATION: {
        "logistic regression": (logistic_regression, LINEAR_CELLS),
        "gradient boosting": (boosted_classes, TREE_CELLS),
    },
    Task.REGRESSION: {
        "ridge regression": (ridge_regression, LINEAR_CELLS),
        "gradient boosting": (boosted_numbers, TREE_CELLS),
    },
}


@dataclass(frozen=True, kw_only=True, eq=False)
class Answered:
    """What a model answered for one part.

    Args:
        losses: in the study's loss, one an example.
        score: accuracy or R²; NaN where it is not defined.
    """

    losses: Array
    score: float


@dataclass(frozen=True, kw_only=True, eq=False)
class BaselineFit:
    """One model, learned from the examples of one run.

    Args:
        name: "logistic regression", "ridge regression" or "gradient boosting".
        validation: its answers for the validation part.
        test: for the test part; None unless asked for.
        learned_from: examples, fewer than the run has where they were too many.
        seconds: this took.
    """

    name: str
    validation: Answered
    test: Answered | None
    learned_from: int
    seconds: float


def fit_baselines(
    dataset: Dataset,
    settings: Settings,
    *,
    loss: Loss,
    study_seed: int,
    run_seed: int,
    test: bool = False,
) -> tuple[BaselineFit, ...]:
    """A linear model and gradient boosting, learned from what one run learns from.

    On one thread: two of them on a busy machine were seen to take 5 to 350 times as long.

    Args:
        dataset: with a validation part.
        settings: of which `train_size` and `label_noise` count.
        loss: the study's, in which answers are measured; not "output".
        study_seed, run_seed: choose the same examples and wrong targets as for a network.
        test: whether to answer for the test part too: only where a study's winner does.

    Returns:
        None of them for fewer than `FEWEST_EXAMPLES`, or where all are of one class.
    """
    rows = subset(settings, len(dataset.train), study_seed=study_seed, run_seed=run_seed)
    targets = noisy_targets(settings, dataset, study_seed=study_seed, run_seed=run_seed)
    seed = stream_seed(study_seed, run_seed, "baselines")
    found: list[BaselineFit] = []
    with threadpool_limits(1):
        for name, (learner, cells) in MODELS[dataset.task].items():
            chosen = affordable(rows, dataset, most=most_examples(dataset, cells), seed=seed)
            if not teaches(targets[chosen]):
                return ()
            started = time.perf_counter()
            answer = learned(learner, dataset, chosen, targets[chosen], loss=loss, seed=seed)
            asked = (dataset.validation, dataset.test) if test else (dataset.validation,)
            answered = [_answered(answer, part, loss, dataset.task) for part in asked]
            found.append(
                BaselineFit(
                    name=name,
                    validation=answered[0],
                    test=answered[1] if test else None,
                    learned_from=len(chosen),
                    seconds=time.perf_counter() - started,
                )
            )
    return tuple(found)


def example_losses(loss: Loss, targets: Array, answers: Array) -> Array:
    """The loss of every example as training measures it, averaged over outputs.

    Args:
        loss: not "output".
        targets: class numbers, example; or numbers, example × output.
        answers: class probabilities, example × class, of which none counts as less than
            `LEAST_PROBABILITY`; or numbers, example × output.
    """
    if loss in ("binary_crossentropy", "categorical_crossentropy"):
        right = answers[np.arange(len(targets)), targets]
        return -np.log(np.maximum(right, LEAST_PROBABILITY))
    error = answers - targets.astype(np.float64)
    size = np.abs(error)
    match loss:
        case "mse":
            each = error**2
        case "mae":
            each = size
        case _:
            each = np.where(size <= 1, error**2 / 2, size - 0.5)
    return each.mean(axis=1)


def most_examples(dataset: Dataset, cells: int) -> int:
    """How many examples have so many cells, examples × features × outputs."""
    outputs = dataset.classes if dataset.classes > 2 else 1
    return min(MOST_EXAMPLES, max(cells // (dataset.features * outputs), FEWEST_EXAMPLES))


def affordable(rows: Index, dataset: Dataset, *, most: int, seed: int) -> Index:
    """These training examples, or so many of them at random."""
    if isinstance(dataset.train, StreamedPart):  # whose blocks hold examples at random
        ends = np.cumsum(dataset.train.x.sizes)
        rows = rows[: ends[min(int(np.searchsorted(ends, most)), len(ends) - 1)]]
    if len(rows) <= most:
        return rows
    return np.sort(np.random.default_rng(seed).permutation(rows)[:most])


def teaches(y: Array) -> bool:
    """Whether there is something to learn: enough examples, and not all of one kind."""
    return len(y) >= FEWEST_EXAMPLES and bool(np.any(y != y[0]))


def learned(
    learner: Learner, dataset: Dataset, rows: Index, y: Array, *, loss: Loss, seed: int
) -> Learned:
    """What a model answers that learned from these rows of the training part, whose targets are y.

    Args:
        learner: of `MODELS`.
        dataset: whose training part.
        rows: rising.
        y: the targets of those rows.
        loss: the study's.
        seed: draws what is kept aside.
    """
    inputs = Scale(dataset.train.x[: rows[-1] + 1][rows])
    outputs = None if dataset.classes else Scale(y)
    draw = np.random.default_rng(seed)
    lesson = Lesson(
        x=inputs.scaled,
        y=y if outputs is None else outputs.scaled,
        classes=dataset.classes,
        aside=kept_aside(y, classes=dataset.classes, draw=draw),
        absolute=loss == "mae",
    )
    answer = learner(lesson)
    if outputs is None:
        return lambda x: answer(inputs.to(x))
    return lambda x: outputs.back(answer(inputs.to(x)))


def _answered(answer: Learned, part: Part, loss: Loss, task: Task) -> Answered:
    answers = answer(part.x)
    scores = further_scores(task, part.y, answers)
    score = scores["accuracy" if task is Task.CLASSIFICATION else "r2"]
    return Answered(losses=example_losses(loss, part.y, answers), score=score)
