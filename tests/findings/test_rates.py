"""Which rates a range test calls too small, right and too large."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.findings import RateScan, advise
from harness.findings.rates import smoothed

RATES = np.geomspace(1e-4, 1, 9)
LEVELS = (2.0, 1.9, 1.5, 0.9, 0.4, 0.3, 0.6, 1.9, 2.5)


def scan(levels=LEVELS, *, diverged=(), start=2.0, rates=RATES):
    losses = np.repeat(np.array(levels)[:, None], 3, axis=1)
    gone = np.array([n in diverged for n in range(len(levels))], dtype=int)
    return RateScan(
        name="sgd",
        rates=rates,
        train_loss=losses,
        validation_loss=losses,
        diverged=gone,
        start=start,
        loss_name="mse",
        epochs=3,
    )


def test_a_valley_has_its_three_regimes():
    found = advise(scan())
    assert found.regimes == ("too small",) * 2 + ("right",) * 5 + ("too large",) * 2
    assert (found.low, found.high) == (RATES[2], RATES[6])
    assert not found.open_low
    assert not found.open_high


def test_a_rate_at_which_a_seed_diverged_is_too_large():
    assert advise(scan(diverged=(6,))).high == RATES[5]


def test_a_single_lucky_rate_does_not_count():
    lucky = list(LEVELS)
    lucky[8] = 0.1
    assert advise(scan(lucky)).best == advise(scan()).best


def test_where_nothing_is_learned_nothing_is_suggested():
    found = advise(scan([2.0] * 9))
    assert math.isnan(found.low)
    assert set(found.regimes) == {"too small"}
    assert set(advise(scan(diverged=range(9))).regimes) == {"too large"}


def test_a_range_that_ends_where_the_scan_does_is_open():
    falling = [2.0, 1.8, 1.5, 1.2, 1.0, 0.8, 0.6, 0.5, 0.4]
    assert advise(scan(falling)).open_high
    assert advise(scan(falling[::-1])).open_low


def test_without_a_validation_part_the_training_loss_decides():
    found = advise(replace(scan(), validation_loss=np.empty((0, 0))))
    assert found == advise(scan())


@given(st.lists(st.floats(0.01, 3), min_size=3, max_size=20), st.floats(0.01, 100))
def test_rates_times_a_factor_move_the_suggestion_by_it(levels, factor):
    rates = np.geomspace(1e-3, 1, len(levels))
    one, other = advise(scan(levels, rates=rates)), advise(scan(levels, rates=factor * rates))
    assert one.regimes == other.regimes
    assert other.low == pytest.approx(factor * one.low, nan_ok=True)


@given(st.lists(st.integers(1, 64), min_size=3, max_size=20), st.integers(-3, 3))
def test_the_scale_of_the_loss_does_not_matter(levels, power):
    # Powers of two, so that rounding decides nothing.
    rates, factor = np.geomspace(1e-3, 1, len(levels)), 2.0**power
    scaled = [level * factor for level in levels]
    one = advise(scan(levels, start=48.0, rates=rates))
    assert advise(scan(scaled, start=48.0 * factor, rates=rates)).regimes == one.regimes


@given(st.lists(st.floats(0.01, 3), min_size=3, max_size=20))
def test_the_best_rate_lies_in_the_range(levels):
    found = advise(scan(levels, rates=np.geomspace(1e-3, 1, len(levels))))
    if not math.isnan(found.low):
        assert found.low <= found.best <= found.high


def test_smoothing_takes_the_median_of_neighbours():
    assert list(smoothed([1, 9, 2, 3, 0])) == [2, 2, 3, 2, 2]
    assert list(smoothed([1, 9])) == [1, 9]
