"""Rules that neither the study nor its data can break alone."""

from collections.abc import Iterator
from itertools import product

import numpy as np

from harness.conduct.streamed import streamed_faults
from harness.conduct.traced import traced_faults
from harness.data import Dataset, Task
from harness.errors import DataError, raise_all
from harness.study import (
    KNOBS,
    Choice,
    GivenLayer,
    KnobSpec,
    KnobValue,
    Range,
    Study,
    score_of,
    written,
)

_FITTED = ("train_size", "initialization", "label_smoothing", "class_weights", "patience")
"""Knobs whose values the data, or the rest of the study, may not bear."""


def check_fit(study: Study, dataset: Dataset) -> None:
    """Refuse what the data cannot bear, before anything is trained or stored.

    Raises:
        DataError: more training examples asked for than there are, given weights of another
            shape, or an objective that these examples do not have; one line for each.
        StudyError: a grid that is too large.
    """
    faults: dict[str, None] = {}
    for place, name, value in _values(study):
        if name == "train_size" and isinstance(value, int) and value > len(dataset.train):
            rule = f"must be at most {len(dataset.train)}, the examples of the training part"
            faults[f"{place} {rule}, got {value}"] = None
        if (lack := _knob_lack(name, value, study, dataset)) is not None:
            faults[f"{place} {lack}, got {written(value)}"] = None
        if name == "initialization" and isinstance(value, tuple) and study.network is None:
            faults |= dict.fromkeys(_given_faults(place, value, study, dataset))
    faults |= dict.fromkeys(_single_examples(study, dataset))
    faults |= dict.fromkeys(streamed_faults(study, dataset))
    if study.search is not None and (lack := _lack(study.search.objective, study, dataset)):
        faults[f"search.objective {study.search.objective} needs {lack}"] = None
    raise_all(DataError, list(faults))
    raise_all(DataError, list(traced_faults(study, dataset)))
    if study.search is not None and study.search.sampler == "grid":
        from harness.search import Asker  # brings optuna, a quarter of a second

        Asker(study)


def _knob_lack(name: str, value: object, study: Study, dataset: Dataset) -> str | None:
    """What a knob needs that study or data lack, as "needs ...", or None."""
    entropies = ("binary_crossentropy", "categorical_crossentropy")
    softens = name in ("label_smoothing", "class_weights") and value not in (0.0, "none")
    if softens and (study.training.loss or entropies[0]) not in entropies:
        return f"needs a cross-entropy loss, and training.loss is {study.training.loss}"
    if softens and not dataset.classes:
        return "needs classes to predict, and the target is a number"
    if name == "patience" and value != 0 and len(dataset.validation) == 0:
        return "needs validation examples, and there are none"
    return None


def _single_examples(study: Study, dataset: Dataset) -> Iterator[str]:
    """Faults where batch norm meets a step of one example, as far as values are listed."""
    for place, batch, size in _normalized(study):
        examples = max(1, round(size * len(dataset.train))) if isinstance(size, float) else size
        words = {"stochastic": 1, "full": examples}
        each = words[batch] if isinstance(batch, str) else min(batch, examples)
        if (examples % each or each) == 1:
            rule = "needs at least 2 examples at every step"
            yield f"{place} {rule}, and batch {written(batch)} of {examples} leaves 1, got true"


def _normalized(study: Study) -> Iterator[tuple[str, int | str, int | float]]:
    """Where batch norm is on: its place, the batch and the train size beside it."""
    for arm in study.arms:
        if arm.settings.batch_norm:
            yield f"arms.{arm.name}.batch_norm", arm.settings.batch, arm.settings.train_size
    names = ("batch_norm", "layers", "batch", "train_size")
    specs = [study.knobs.get(name, KNOBS[name].default) for name in names]
    norms, layers, batches, sizes = (_ends(spec) for spec in specs)
    if study.network is None and study.search is not None and True in norms and any(layers):
        for batch, size in product(batches, sizes):
            assert isinstance(batch, int | str)
            assert isinstance(size, int | float)
            yield "knobs.batch_norm", batch, size


def _ends(spec: KnobSpec) -> tuple[KnobValue, ...]:
    if isinstance(spec, Range):
        return (round(spec.low) if spec.integer else spec.low, *_extremes(spec))
    return _extremes(spec)


def _lack(objective: str, study: Study, dataset: Dataset) -> str | None:
    """What these examples lack that an objective needs, as "..., got ...", or None."""
    score, examples = score_of(objective), len(dataset.validation)
    least = 0 if objective.startswith("train") else 2 if objective == "cross_fitted_loss" else 1
    if examples < least:
        return f"at least {least} validation examples, got {examples}"
    if score is None and "_score_" not in objective:
        return None
    if study.training.loss == "output":
        return "a loss beside which scores are measured, got training.loss output"
    defined = _scores_of_no_network(dataset)
    if score is not None and score not in defined:
        numbers = dataset.task is Task.REGRESSION
        return "classes to predict, got numbers" if numbers else "numbers to predict, got classes"
    shown = next(iter(defined)) if score is None else score
    if least > 0 and np.isnan(defined[shown]):
        return f"validation targets that differ, got {examples} equal ones"
    return None


def _scores_of_no_network(dataset: Dataset) -> dict[str, float]:
    """The scores this task has, NaN where whatever a network answers has none."""
    from harness.data import further_scores  # brings pandas, which loading the data brought

    width = dataset.classes or dataset.train.y.shape[1]
    answers = np.zeros((len(dataset.validation), width))
    return further_scores(dataset.task, dataset.validation.y, answers)


def _values(study: Study) -> Iterator[tuple[str, str, object]]:
    """Every value that a knob may take, with its place in the file and the knob's name."""
    for name, spec in study.knobs.items():
        yield from ((f"knobs.{name}", name, value) for value in _extremes(spec))
    for arm in study.arms:
        for name in _FITTED:
            if name not in study.knobs or arm.settings.value(name) != study.knobs[name]:
                yield f"arms.{arm.name}.{name}", name, arm.settings.value(name)


def _extremes(spec: KnobSpec) -> tuple[KnobValue, ...]:
    if isinstance(spec, Choice):
        return spec.values
    if isinstance(spec, Range):
        return (round(spec.high) if spec.integer else spec.high,)
    return (spec,)


def _given_faults(
    place: str, layers: tuple[object, ...], study: Study, dataset: Dataset
) -> list[str]:
    first, last = layers[0], layers[-1]
    assert isinstance(first, GivenLayer)
    assert isinstance(last, GivenLayer)
    faults: list[str] = []
    if len(first.weights) != dataset.features:
        rule = f"must have {dataset.features} rows, one per feature of the data"
        faults.append(f"{place}[0].weights {rule}, got {len(first.weights)}")
    outputs = _outputs(study, dataset)
    if last.units != outputs:
        rule = f"must have {outputs} columns, one per output"
        faults.append(f"{place}[{len(layers) - 1}].weights {rule}, got {last.units}")
    return faults


def _outputs(study: Study, dataset: Dataset) -> int:
    """One for a number, one for two classes but with categorical crossentropy, one per class."""
    two = dataset.classes == 2 and study.training.loss != "categorical_crossentropy"
    return 1 if dataset.classes == 0 or two else dataset.classes
