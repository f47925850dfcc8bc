"""Item 11: too weak and stopped early, told apart."""

import pytest

from harness import setting_of

NAME = "11c-underfitting-seen"
pytestmark = pytest.mark.long


@pytest.mark.parametrize(
    ("arm", "kind"),
    [("weak", "too_weak"), ("weak_for_longer", "too_weak"), ("short", "stopped_early")],
)
def test_the_verdict_of_most_seeds(taught, arm, kind):
    assert setting_of(taught(NAME), arm).kind == kind


def test_underfitting_leaves_no_gap_worth_speaking_of(taught):
    for arm in ("weak", "short"):
        assert abs(setting_of(taught(NAME), arm).gap.mean) < 0.1


def test_outcomes(outcomes):
    assert list(outcomes(NAME).values()) == ["confirmed"] * 5
