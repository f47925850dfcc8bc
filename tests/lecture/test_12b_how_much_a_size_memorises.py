"""Item 12: random labels, and how many of them each size learns."""

import pytest

NAME = "12b-how-much-a-size-memorises"
pytestmark = pytest.mark.long


@pytest.fixture
def held(taught):
    sheet = next(p for p in taught(NAME).showing.parts if p.title == "How much each size holds")
    return {row[0]: row for row in sheet.rows}


def test_what_each_size_holds(held):
    assert [held[units][2] for units in (2, 4, 8, 16)] == ["fewer than 25", 50, 200, 300]


def test_weights_and_biases_are_counted(held, taught):
    from torch import nn

    for units, row in held.items():
        layers = nn.Sequential(nn.Linear(64, units), nn.Tanh(), nn.Linear(units, 10))
        assert row[1] == sum(part.numel() for part in layers.parameters())


def test_every_claim_is_confirmed(outcomes):
    assert list(outcomes(NAME).values()) == ["confirmed"] * 3
