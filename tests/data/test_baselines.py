"""Cheap models on the examples that networks learn from."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression, Ridge

from harness.data import LEAST_PROBABILITY, Part, fit_baselines, load, noisy_targets, subset
from harness.data import baselines as caps
from harness.data.baselines import example_losses
from harness.data.learners import PENALTIES, SHRINKAGES, kept_aside
from harness.data.streaming import load_streamed
from harness.study import DataSource, settings_from
from harness.training.losses import loss_function

ALL = settings_from({})


def loaded(source, **options):
    return load(DataSource(source=source, **options), folder=Path(), seed=0)


@pytest.fixture(scope="module")
def iris():
    return loaded("iris")


@pytest.fixture(scope="module")
def diabetes():
    return loaded("diabetes")


def fits(dataset, settings=ALL, *, loss="categorical_crossentropy", seed=0, **options):
    found = fit_baselines(dataset, settings, loss=loss, study_seed=0, run_seed=seed, **options)
    return {fit.name: fit for fit in found}


@pytest.mark.parametrize("noise", [0.0, 0.3])
def test_a_logistic_regression_is_scikit_learns_on_the_runs_own_examples(iris, noise):
    settings = settings_from({"train_size": 60, "label_noise": noise})
    rows = subset(settings, len(iris.train), study_seed=0, run_seed=3)
    y = noisy_targets(settings, iris, study_seed=0, run_seed=3)[rows]
    x = iris.train.x[rows].astype(float)
    mean, deviation = x.mean(axis=0), x.std(axis=0)
    found = fits(iris, settings, seed=3)["logistic regression"]
    targets = iris.validation.y
    possible = []
    for penalty in PENALTIES:
        model = LogisticRegression(C=penalty).fit((x - mean) / deviation, y)
        shares = model.predict_proba((iris.validation.x - mean) / deviation)
        possible.append(-np.log(shares[np.arange(len(targets)), targets]))
    assert any(np.allclose(found.validation.losses, one, atol=1e-6) for one in possible)
    assert found.learned_from == 60


def test_a_ridge_regression_is_scikit_learns(diabetes):
    x, y = diabetes.train.x.astype(float), diabetes.train.y.astype(float)
    mean, deviation = x.mean(axis=0), x.std(axis=0)
    found = fits(diabetes, loss="mse")["ridge regression"].validation
    possible = [
        Ridge(alpha=each * len(y)).fit((x - mean) / deviation, y)
        .predict((diabetes.validation.x - mean) / deviation)
        for each in SHRINKAGES
    ]  # fmt: skip
    losses = [(answers - diabetes.validation.y[:, 0]) ** 2 for answers in possible]
    assert any(np.allclose(found.losses, one, rtol=1e-4, atol=1e-6) for one in losses)
    assert found.score == pytest.approx(
        1 - found.losses.mean() / diabetes.validation.y.var(), rel=1e-5
    )


def test_boosting_learns_what_no_line_can():
    spirals = loaded("spirals")
    found = fits(spirals, loss="binary_crossentropy")
    linear, boosted = found["logistic regression"], found["gradient boosting"]
    assert linear.validation.score < 0.75 < 0.9 < boosted.validation.score
    assert boosted.validation.losses.mean() < linear.validation.losses.mean()


@pytest.mark.parametrize(
    ("loss", "classes"),
    [
        ("categorical_crossentropy", 3),
        ("binary_crossentropy", 2),
        ("mse", 0),
        ("mae", 0),
        ("huber", 0),
    ],
)
def test_answers_are_measured_as_training_measures_outputs(loss, classes, iris, diabetes):
    draw = np.random.default_rng(1)
    outputs = draw.normal(0, 2, (20, 1 if classes < 3 else classes))
    targets = draw.integers(0, classes, 20) if classes else draw.normal(0, 2, (20, 1))
    names = tuple("abc"[:classes])
    dataset = replace(iris if classes else diabetes, class_names=names)
    padded = torch.zeros(1, 20, 32, dtype=torch.float64)
    padded[0, :, : outputs.shape[1]] = torch.from_numpy(outputs)
    measured = loss_function(dataset, loss).per_example(padded, torch.from_numpy(targets[None]))
    answers = outputs
    if classes == 2:
        share = 1 / (1 + np.exp(-outputs))
        answers = np.hstack([1 - share, share])
    elif classes:
        answers = np.exp(outputs) / np.exp(outputs).sum(axis=1, keepdims=True)
    found = example_losses(loss, targets, answers)
    assert found == pytest.approx(measured[0].numpy(), abs=1e-10)


def test_a_class_held_impossible_costs_a_bounded_loss():
    found = example_losses("categorical_crossentropy", np.array([1]), np.array([[1.0, 0.0]]))
    assert found == pytest.approx(-np.log(LEAST_PROBABILITY))


def test_a_class_that_the_subset_lacks_is_answered_with_no_share(iris):
    few = Part(x=iris.train.x[iris.train.y < 2], y=iris.train.y[iris.train.y < 2])
    for fit in fits(replace(iris, train=few)).values():
        assert fit.validation.losses[iris.validation.y == 2] == pytest.approx(
            -np.log(LEAST_PROBABILITY)
        )


def test_nothing_is_learned_from_too_little(iris):
    one = Part(x=iris.train.x[iris.train.y == 1], y=iris.train.y[iris.train.y == 1])
    assert fits(replace(iris, train=one)) == {}
    assert fits(iris, settings_from({"train_size": 9})) == {}
    assert len(fits(iris, settings_from({"train_size": 10}))) == 2


def test_the_test_part_counts_only_where_it_is_asked_for(iris):
    blind = replace(iris, test=Part(x=iris.test.x * np.nan, y=iris.test.y))
    for fit in fits(blind).values():
        assert fit.test is None
    untested = fits(iris)
    for name, fit in fits(iris, test=True).items():
        assert len(fit.test.losses) == len(iris.test)
        assert np.array_equal(fit.validation.losses, untested[name].validation.losses)


def test_the_validation_part_never_changes_what_is_learned(diabetes):
    less = replace(
        diabetes, validation=Part(x=diabetes.validation.x[:20], y=diabetes.validation.y[:20])
    )
    few, all_of_it = fits(less, loss="mae"), fits(diabetes, loss="mae")
    for name, fit in few.items():
        assert np.allclose(fit.validation.losses, all_of_it[name].validation.losses[:20])


def test_of_many_examples_some_are_learned_at_random(iris, monkeypatch):
    monkeypatch.setattr(caps, "MOST_EXAMPLES", 40)
    rising = replace(
        iris, train=Part(x=iris.train.x[by := np.argsort(iris.train.y)], y=iris.train.y[by])
    )
    for fit in fits(rising).values():
        assert fit.learned_from == 40
        assert fit.validation.score > 0.8


def test_a_streamed_training_part_is_sampled_from_its_first_blocks(tmp_path, monkeypatch):
    monkeypatch.setattr(caps, "MOST_EXAMPLES", 500)
    draw = np.random.default_rng(0)
    y = np.arange(4000) // 2000
    x = draw.normal(y[:, None], 1, (4000, 3))
    np.savez(tmp_path / "sorted.npz", x=x, y=y)
    source = DataSource(source="sorted.npz", target="y", stream=True)
    dataset = load_streamed(source, folder=tmp_path, seed=0, loss=None, block_bytes=4 * 3 * 300)
    assert max(dataset.train.x.sizes) <= 300
    for fit in fits(dataset, loss="binary_crossentropy").values():
        assert fit.learned_from == 500
        assert fit.validation.score > 0.75


@given(
    y=st.lists(st.integers(0, 3), min_size=1, max_size=60),
    seed=st.integers(0, 2**32),
    classes=st.sampled_from([0, 4]),
)
def test_a_fifth_is_kept_aside_and_never_all_of_a_class(y, seed, classes):
    y = np.array(y)
    aside = kept_aside(y, classes=classes, draw=np.random.default_rng(seed))
    assert aside.sum() <= 0.2 * len(y)
    if classes:
        assert set(y[~aside]) == set(y)
        assert all(aside[y == kind].sum() == int(0.2 * np.sum(y == kind)) for kind in set(y))
    else:
        assert aside.sum() == int(0.2 * len(y))
