"""What is grown on the exam is what scikit-learn grew, and comes back from its file."""

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier

from harness.judge import Kind
from harness.judge.forest import LEAST, forest, joined, write
from tests.exam.fitting import _tree

KINDS = (Kind.MEMORISES, Kind.FITS)
NAMES = tuple(f"sign {n}" for n in range(6))
NUMBERS = {Kind.MEMORISES: [0, 1, 2, 3, 4, 5], Kind.FITS: [4, 1]}


@pytest.fixture(scope="module")
def models():
    rng = np.random.default_rng(3)
    x = rng.standard_normal((300, 6))
    y = x[:, 1] + 0.5 * x[:, 4] + 0.5 * rng.standard_normal(300) > 0
    return {
        kind: RandomForestClassifier(8, min_samples_leaf=4, random_state=0).fit(x[:, own], y)
        for kind, own in NUMBERS.items()
    }


@pytest.fixture(scope="module")
def ours(models):
    trees = {
        kind: [_tree(one.tree_, NUMBERS[kind]) for one in model.estimators_]
        for kind, model in models.items()
    }
    return joined(trees, NAMES)


def test_a_forest_answers_as_the_one_it_was_made_from(models, ours):
    fresh = np.random.default_rng(4).standard_normal((200, 6)).astype(np.float32)
    for row in fresh:
        found = ours.answers(dict(zip(NAMES, row.tolist(), strict=True)))
        for kind, model in models.items():
            theirs = model.predict_proba(row[None, NUMBERS[kind]])[0, 1]
            assert found[kind] == pytest.approx(np.clip(theirs, LEAST, 1 - LEAST), abs=1e-6)


def test_forests_come_back_from_their_file(ours, tmp_path, monkeypatch):
    write({"alone": ours}, tmp_path / "kept.npz")
    monkeypatch.setattr("harness.judge.forest.FORESTS", tmp_path / "kept.npz")
    again = forest.__wrapped__("alone")
    assert (again.kinds, again.signs) == (KINDS, NAMES)
    for name in ("roots", "sign", "bound", "below", "above", "share"):
        assert np.array_equal(getattr(again, name), getattr(ours, name))
    seen = dict.fromkeys(NAMES, 0.3)
    assert again.answers(seen) == ours.answers(seen)
