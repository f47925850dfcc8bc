"""A real MLflow store, made once a session, and runs to put in it."""

import shutil

import numpy as np
import pytest

from harness.curves import Curves, Estimate, Evidence
from harness.judge import Ending, Kind, Quantity, Run, Verdict
from harness.store import Store, tables  # noqa: F401  (imports MLflow without its warning)
from harness.study import Trial, settings_from


@pytest.fixture(scope="session")
def fresh_root(tmp_path_factory):
    root = tmp_path_factory.mktemp("fresh") / "mlruns"
    with Store.open(root, study="first"):
        pass
    return root


@pytest.fixture
def root(fresh_root, tmp_path):
    shutil.copytree(fresh_root, tmp_path / "mlruns")
    return tmp_path / "mlruns"


@pytest.fixture
def store(root):
    with Store.open(root, study="digits") as store:
        yield store


@pytest.fixture
def make_run():
    return a_run


@pytest.fixture
def make_verdict():
    return a_verdict


def a_run(*, number=0, seed=0, ending=Ending.FINISHED, epochs=60, **knobs):
    trial = Trial(number=number, settings=settings_from(knobs), stage="search")
    if ending is Ending.FAILED:
        return Run(trial=trial, seed=seed, ending=ending, reason="RuntimeError: out of memory")
    curves = some_curves(seed=100 * number + seed, epochs=epochs)
    return Run(trial=trial, seed=seed, ending=ending, curves=curves, seconds=0.1 + seed / 7)


def a_verdict(kind=Kind.TRAINED_TOO_LONG, *, why="validation loss ends 0.21 above its minimum"):
    rise = Quantity(name="rise", value=0.1 + 0.2, unit="cross-entropy", standard_error=0.01)
    return Verdict(kind=kind, why=why, quantities=(rise,), confidence=0.8)


def some_curves(*, seed, epochs):
    rng = np.random.default_rng(seed)
    train = np.exp(-np.arange(epochs + 1) / 20) * 2.3 + rng.random(epochs + 1) / 50
    score = 1 - train / 3
    score[0] = np.nan
    many = Estimate(mean=rng.random(), standard_error=rng.random(), n=360)
    one = Estimate(mean=0.1, standard_error=np.nan, n=1)
    return Curves(
        epochs=np.arange(epochs + 1),
        train_loss=train,
        validation_loss=train + np.linspace(0, 0.5, epochs + 1) ** 2,
        train_score=score,
        validation_score=score / 3,
        loss_name="categorical_crossentropy",
        score_name="accuracy",
        constant_loss=float("nan"),
        train_examples=1078,
        validation_examples=360,
        evidence=Evidence(
            rise=many, cross_fitted_loss=many, validation_loss_end=one, train_loss_end=many
        ),
        scores_best={"roc_auc": 0.1 + 0.2},
        scores_end={"roc_auc": float("nan")},
    )
