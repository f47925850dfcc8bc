"""The lecture's files: every item is there, complete, and has its test."""

import pytest

from harness.conduct.lessons import lecture
from harness.data import load_function
from harness.report.lessons import lesson_number
from harness.study.files import read_study
from tests.lecture.conftest import LECTURE

FILES = sorted(LECTURE.glob("*.toml"))
each = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)


def test_every_item_has_its_studies_in_order():
    numbers = [lesson_number(path.stem) for path in FILES]
    assert sorted({int(number.rstrip("abcdefg")) for number in numbers}) == list(range(1, 16))
    assert len(set(numbers)) == len(numbers)
    assert list(lecture(folder=LECTURE).names) == list(map(str, FILES))
    for path in FILES:
        item = lesson_number(path.stem).rstrip("abcdefg")
        assert str(path) in lecture(item, folder=LECTURE).names


@each
def test_a_lesson_is_complete_and_has_its_test(path):
    study = read_study(path)
    lesson = study.lesson
    assert lesson is not None
    assert lesson.predict.rstrip().endswith("?")
    assert len(lesson.reveal) > 40
    assert len(lesson.attempt) > 40
    stem = path.stem.replace("-", "_")
    assert (LECTURE.parents[1] / "tests" / "lecture" / f"test_{stem}.py").exists()


@each
def test_a_lesson_s_function_is_there_and_its_file_explains_itself(path):
    study = read_study(path)
    assert callable(load_function(study.shows, folder=LECTURE).function)
    lines = path.read_text(encoding="utf-8").splitlines()
    item = lesson_number(path.stem).rstrip("abcdefg")
    assert lines[:3] == [
        "#:schema ../.study.schema.json",
        f"# python -m harness lecture {item}",
        "#",
    ]


def test_items_that_the_lecture_writes_in_keras_show_it():
    said = {path.stem: read_study(path).lesson.keras for path in FILES}
    beside = said["14-two-ways-to-write-it"]
    assert "keras.Sequential" in beside
    assert "inputs=" in beside
