"""The lecture in the terminal, as a student meets it."""

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from harness.cli import main

SHIPPED = Path(__file__).parents[2] / "studies" / "lecture"
STATEMENT = "The weight goes 0.5, 1.7, 1.76, 2.192"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder whose lecture has items 1 and 3, each a copy of a shipped study."""
    lecture = tmp_path / "studies" / "lecture"
    lecture.mkdir(parents=True)
    shutil.copy(SHIPPED / "descent.py", lecture)
    for name in ("01-gradient-descent-by-hand", "03-again"):
        shutil.copy(SHIPPED / "01-gradient-descent-by-hand.toml", lecture / f"{name}.toml")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def lecture(*words):
    return CliRunner().invoke(main, ["lecture", *words, "--workers", "1"])


def test_an_item_asks_first_then_shows_then_answers(folder):
    done = lecture("1")
    assert done.exit_code == 0
    places = [
        done.output.index(words)
        for words in ("Predict: The first example", "2.0384", f"confirmed    {STATEMENT}",
                      "The answer: To 1.7", "Try this: Set", "handout: reports")
    ]  # fmt: skip
    assert places == sorted(places)
    assert {path.name for path in (folder / "reports").iterdir()} == {
        "01-gradient-descent-by-hand.html", "lecture-01.html", "lecture-01.pdf"
    }  # fmt: skip
    assert STATEMENT in (folder / "reports" / "lecture-01.html").read_text(encoding="utf-8")


def test_the_whole_lecture_goes_in_order_and_makes_one_handout(folder):
    done = lecture()
    assert done.exit_code == 0
    assert done.output.count(f"confirmed    {STATEMENT}") == 2
    page = (folder / "reports" / "lecture.html").read_text(encoding="utf-8")
    assert page.index('id="01-gradient-descent-by-hand"') < page.index('id="03-again"')
    assert "8 statements: 8 confirmed" in page
    assert (folder / "reports" / "lecture.pdf").read_bytes().startswith(b"%PDF-")


@pytest.mark.parametrize("item", ["2", "one", "-1", "1b"])
def test_an_item_that_there_is_not_is_one_line(folder, item):
    done = CliRunner().invoke(main, ["lecture", "--", item])
    assert done.exit_code == 2
    assert f"the lecture has the items 1, 3, got {item}" in done.output
    assert "Traceback" not in done.output


def test_a_folder_without_a_lecture_says_so(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = lecture("1")
    assert done.exit_code == 2
    assert "there is no lecture here" in done.output
