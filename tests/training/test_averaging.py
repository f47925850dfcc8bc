"""Means that come in pieces are those of the whole."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.training.measures import Averaging


@given(cuts=st.lists(st.integers(1, 99), max_size=5), seed=st.integers(0, 99))
def test_pieces_give_the_mean_and_standard_error_of_the_whole(cuts, seed):
    losses = np.random.default_rng(seed).gamma(2, size=(3, 100)) + 50
    seen = Averaging()
    for piece in np.split(losses, sorted(set(cuts)), axis=1):
        seen.add(piece, (piece > 51).astype(np.float64))
    found = seen.averaged(seen.right)
    assert found.examples == 100
    assert found.loss == pytest.approx(losses.mean(axis=1), rel=1e-12)
    assert found.error == pytest.approx(losses.std(axis=1, ddof=1) / 10, rel=1e-9)
    assert found.score == pytest.approx((losses > 51).mean(axis=1))


def test_a_single_piece_is_averaged_as_numpy_does():
    losses = np.random.default_rng(0).gamma(2, size=(3, 1001))
    seen = Averaging()
    seen.add(losses, losses)
    found = seen.averaged(seen.right)
    assert np.array_equal(found.loss, losses.mean(axis=1))
    assert np.array_equal(found.error, losses.std(axis=1, ddof=1) / np.sqrt(1001))


def test_one_example_has_no_standard_error():
    seen = Averaging()
    seen.add(np.ones((2, 1)), np.ones((2, 1)))
    assert np.isnan(seen.averaged(seen.right).error).all()
