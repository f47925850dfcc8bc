"""What functions that show results ask of them."""

import math

import numpy as np
import pytest

from harness.findings import Line, Map, Outcome, Sheet, interval
from harness.findings.seen import claim, outcome


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ([-1.0, -1.1, -0.9], Outcome.CONFIRMED),
        ([1.0, 1.1, 0.9], Outcome.CONTRADICTED),
        ([-1.0, 1.1, 0.2], Outcome.UNDECIDED),
        ([-1.0], Outcome.UNDECIDED),
        ([], Outcome.UNDECIDED),
    ],
)
def test_a_difference_decides_by_its_whole_interval(values, told):
    assert outcome(interval(values), below=True) is told
    mirrored = outcome(interval([-value for value in values]), below=False)
    assert mirrored is told


def test_a_fact_confirms_or_contradicts():
    assert claim("It falls", holds=True, measured="by 3").outcome is Outcome.CONFIRMED
    assert claim("It falls", holds=False, measured="by -3").outcome is Outcome.CONTRADICTED


def test_lines_tables_and_maps_of_uneven_lengths_are_refused():
    with pytest.raises(ValueError, match="x, y and the band must be of one length"):
        Line(x=[1, 2], y=[1])
    with pytest.raises(ValueError, match="x, y and the band must be of one length"):
        Line(x=[1, 2], y=[1, 2], low=[0], high=[1])
    with pytest.raises(ValueError, match="every row must have 2 cells"):
        Sheet(title="t", columns=["a", "b"], rows=[("1",)])
    with pytest.raises(ValueError, match=r"values must be \(1, 2\), got \(2, 1\)"):
        Map(title="t", x_label="", y_label="", x=["1", "2"], y=["1"], values=[[1], [2]], label="")


def test_a_line_takes_what_numpy_takes_and_keeps_holes():
    line = Line(x=range(2), y=[1, math.nan])
    assert np.isnan(line.y[1])
    assert line.x.dtype == np.float64
