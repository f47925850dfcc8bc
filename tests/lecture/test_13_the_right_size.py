"""Item 13: growing a network until the returns diminish."""

import pytest

from harness import mean_of

NAME = "13-the-right-size"
pytestmark = pytest.mark.long


@pytest.fixture
def sizes(taught):
    """Every size of the grid, by layers and units."""
    return {
        (one.trial.settings.layers, one.trial.settings.units): one for one in taught(NAME).settings
    }


def test_the_procedure_stops_at_one_layer_of_16(taught):
    sheet = next(p for p in taught(NAME).showing.parts if p.title == "The procedure, step by step")
    assert [(row[0], row[-1]) for row in sheet.rows] == [
        ("1 layer of 2", "begin here"),
        ("1 layer of 4", "keep"),
        ("1 layer of 8", "keep"),
        ("1 layer of 16", "keep"),
        ("1 layer of 32", "not worth it"),
        ("2 layers of 16", "not worth it"),
    ]


def test_its_figures_are_those_of_the_runs(taught, sizes):
    for step, size in (("1 layer of 8", (1, 8)), ("2 layers of 16", (2, 16))):
        loss = mean_of(sizes[size], "cross_fitted_loss").mean
        sheet = next(
            p for p in taught(NAME).showing.parts if p.title == "The procedure, step by step"
        )
        row = next(row for row in sheet.rows if row[0] == step)
        assert float(row[3]) == pytest.approx(loss, abs=6e-4)


def test_small_ones_underfit_and_the_gap_of_large_ones_is_wide(sizes):
    assert sizes[1, 2].kind.fit == "underfit"
    assert sizes[1, 16].kind.fit == "fits"
    assert sizes[3, 128].gap.mean > 0.2 > 0 > sizes[1, 16].gap.mean
    assert sizes[3, 128].rise.mean > 0.05


def test_outcomes(outcomes):
    assert list(outcomes(NAME).values()) == ["confirmed", "undecided", "confirmed"]
