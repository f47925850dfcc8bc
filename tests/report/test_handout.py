"""Lessons as a handout: HTML and PDF."""

import re
from dataclasses import replace

import pytest

from harness.findings import Line, Map, Picture, Sheet, Showing, find
from harness.findings.seen import claim
from harness.report.handout import write_handout
from harness.report.lessons import lesson_number, lesson_page, statement_rows, tally
from harness.study import Lesson
from tests.report.made_up import arm_runs, arms_study

LESSON = Lesson(
    predict="Up or down?",
    reveal="Down, since the slope is positive.",
    attempt="Double the rate.",
    remark="It is <kindly> imprecise.",
    keras="keras.Sequential([keras.layers.Dense(10)])\n",
    definitions=("A neuron is a weighted sum.",),
)
SHOWING = Showing(
    parts=[
        Picture(
            title="Rates & losses",
            x_label="rate",
            y_label="loss",
            lines=[
                Line(x=[0.1, 1.0], y=[1.0, 2.0], label="mean", low=[0.5, 1.5], high=[1.5, 2.5]),
                Line(x=[0.1, 1.0], y=[2.0, 1.0], label="single", style="points"),
            ],
            log_x=True,
            note="It rises.",
        ),
        Picture(
            title="Bars",
            x_label="",
            y_label="loss",
            ticks=["a", "b"],
            lines=[Line(x=[0, 1], y=[1.0, 2.0], style="bars", low=[0.8, 1.8], high=[1.2, 2.2])],
        ),
        Map(
            title="A map",
            x_label="start",
            y_label="momentum",
            x=["-1", "1"],
            y=["0", "0.9"],
            values=[[0.0, 1.0], [2.0, float("nan")]],
            label="end loss",
        ),
        Sheet(title="Numbers", columns=["what", "value"], rows=[("w", 2.192), ("n", 12)]),
    ],
    claims=[
        claim("Small rates are slow", holds=True, measured="40 against 3 epochs"),
        claim("Large rates converge", holds=False, measured="6 of 6 diverged"),
    ],
)


def findings_of(name="06-learning-rate"):
    study = arms_study(name=name, lesson=LESSON)
    return replace(find(study, arm_runs(study, seeds=2)), showing=SHOWING)


def test_lessons_are_numbered_by_their_files():
    assert lesson_number("06-learning-rate") == "6"
    assert lesson_number("01b-backpropagation") == "1b"
    assert lesson_number("digits") == ""


def test_every_statement_has_its_outcome_its_study_and_its_test():
    rows = statement_rows([lesson_page(findings_of())])
    assert [(row.number, row.outcome) for row in rows] == [
        ("6", "confirmed"), ("6", "contradicted"), ("6", "not measurable here"),
    ]  # fmt: skip
    assert rows[0].file.endswith("06-learning-rate.toml")
    assert rows[0].test == "tests/lecture/test_06_learning_rate.py"
    assert tally(rows) == "1 confirmed, 1 contradicted, 1 not measurable here"


def test_the_page_holds_question_picture_numbers_and_what_to_try(tmp_path):
    html, _ = write_handout([findings_of()], tmp_path, name="lecture", title="Tried out")
    text = html.read_text(encoding="utf-8")
    for words in (
        "Up or down?", "Down, since", "Double the rate.", "&lt;kindly&gt;", "keras.Sequential",
        "A neuron is a weighted sum.", "Rates &amp; losses", ">mean<", ">2.19<", "6 of 6 diverged",
    ):  # fmt: skip
        assert words in text, words
    assert text.count('<svg class="plot"') == 3
    assert not re.search(r"(src|href)=\"(?!#)", text)


def test_the_pdf_is_one_and_the_same_for_equal_lessons(tmp_path):
    made = [
        write_handout([findings_of()], tmp_path / name, name="lecture", title="Tried out")[1]
        for name in ("a", "b")
    ]
    first, second = (path.read_bytes() for path in made)
    assert first == second
    assert first.startswith(b"%PDF-")
    assert first.count(b"/Subtype /Image") >= 3


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"):
        write_handout([findings_of()], tmp_path / "file", name="lecture", title="Tried out")
