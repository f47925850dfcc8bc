"""`harness lr`: which learning rates are worth searching."""

import re

import pytest

from tests.workshop import arms_text, search_text

FEW = ("--rates", "7", "--seeds", "2", "--epochs", "2", "--from", "1e-4", "--to", "100")


def test_each_listed_optimizer_is_scanned_and_nothing_is_stored(workshop):
    workshop.write(
        "rated", search_text().replace("[knobs]\n", '[knobs]\noptimizer = ["sgd", "adam"]\n')
    )
    before = workshop.files()
    said = workshop.say("lr", "rated", *FEW)
    assert said.exit_code == 0, said.stdout
    assert re.search(r"^sgd: .*right from .* to .*; lowest loss at", said.stdout, re.MULTILINE)
    assert re.search(r"^adam: ", said.stdout, re.MULTILINE)
    assert "learning_rate = { from = " in said.stdout
    page = (workshop.root / "reports" / "rated-learning-rate.html").read_text()
    assert "<h3>adam</h3>" in page
    assert page.count("<svg") == 2
    assert workshop.files() == before


def test_every_arm_is_scanned(workshop):
    workshop.write("armed", arms_text(small=2, large=16))
    said = workshop.say("lr", "armed", *FEW)
    assert said.exit_code == 0
    assert re.search(r"^small: .*\n  learning_rate = .*\nlarge: ", said.stdout, re.MULTILINE)


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (("--from", "3", "--to", "1"), "--from must be above 0 and below --to (1), got 3"),
        (("--from", "0"), "--from must be above 0 and below --to (10), got 0"),
        (("--rates", "2"), "--rates must be at least 3, got 2"),
        (("--seeds", "0", "--epochs", "0"), "--epochs must be at least 1, got 0"),
    ],
)
def test_numbers_that_make_no_scan_are_one_line(workshop, words, fault):
    workshop.write("rated", search_text())
    said = workshop.say("lr", "rated", *words)
    assert said.exit_code == 2
    assert fault in said.stderr.splitlines()
