"""What all callbacks do with losses: keep them, say when it is too long, conclude once."""

from collections.abc import Callable, Mapping
from typing import Any

from harness.curves import Curves
from harness.errors import CallbackError
from harness.judge import Verdict
from harness.training.verdicts.watcher import Measurement, Watcher, told


class Companion:
    """Goes beside one training: its watcher, and what is told of it.

    Args:
        every_n_epochs: measure after so many; the first and the last always.
        say: gets the lines.
        about: how a `Watcher` is made.

    Raises:
        CallbackError: `every_n_epochs` is below 1.
    """

    def __init__(self, *, every_n_epochs: int, say: Callable[[str], None], **about: Any) -> None:
        self.every = counted(every_n_epochs, name="every_n_epochs") or 1
        self._say = say
        self._about = about
        self._watcher = Watcher(**about)
        self._warned = False
        self._open = False
        self._resumed = False

    @property
    def curves(self) -> Curves | None:
        """What was measured so far; None before anything was."""
        return self._watcher.curves

    @property
    def verdict(self) -> Verdict | None:
        """What the curves mean so far; None before anything was measured."""
        return self._watcher.verdict

    @property
    def diverged(self) -> bool:
        """Whether a loss was no finite number."""
        return self._watcher.diverged

    def open(self) -> None:
        """A training begins that has to be concluded."""
        self._open = True

    def begins_at(self, epoch: int) -> bool:
        """Training begins after so many epochs; gives whether the weights must be measured.

        Curves of an earlier training are put away; those of the same one, from a checkpoint,
        are gone on with.
        """
        known = self._watcher.epochs
        if self.diverged or (known and known[-1] > epoch):
            self._anew()
            known = ()
        if not known and epoch > 0:
            self.tell(f"the curves begin at epoch {epoch}: what was before it is not known")
        return self.lacks(epoch)

    def due(self, epoch: int) -> bool:
        """Whether this epoch is to be measured."""
        return epoch % self.every == 0 and self.lacks(epoch)

    def lacks(self, epoch: int) -> bool:
        """Whether nothing is known of this epoch or a later one."""
        known = self._watcher.epochs
        return not known or known[-1] < epoch

    def record(self, epoch: int, train: Measurement, validation: Measurement | None) -> None:
        """Add an epoch; curves of a checkpoint that were measured on other data are put away."""
        resumed, self._resumed = self._resumed, False
        if resumed and not self._watcher.continues(train, validation):
            self._anew()
            self.tell(f"other data than in the checkpoint: the curves begin at epoch {epoch}")
        self._watcher.record(epoch, train, validation)

    def _anew(self) -> None:
        self._watcher, self._warned = Watcher(**self._about), False

    def too_long(self) -> bool:
        """Whether training has gone on for too long, and says so the first time."""
        overdue = self._watcher.overdue
        if overdue is not None and not self._warned:
            self._warned = True
            self.tell(overdue.line)
        return overdue is not None

    def conclude(self) -> Verdict | None:
        """Say what it came to, once a training; gives the verdict then, else None."""
        if not self._open:
            return None
        self._open = False
        verdict = self.verdict
        if verdict is not None:
            self.tell(told(verdict))
        elif self.diverged:
            self.tell(f"no verdict: {self._watcher.reason}")
        elif self.curves is None:
            self.tell("no verdict: nothing was trained")
        return verdict

    def tell(self, line: str) -> None:
        """Say a line, under the callback's name."""
        self._say(f"VerdictCallback: {line}")

    def to_json(self) -> dict[str, Any]:
        """Plain JSON for `go_on`."""
        return {"watcher": self._watcher.to_json(), "warned": self._warned}

    def go_on(self, content: Mapping[str, Any]) -> None:
        """Take up what another companion's `to_json` gave."""
        self._watcher.go_on(content["watcher"])
        self._warned = content["warned"]
        self._resumed = True


class Accompanied:
    """What every callback shows of its companion."""

    _companion: Companion

    @property
    def curves(self) -> Curves | None:
        """What was measured so far; None before anything was."""
        return self._companion.curves

    @property
    def verdict(self) -> Verdict | None:
        """What the curves mean so far; None before anything was measured."""
        return self._companion.verdict


def counted(count: int | None, *, name: str) -> int | None:
    """The same number, None included.

    Raises:
        CallbackError: it is below 1.
    """
    if count is not None and count < 1:
        raise CallbackError(f"VerdictCallback: {name} must be at least 1, got {count}")
    return count
