"""How the time that is left is reckoned."""

import pytest

from harness.cli.watching import Pace


def paced(*results, total=120, stored=0):
    """A pace after results, each the runs done and seconds since the first one."""
    pace = Pace(total=total, stored=stored)
    for done, seconds in results:
        pace.advance(done, now=pace._started + 13 + seconds)
    return pace


def test_what_starts_up_is_not_in_the_pace():
    pace = paced((4, 0), (24, 5))
    assert pace.rate == pytest.approx(4)
    assert str(pace) == "4.0/s, about 24 s left"


@pytest.mark.parametrize("results", [[(2, 0)], [(2, 0), (4, 3)], [(20, 0)]])
def test_no_time_is_told_from_few_results(results):
    assert paced(*results).left_s is None


def test_time_is_told_of_slow_runs_after_a_while():
    assert paced((1, 0), (2, 10)).left_s is None
    assert paced((1, 0), (2, 20)).left_s == pytest.approx(118 * 20)


def test_stored_runs_are_no_part_of_the_pace():
    assert paced((104, 0), (108, 2), stored=100).left_s == pytest.approx(6)
    assert paced((101, 0), (101, 0), stored=100).left_s is None


def test_no_time_is_left_at_the_end():
    assert str(paced((60, 0), (120, 20))) == "3.0/s"
