"""The lecture: its studies in their order, conducted one after the other, and the handout."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.conduct.outside import writing_to
from harness.conduct.preparing import REPORTS, STUDIES, Prepared, prepare
from harness.conduct.procedure import Outcome
from harness.errors import InputError
from harness.findings import Findings

LECTURE = STUDIES / "lecture"
TITLE = "Deep learning, tried out"
_NUMBER = re.compile(r"(\d+)[a-z]?-")


@dataclass(frozen=True, kw_only=True)
class Lecture:
    """Some of the lecture's studies.

    Args:
        item: the number asked for; None for all of them.
        names: paths of the study files, in order.
    """

    item: int | None
    names: tuple[str, ...]

    @property
    def handout_name(self) -> str:
        """Of the files: "lecture", "lecture-06"."""
        return "lecture" if self.item is None else f"lecture-{self.item:02d}"


def lecture(item: str = "", *, folder: Path = LECTURE) -> Lecture:
    """The studies of one item ("6"), or all of them.

    Raises:
        InputError: there is no such item, or no lecture in this folder.
    """
    files: dict[int, list[str]] = {}
    for path in sorted(folder.glob("*.toml")):
        if found := _NUMBER.match(path.name):
            files.setdefault(int(found[1]), []).append(str(path))
    if not files:
        raise InputError(f"there is no lecture here: {folder} holds no study")
    if not item:
        return Lecture(item=None, names=tuple(name for names in files.values() for name in names))
    known = f"1 to {max(files)}" if len(files) == max(files) else ", ".join(map(str, files))
    if not item.isdecimal() or int(item) not in files:
        raise InputError(f"the lecture has the items {known}, got {item}")
    return Lecture(item=int(item), names=tuple(files[int(item)]))


def prepared_lessons(asked: Lecture) -> Iterator[Prepared]:
    """Each study, read and its data loaded, when it is its turn."""
    for name in asked.names:
        yield prepare(name)


def write_lecture(
    asked: Lecture, outcomes: Sequence[Outcome], *, reports: Path = REPORTS
) -> tuple[Path, Path]:
    """The handout of these studies, HTML and PDF."""
    from harness.report.handout import write_handout  # brings matplotlib

    lessons: list[Findings] = [outcome.findings for outcome in outcomes]
    with writing_to(reports):
        return write_handout(lessons, reports, name=asked.handout_name, title=TITLE)
