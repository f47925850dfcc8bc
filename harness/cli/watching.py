"""What a person watches while a study runs: a bar in a terminal, plain lines elsewhere."""

import time
from collections import Counter
from collections.abc import Mapping

from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from harness.cli.terminal import console, duration, say
from harness.conduct.progress import Progress as Told
from harness.judge import Fit, Kind

PLAIN_EVERY_S = 10.0
"""Seconds between two plain lines."""


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


class Bar(Told):
    """A progress bar with runs done, runs a second, time left and the verdicts so far."""

    def __init__(self) -> None:
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=30),
            TextColumn("{task.completed:.0f}/{task.total:.0f} runs  {task.fields[rate]}"),
            TimeRemainingColumn(),
            TextColumn("{task.fields[verdicts]}"),
            console=console,
        )
        self._task: TaskID | None = None
        self._started = 0.0
        self._stored = 0

    def begin(self, *, study: str, total: int, stored: int, note: str) -> None:
        self._started, self._stored = time.monotonic(), stored
        self.say(_opening(study, total=total, stored=stored, note=note))
        self._task = self._bar.add_task(
            study, total=total, completed=stored, rate="starting", verdicts=""
        )
        self._bar.start()

    def advance(self, *, done: int, counts: Mapping[Kind, int]) -> None:
        if self._task is not None:
            rate = (done - self._stored) / max(1e-9, time.monotonic() - self._started)
            self._bar.update(
                self._task,
                completed=done,
                rate=f"{rate:.1f}/s",
                verdicts=counts_text(counts),
            )

    def say(self, line: str) -> None:
        console.print(line, markup=False)

    def end(self) -> None:
        self._bar.stop()


class Lines(Told):
    """A plain line now and then."""

    def __init__(self) -> None:
        self._total = 0
        self._stored = 0
        self._started = self._spoke = 0.0
        self._last = ""

    def begin(self, *, study: str, total: int, stored: int, note: str) -> None:
        self._total, self._stored = total, stored
        self._started = self._spoke = time.monotonic()
        self.say(_opening(study, total=total, stored=stored, note=note))

    def advance(self, *, done: int, counts: Mapping[Kind, int]) -> None:
        now = time.monotonic()
        rate = (done - self._stored) / max(1e-9, now - self._started)
        left = (self._total - done) / rate if rate > 0 else float("inf")
        rest = f", about {duration(left)} left" if left > 0 else ""
        verdicts = f": {counts_text(counts)}" if counts else ""
        self._last = f"{done}/{self._total} runs, {rate:.1f}/s{rest}{verdicts}"
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
