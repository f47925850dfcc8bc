"""What a study tells while it runs; the terminal room shows it, tests listen to it."""

from abc import ABC, abstractmethod
from collections.abc import Mapping

from harness.judge import Kind


class Progress(ABC):
    """Told of a study's progress; never steers it."""

    @abstractmethod
    def begin(self, *, study: str, total: int, stored: int, note: str) -> None:
        """A study begins: `total` runs, of which `stored` are there already.

        Args:
            study: its name.
            total: runs when it is done.
            stored: of an earlier time.
            note: a line about where the work is done.
        """

    @abstractmethod
    def advance(self, *, done: int, counts: Mapping[Kind, int]) -> None:
        """Runs were stored.

        Args:
            done: runs there now, of the total.
            counts: of their verdicts so far; they may change as the reference does.
        """

    @abstractmethod
    def say(self, line: str) -> None:
        """A line for people, above the bar."""

    @abstractmethod
    def end(self) -> None:
        """No more comes."""


class Silence(Progress):
    """Shows nothing."""

    def begin(self, *, study: str, total: int, stored: int, note: str) -> None:
        pass

    def advance(self, *, done: int, counts: Mapping[Kind, int]) -> None:
        pass

    def say(self, line: str) -> None:
        pass

    def end(self) -> None:
        pass
