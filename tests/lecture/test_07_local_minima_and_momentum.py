"""Item 7: two valleys, retraced in numpy."""

import numpy as np
import pytest

from harness import runs_of

NAME = "07-local-minima-and-momentum"
pytestmark = pytest.mark.long
RATE, HILL = 0.02, 0.07543
STARTS = np.linspace(-2, 2, 41)


def ways(taught):
    return {
        setting.trial.settings.momentum: runs_of(setting)[0].trace.of("w").astype(float)
        for setting in taught(NAME).settings
    }


def rolled(momentum, steps=300):
    w, memory = STARTS, 0.0
    found = [w]
    for _ in range(steps):
        memory = momentum * memory + 4 * w**3 - 4 * w + 0.3
        w = w - RATE * memory
        found.append(w)
    return np.array(found)


def test_every_weight_rolls_as_if_it_were_alone(taught):
    for momentum, found in ways(taught).items():
        assert np.allclose(found[:60], rolled(momentum)[:60], atol=1e-3)


def test_the_ends_are_the_bottoms_of_the_valleys(taught):
    for momentum, found in ways(taught).items():
        if momentum <= 0.9:
            bottoms = np.where(found[-1] < HILL, -1.03558, 0.96015)
            assert np.allclose(found[-1], bottoms, atol=1e-3)


def test_plain_descent_never_changes_the_valley(taught):
    found = ways(taught)[0.0]
    assert np.array_equal(found[-1] < HILL, STARTS < HILL)


def test_the_map_shows_where_each_ends(taught):
    drawn = next(part for part in taught(NAME).showing.parts if hasattr(part, "values"))
    found = ways(taught)
    assert np.array_equal(drawn.values, [found[m][-1] < HILL for m in sorted(found)])
    assert drawn.x[0] == "-2"
    assert "-0" not in drawn.x


def test_outcomes(outcomes):
    assert list(outcomes(NAME).values()) == [
        "confirmed", "confirmed", "contradicted", "confirmed", "contradicted", "contradicted",
    ]  # fmt: skip
