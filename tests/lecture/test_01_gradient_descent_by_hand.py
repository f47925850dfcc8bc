"""Item 1: one weight on its parabola."""

import numpy as np
import pytest

NAME = "01-gradient-descent-by-hand"


def weights(taught):
    (run,) = taught(NAME).runs
    return run.trace.of("weights 1")[:, 0, 0]


def test_the_weight_goes_as_the_lecture_has_it(taught):
    found = weights(taught)
    assert found[:4] == pytest.approx([0.5, 1.7, 1.76, 2.192], abs=1e-6)
    assert found[-1] == pytest.approx(2.0, abs=1e-3)


def test_each_step_is_the_rate_times_the_slope(taught):
    w, x, y = 0.5, [2.0, 1.0, 3.0] * 5, [4.0, 2.0, 6.0] * 5
    expected = [w]
    for a, b in zip(x, y, strict=True):
        w -= 0.1 * 2 * a * (a * w - b)
        expected.append(w)
    assert np.allclose(weights(taught), expected, atol=1e-5)


def test_every_claim_is_confirmed(outcomes):
    assert set(outcomes(NAME).values()) == {"confirmed"}
    assert len(outcomes(NAME)) == 4
