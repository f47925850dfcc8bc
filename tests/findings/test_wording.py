import math

import pytest

from harness.findings import Interval, interval, with_spread
from harness.findings.wording import (
    correlation,
    counted,
    from_to,
    listed,
    p_value,
    plus_minus,
    quantity_words,
    signed,
)


def about(mean, half, n=5):
    return Interval(mean=mean, low=mean - half, high=mean + half, deviation=half, n=n)


@pytest.mark.parametrize(
    ("mean", "half", "text"),
    [
        (0.0526, 0.01183, "0.0526 ± 0.0118"),
        (0.5378, 0.03981, "0.538 ± 0.040"),
        (2.303, 0.00042, "2.30 ± 0.000420"),
        (1234.0, 56.7, "1234 ± 57"),
        (0.2, 0.0, "0.200 ± 0"),
        (0.0893, 0.1003, "0.0893 ± 0.100"),
        (12.34, 2.0, "12.3 ± 2.0"),
        (0.0, 0.7, "0 ± 0.700"),
        (2.5e-5, 1e-5, "2.50e-05 ± 1.00e-05"),
        (3e7, 4e5, "3.00e+07 ± 400000"),
        (-0.5, 0.1, "−0.500 ± 0.100"),
    ],
)
def test_half_an_interval_has_no_more_decimals_than_its_mean(mean, half, text):
    assert plus_minus(about(mean, half)) == text
    assert with_spread(about(mean, half)) == f"{text} over 5 seeds"


def test_one_seed_has_no_spread():
    assert with_spread(interval([0.25])) == "0.250 from 1 seed"
    assert with_spread(interval([math.nan])) == "– over 0 seeds"


def test_a_score_is_called_by_its_name():
    assert quantity_words("validation_score", "r2") == "validation R²"
    assert quantity_words("validation_score", "accuracy") == "validation accuracy"
    assert quantity_words("validation_score", "") == "validation score"
    assert quantity_words("validation_loss", "r2") == "validation loss"


def test_numbers_lists_and_counts_read_as_people_write_them():
    assert [correlation(x) for x in (0.634, -0.2, math.nan)] == ["+0.63", "−0.20", "–"]
    assert [p_value(p) for p in (0.0213, 0.0009, math.nan)] == [
        "Holm p 0.021",
        "Holm p < 0.001",
        "no p",
    ]
    assert from_to(about(0.2, 0.3)) == "−0.100 to 0.500"
    assert from_to(interval([0.2])) == "–"
    assert (signed(0.3), signed(-0.3), signed(0.0)) == ("+0.300", "−0.300", "0")
    assert [listed(parts) for parts in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]
    assert (counted(1, "run"), counted(1200, "run")) == ("1 run", "1,200 runs")
