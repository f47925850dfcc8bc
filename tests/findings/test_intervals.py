import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from harness.findings import holm, interval
from harness.findings.intervals import p_of_zero

VALUES = st.lists(st.floats(-10, 10).map(lambda x: round(x, 3)), min_size=2, max_size=12).filter(
    lambda values: len(set(values)) > 1
)


@given(VALUES)
def test_an_interval_is_students(values):
    found = interval(values)
    oracle = stats.ttest_1samp(values, 0.0)
    bounds = oracle.confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((bounds.low, bounds.high))
    assert p_of_zero(found) == pytest.approx(oracle.pvalue)


@given(VALUES, st.integers(2, 30))
def test_more_comparisons_widen_an_interval_as_bonferroni_says(values, comparisons):
    found = interval(values, comparisons=comparisons)
    bounds = stats.ttest_1samp(values, 0.0).confidence_interval(1 - 0.05 / comparisons)
    assert (found.low, found.high) == pytest.approx((bounds.low, bounds.high))


@given(VALUES, st.randoms())
def test_the_order_of_seeds_does_not_matter(values, random):
    mixed = interval(random.sample(values, len(values)))
    assert mixed.mean == pytest.approx(interval(values).mean)
    assert mixed.half == pytest.approx(interval(values).half)


def test_equal_values_have_no_spread_at_all():
    accuracies = [0.98333333333333328] * 5
    assert np.std(accuracies) > 0  # what rounding would make of it
    assert (interval(accuracies).mean, interval(accuracies).half) == (accuracies[0], 0.0)


def test_values_that_were_not_measured_do_not_count():
    assert interval([1.0, math.nan, 3.0]).n == 2
    assert interval([1.0, math.nan, 3.0]).mean == 2


def test_one_value_has_no_spread_and_none_no_mean():
    assert math.isnan(interval([2.0]).low)
    assert interval([2.0]).mean == 2
    assert interval([]).n == 0


def test_95_of_100_intervals_of_five_seeds_hold_the_truth():
    draws = np.random.default_rng(1).normal(3.0, 0.2, size=(2000, 5))
    found = [interval(row) for row in draws]
    assert 0.94 <= np.mean([one.low <= 3.0 <= one.high for one in found]) <= 0.96


def test_holm_by_hand():
    # .01 * 3, .03 * 2, .04 * 1 raised to .06.
    assert holm([0.04, 0.01, 0.03]) == pytest.approx([0.06, 0.03, 0.06])


@given(st.lists(st.floats(0, 1), max_size=10))
def test_holm_lies_between_the_p_and_bonferronis(p_values):
    for p, adjusted in zip(p_values, holm(p_values), strict=True):
        assert p <= adjusted <= min(1.0, p * len(p_values))


def test_a_p_that_is_not_defined_stays_out_of_the_family():
    adjusted = holm([0.04, math.nan])
    assert adjusted[0] == 0.04
    assert math.isnan(adjusted[1])


def test_pairs_that_differ_by_the_same_amount_need_no_test():
    assert p_of_zero(interval([0.5, 0.5])) == 0
    assert p_of_zero(interval([0.0, 0.0])) == 1
