"""How hard the validation examples are, by a linear model that did not learn from them."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from harness.data import Dataset, Part, Task, held_out_losses, load
from harness.data import hardness as caps
from harness.study import DataSource


def numbers(rng, *, train=200, validation=80, features=3, noise=1.0, harder=1.0, signal=1.0):
    """A linear rule and noise, which is so much larger in the validation part."""
    x = rng.standard_normal((train + validation, features)).astype(np.float32)
    size = np.where(np.arange(len(x)) < train, noise, noise * harder)
    y = (signal * x.sum(axis=1) + size * rng.standard_normal(len(x))).astype(np.float32)[:, None]
    return dataset(Task.REGRESSION, x, y, train=train)


def dataset(task, x, y, *, train, classes=0):
    return Dataset(
        task=task,
        train=Part(x=x[:train], y=y[:train]),
        validation=Part(x=x[train:], y=y[train:]),
        test=Part(x=x[:0], y=y[:0]),
        feature_names=tuple(f"x{i}" for i in range(x.shape[1])),
        class_names=tuple(str(i) for i in range(classes)),
        fingerprint="made up",
    )


def held(data, *, loss="mse", seed=0):
    return held_out_losses(data, loss=loss, study_seed=seed)


def luck(data):
    """The validation part's mean above everyone's, in standard errors of a random draw."""
    found = held(data)
    every = np.concatenate([found.validation, found.train])
    return (found.validation.mean() - every.mean()) / (every.std() / np.sqrt(len(found.validation)))


def test_examples_drawn_alike_are_as_hard_on_average():
    rng = np.random.default_rng(0)
    lucks = [luck(numbers(rng)) for _ in range(60)]
    # Beside 200 others, a draw's mean is off by sqrt(200 / 280) errors.
    assert abs(np.mean(lucks)) < 3 * 0.85 / np.sqrt(60)
    assert np.std(lucks) == pytest.approx(np.sqrt(200 / 280), abs=0.2)


def test_harder_examples_are_found_by_as_much_as_they_are_harder():
    rng = np.random.default_rng(1)
    found = [held(numbers(rng, harder=2.0, train=400, validation=400)) for _ in range(10)]
    assert np.mean([one.validation.mean() for one in found]) == pytest.approx(4.0, rel=0.1)
    assert np.mean([one.train.mean() for one in found]) == pytest.approx(1.0, rel=0.1)


def test_no_example_is_answered_by_a_model_that_learned_from_it():
    # 40 weights fit 64 examples with noise of variance 1 to less than that, and others to more.
    found = held(numbers(np.random.default_rng(2), train=40, validation=40, features=40))
    assert min(found.validation.mean(), found.train.mean()) > 1.2


def test_classes_are_answered_in_the_studys_loss():
    iris = load(DataSource(source="iris"), folder=Path(), seed=0)
    found = held(iris, loss="categorical_crossentropy")
    assert found.model == "logistic regression"
    assert (len(found.validation), len(found.train)) == (len(iris.validation), len(iris.train))
    assert 0 < np.concatenate([found.validation, found.train]).mean() < 0.3


def test_the_seed_alone_draws():
    data = numbers(np.random.default_rng(3))
    assert np.array_equal(held(data).validation, held(data).validation)
    assert not np.array_equal(held(data).validation, held(data, seed=1).validation)


def test_of_many_training_examples_some_are_looked_at(monkeypatch):
    monkeypatch.setattr(caps, "MOST_BESIDE", 50)
    found = held(numbers(np.random.default_rng(4)))
    assert (len(found.validation), len(found.train)) == (80, 50)


def test_nothing_is_said_where_time_decided_the_parts():
    assert held(replace(numbers(np.random.default_rng(5)), exchangeable=False)) is None


def test_parts_cut_by_time_are_not_drawn_alike(tmp_path):
    rows = "\n".join(f"{day},{day % 7},{day % 3}" for day in range(60))
    (tmp_path / "days.csv").write_text(f"day,x,y\n{rows}\n")
    timely = DataSource(source="days.csv", target="y", time="day", task="regression")
    drawn = DataSource(source="days.csv", target="y", task="regression")
    found = [load(each, folder=tmp_path, seed=0).exchangeable for each in (timely, drawn)]
    assert found == [False, True]


@pytest.mark.parametrize(("name", "value"), [("MOST_VALIDATION", 79), ("CELLS", 3 * 159)])
def test_nothing_is_said_where_it_would_take_too_long(monkeypatch, name, value):
    data = numbers(np.random.default_rng(6))
    assert held(data) is not None
    monkeypatch.setattr(caps, name, value)
    assert held(data) is None


def test_nothing_is_said_of_examples_that_are_all_alike():
    x = np.random.default_rng(7).standard_normal((60, 2)).astype(np.float32)
    one = dataset(Task.CLASSIFICATION, x, np.zeros(60, dtype=np.int64), train=40, classes=2)
    assert held(one, loss="categorical_crossentropy") is None
