"""From a study's `[data]` to a `Dataset`: read, cut, standardise, describe."""

from hashlib import blake2b
from pathlib import Path

import numpy as np
import pandas as pd

from harness.data.built_in import built_in
from harness.data.checks import check_examples, range_faults, standardized_target
from harness.data.examples import Array, Examples, check_loss, target_from
from harness.data.files import from_file
from harness.data.functions import from_function
from harness.data.notes import notes_on
from harness.data.parts import Cut, cut
from harness.data.records import Dataset, Part
from harness.data.sources import Kind, check_options, kind_of
from harness.data.streaming import load_streamed, streams
from harness.errors import DataError, raise_all
from harness.study import DataSource, Loss


def load(source: DataSource, *, folder: Path, seed: int, loss: Loss | None = None) -> Dataset:
    """The examples of a study, cut in parts and ready to train on.

    Args:
        source: where they come from and how they are cut.
        folder: what files are relative to: the study file's folder.
        seed: the study's seed; it alone decides the split and what is generated.
        loss: the study's loss, which may need classes or numbers; notes on generated numbers
            speak of it.

    Raises:
        DataError: the source, an option, a file, a column or a value breaks a rule; one line
            for each fault.
    """
    kind = kind_of(source)
    check_options(source, kind)
    if kind == "file" and streams(source, folder=folder):
        return load_streamed(source, folder=folder, seed=seed, loss=loss)
    if kind == "points":
        examples = _points(source, loss)
        parts = _all_train(len(examples.x))
    else:
        examples = _examples(source, kind, folder=folder, seed=seed, loss=loss)
        check_examples(examples)
        parts = cut(examples, source.split, seed=seed)
    check_loss(examples, loss)
    standardize = examples.standardize if source.standardize is None else source.standardize
    return _dataset(examples, parts, standardize=standardize)


def _examples(
    source: DataSource, kind: Kind, *, folder: Path, seed: int, loss: Loss | None
) -> Examples:
    if kind == "file":
        return from_file(source, folder=folder, loss=loss)
    if kind == "function":
        return from_function(source, folder=folder, loss=loss)
    return built_in(source, seed=seed, loss=loss)


def _points(source: DataSource, loss: Loss | None) -> Examples:
    points = source.points
    assert points is not None
    x = np.array(points.x, dtype=np.float64)
    target = target_from(
        pd.Series(list(points.y)), what="data.points.y", task=source.task, loss=loss
    )
    y, class_names = target.values, target.class_names
    if len(class_names) == 1 and class_names[0] not in ("0", "1"):
        raise DataError(f"data.points.y must hold two classes or more, got only {class_names[0]}")
    if class_names == ("1",):  # one example of class 1, for teaching: there is a class 0 too
        y, class_names = y + 1, ("0", "1")
    if class_names == ("0",):
        class_names = ("0", "1")
    return Examples(
        place="data.points",
        x=x,
        y=y,
        feature_names=tuple(f"x{i + 1}" for i in range(x.shape[1])),
        class_names=class_names,
        target_name="y",
    )


def _all_train(count: int) -> Cut:
    nothing = np.arange(0)
    return Cut(train=np.arange(count), validation=nothing, test=nothing)


def _dataset(examples: Examples, parts: Cut, *, standardize: bool) -> Dataset:
    x = _filled(examples.x, parts.train, examples)
    y, mean, scale = examples.y, 0.0, 1.0
    _check_range(x, y, examples)
    if standardize:
        x = _standardized(x, parts.train)
        if not examples.class_names:
            y, mean, scale = standardized_target(y, parts.train, examples)
    _check_range(x, y, examples)  # again: a rare value may be 1e40 of training's deviations
    x = x.astype(np.float32)
    if not examples.class_names:
        y = y.astype(np.float32)[:, None]
    train, validation, test = (
        Part(x=np.ascontiguousarray(x[at]), y=np.ascontiguousarray(y[at]))
        for at in (parts.train, parts.validation, parts.test)
    )
    found = notes_on(examples.x, examples.y, parts=parts, class_names=examples.class_names)
    return Dataset(
        task=examples.task,
        train=train,
        validation=validation,
        test=test,
        feature_names=examples.feature_names,
        class_names=examples.class_names,
        target_name=examples.target_name,
        target_mean=mean,
        target_scale=scale,
        notes=(*examples.notes, *found),
        exchangeable=examples.order is None,
        fingerprint=_fingerprint(examples, parts, standardize=standardize),
    )


def _filled(x: Array, train: Array, examples: Examples) -> Array:
    """NaN replaced by the training part's mean of the column."""
    if not np.any(np.isnan(x)):
        return x
    known = ~np.isnan(x[train])
    counts = known.sum(axis=0)
    raise_all(
        DataError,
        [
            f"{examples.place}: column {name} is empty in the whole training part: it has no mean"
            for name, count in zip(examples.feature_names, counts, strict=True)
            if count == 0
        ],
    )
    means = np.where(known, x[train], 0).sum(axis=0) / counts
    return np.where(np.isnan(x), means, x)


def _standardized(x: Array, train: Array) -> Array:
    """Shifted and scaled by the training part; a column constant there is 0 everywhere.

    (Its weight never learns anything: another value in the validation part would only add the
    noise of a first weight.)
    """
    mean, scale = x[train].mean(axis=0), x[train].std(axis=0)
    constant = (np.ptp(x[train], axis=0) == 0) | (scale == 0)
    return np.where(constant, 0.0, (x - mean) / np.where(constant, 1.0, scale))


def _check_range(x: Array, y: Array, examples: Examples) -> None:
    what = [f"column {name}" for name in examples.feature_names]
    what.append(f"target {examples.target_name}")
    largest = [*np.abs(x).max(axis=0), np.abs(y).max()]
    found = dict(zip(what, largest, strict=True))
    raise_all(DataError, range_faults(found, place=examples.place))


def _fingerprint(examples: Examples, parts: Cut, *, standardize: bool) -> str:
    """Digest of what the parts are made from, which decides them.

    Not of the parts themselves: means and deviations may differ in their last bit from one
    processor to the next, and then a study would not know its own runs again.
    """
    digest = blake2b(digest_size=16)
    names = (examples.feature_names, examples.class_names, examples.target_name)
    digest.update(repr((examples.task.value, names, standardize)).encode())
    digest.update(examples.code.encode())
    for array in (examples.x, examples.y, parts.train, parts.validation, parts.test):
        digest.update(repr((array.shape, array.dtype.str)).encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
