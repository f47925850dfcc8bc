import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.findings import Interval
from harness.report.wording import correlation, duration, knob_value, number, plus_minus


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (0.042137, "0.0421"),
        (0.9996, "1.00"),
        (1.3, "1.30"),
        (99.96, "100"),
        (1234.4, "1234"),
        (-0.5, "−0.500"),
        (2.5e-5, "2.50e-05"),
        (3e7, "3.00e+07"),
        (math.nan, "–"),
        (math.inf, "∞"),
        (-math.inf, "−∞"),
    ],
)
def test_numbers_have_three_significant_digits(value, text):
    assert number(value) == text


@given(st.floats(min_value=-1e12, max_value=1e12).filter(lambda x: abs(x) > 1e-12))
def test_a_written_number_is_within_half_a_percent(value):
    assert float(number(value).replace("−", "-")) == pytest.approx(value, rel=0.00501)


@pytest.mark.parametrize(
    ("mean", "half", "text"),
    [
        (0.314159, 0.0271, "0.314 ± 0.027"),
        (1.234, 0.0002, "1.23 ± 0.000200"),
        (0.0893, 0.1003, "0.0893 ± 0.100"),
        (12.34, 2.0, "12.3 ± 2.0"),
        (0.5, math.nan, "0.500"),
        (math.nan, math.nan, "–"),
    ],
)
def test_the_half_width_has_no_more_decimals_than_the_mean(mean, half, text):
    interval = Interval(mean=mean, low=mean - half, high=mean + half, deviation=half, n=5)
    assert plus_minus(interval) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(True, "yes"), (0.00123456, "0.00123"), (32, "32"), ("adam", "adam"), ((64, 32), "64-32")],
)
def test_knob_values_read_as_people_write_them(value, text):
    assert knob_value(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(3.14159, "3.14 s"), (42.2, "42 s"), (185, "3 min 5 s"), (7860, "2 h 11 min")],
)
def test_durations_have_two_units_at_most(seconds, text):
    assert duration(seconds) == text


def test_correlations_show_their_sign():
    assert [correlation(x) for x in (0.634, -0.2, math.nan)] == ["+0.63", "−0.20", "–"]
