"""Item 6: the largest rate of one linear neuron, against the eigenvalues of its bowl."""

import numpy as np
import pytest

NAME = "06b-learning-rate-limit"


def test_every_loss_is_that_of_gradient_descent_in_numpy(taught):
    for run in taught(NAME).runs:
        rate = run.trial.settings.learning_rate
        if rate > 0.9:
            continue
        w, b = (run.trace.of(name)[0].astype(float).ravel() for name in ("weights 1", "biases 1"))
        x, y = _examples()
        for expected in run.curves.train_loss:
            error = x @ w + b - y
            assert np.mean(error**2) == pytest.approx(expected, rel=1e-4)
            w, b = w - rate * 2 * x.T @ error / len(x), b - rate * 2 * error.mean()


def test_the_loss_climbs_from_two_over_the_largest_curvature_on(taught):
    x, _ = _examples()
    wide = np.hstack([x, np.ones((len(x), 1))])
    limit = 2 / np.linalg.eigvalsh(2 * wide.T @ wide / len(x))[-1]
    for run in taught(NAME).runs:
        losses = run.curves.train_loss
        climbs = losses[-1] > losses[0]
        assert climbs == (run.trial.settings.learning_rate > limit)


def test_every_claim_is_confirmed(outcomes):
    assert set(outcomes(NAME).values()) == {"confirmed"}
    assert len(outcomes(NAME)) == 3


def _examples():
    import harness
    from tests.lecture.conftest import LECTURE

    train = harness.prepare(str(LECTURE / f"{NAME}.toml")).dataset.train
    return train.x.astype(float), train.y[:, 0].astype(float)
