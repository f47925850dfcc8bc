import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.judge import decimals, number


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
        (-2.5e-5, "−2.50e-05"),
        (-0.0, "0"),
    ],
)
def test_numbers_have_three_significant_digits(value, text):
    assert number(value) == text


@given(st.floats(min_value=-1e12, max_value=1e12).filter(lambda x: abs(x) > 1e-12))
def test_a_written_number_is_within_half_a_percent(value):
    assert float(number(value).replace("−", "-")) == pytest.approx(value, rel=0.00501)


@given(st.floats(min_value=1e-4, max_value=1e6, exclude_max=True))
def test_a_number_has_as_many_decimals_as_are_told(size):
    assert len(number(size).partition(".")[2]) == decimals(size)
