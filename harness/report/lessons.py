"""Lessons in words, plots and tables, and their statements as rows of one table."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from harness.findings import Findings, Outcome, Showing
from harness.report.showings import Shown, shown
from harness.study import Lesson

_NUMBER = re.compile(r"(\d+)([a-z]?)-")


@dataclass(frozen=True, kw_only=True)
class LessonPage:
    """One lesson in words, plots and tables.

    Args:
        name: the study's.
        number: of the item, with its letter: "6", "1b".
        statement: what it is about.
        file: its study file, as readers find it.
        test: the file of the test that holds its facts.
        lesson: its words.
        showing, shown: what its own function shows, as records and as parts of a page.
    """

    name: str
    number: str
    statement: str
    file: str
    test: str
    lesson: Lesson
    showing: Showing
    shown: Shown

    @property
    def item(self) -> str:
        """The number without its letter, as commands take it."""
        return self.number.rstrip("abcdefghijklmnopqrstuvwxyz")


@dataclass(frozen=True, kw_only=True)
class StatementRow:
    """A statement of the lecture, and where it is put to the test."""

    says: str
    outcome: str
    number: str
    file: str
    test: str


NOT_MEASURABLE = "not measurable here"


def lesson_number(name: str) -> str:
    """ "6" of "06-learning-rate", "1b" of "01b-backpropagation-by-hand"; "" of other names."""
    found = _NUMBER.match(name)
    return "" if found is None else f"{int(found[1])}{found[2]}"


def lesson_page(findings: Findings) -> LessonPage:
    """The page of one lesson, from its findings."""
    study = findings.study
    showing = findings.showing or Showing()
    return LessonPage(
        name=study.name,
        number=lesson_number(study.name),
        statement=study.question,
        file=(study.folder / f"{study.name}.toml").as_posix(),
        test=f"tests/lecture/test_{study.name.replace('-', '_')}.py",
        lesson=study.lesson or Lesson(),
        showing=showing,
        shown=shown(showing, salt=study.name),
    )


def statement_rows(pages: Sequence[LessonPage]) -> tuple[StatementRow, ...]:
    """Every statement once, in order: those measured, and those that only fix a word."""
    return tuple(
        StatementRow(says=says, outcome=told, number=page.number, file=page.file, test=page.test)
        for page in pages
        for says, told in [
            *((claim.says, claim.outcome.value) for claim in page.showing.claims),
            *((definition, NOT_MEASURABLE) for definition in page.lesson.definitions),
        ]
    )


def tally(rows: Sequence[StatementRow]) -> str:
    """ "31 confirmed, 4 contradicted, 2 undecided, 3 not measurable here"."""
    words = [*(one.value for one in Outcome), NOT_MEASURABLE]
    counts = {word: sum(row.outcome == word for row in rows) for word in words}
    return ", ".join(f"{count} {word}" for word, count in counts.items() if count)
