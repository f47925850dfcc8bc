"""What a person watches while a study runs: a bar in a terminal, plain lines elsewhere."""

import time
from collections import Counter
from collections.abc import Mapping

from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from harness.cli.terminal import console, duration, say
from harness.conduct.progress import Progress as Told
from harness.judge import Fit, Kind

PLAIN_EVERY_S = 10.0
"""Seconds between two plain lines."""
SETTLED_S = 15.0
"""Seconds from the first result on, after which the time left is told in any case."""


def progress_for() -> Told:
    """A bar in a terminal, plain lines elsewhere."""
    return Bar() if console.is_terminal else Lines()


def counts_text(counts: Mapping[Kind, int]) -> str:
    """ "31 overfit, 12 underfit, 18 fits, 3 unclear"; diverged runs by their own name."""
    found: Counter[str] = Counter()
    for kind, count in counts.items():
        found["diverged" if kind is Kind.DIVERGED else kind.fit.value] += count
    order = [*(fit.value for fit in Fit), "diverged"]
    return ", ".join(f"{found[name]} {name}" for name in order if found[name])


class Pace:
    """How fast runs come, reckoned from the first result on: what starts up before is no pace.

    Args:
        total: runs when the study is done.
        stored: runs that were there before.
    """

    def __init__(self, *, total: int, stored: int) -> None:
        self._total = total
        self._stored = stored
        self._started = time.monotonic()
        self._first: tuple[float, int] | None = None
        self._now, self._done = self._started, stored

    def advance(self, done: int, *, now: float | None = None) -> None:
        """So many runs are there now."""
        self._now, self._done = time.monotonic() if now is None else now, done
        if self._first is None:
            self._first = self._now, done

    @property
    def rate(self) -> float:
        """Runs a second; from the very start while there is one result only."""
        since, before = self._started, self._stored
        if self._first is not None and self._done > self._first[1]:
            since, before = self._first
        return (self._done - before) / max(1e-9, self._now - since)

    @property
    def left_s(self) -> float | None:
        """Seconds to the end; None before a tenth of the runs or some time gives a pace."""
        if self._first is None or self._done == self._first[1] or self._done >= self._total:
            return None
        tenth = self._done - self._stored >= (self._total - self._stored) / 10
        if not tenth and self._now - self._first[0] < SETTLED_S:
            return None
        return (self._total - self._done) / self.rate

    def __str__(self) -> str:
        left = self.left_s
        return f"{self.rate:.1f}/s" + ("" if left is None else f", about {duration(left)} left")


class Bar(Told):
    """A progress bar with runs done, runs a second, time left and the verdicts so far."""

    def __init__(self) -> None:
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=30),
            TextColumn("{task.completed:.0f}/{task.total:.0f} runs"),
            TimeElapsedColumn(),
            TextColumn("{task.fields[pace]}"),
            TextColumn("{task.fields[verdicts]}"),
            console=console,
        )
        self._task: TaskID | None = None
        self._pace = Pace(total=0, stored=0)

    def begin(self, *, study: str, total: int, stored: int, note: str) -> None:
        self._pace = Pace(total=total, stored=stored)
        self.say(_opening(study, total=total, stored=stored, note=note))
        waiting = "starting, the first runs take longest"
        self._task = self._bar.add_task(
            study, total=total, completed=stored, pace=waiting, verdicts=""
        )
        self._bar.start()

    def advance(self, *, done: int, counts: Mapping[Kind, int]) -> None:
        if self._task is not None:
            self._pace.advance(done)
            self._bar.update(
                self._task, completed=done, pace=str(self._pace), verdicts=counts_text(counts)
            )

    def say(self, line: str) -> None:
        console.print(line, markup=False)

    def end(self) -> None:
        self._bar.stop()


class Lines(Told):
    """A plain line now and then."""

    def __init__(self) -> None:
        self._total = 0
        self._pace = Pace(total=0, stored=0)
        self._spoke = 0.0
        self._last = ""

    def begin(self, *, study: str, total: int, stored: int, note: str) -> None:
        self._total, self._pace = total, Pace(total=total, stored=stored)
        self._spoke = time.monotonic()
        self.say(_opening(study, total=total, stored=stored, note=note))

    def advance(self, *, done: int, counts: Mapping[Kind, int]) -> None:
        self._pace.advance(done)
        verdicts = f": {counts_text(counts)}" if counts else ""
        self._last = f"{done}/{self._total} runs, {self._pace}{verdicts}"
        now = time.monotonic()
        if now - self._spoke >= PLAIN_EVERY_S:
            self._spoke = now
            self.say(self._last)
            self._last = ""

    def say(self, line: str) -> None:
        say(line)

    def end(self) -> None:
        if self._last:
            self.say(self._last)


def _opening(study: str, *, total: int, stored: int, note: str) -> str:
    before = f", {stored} of them stored already" if stored else ""
    return f"{study}: {total} runs{before}; {note}"
