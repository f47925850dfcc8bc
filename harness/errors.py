"""Everything the harness raises on purpose.

    HarnessError                 anything below; catch this to catch them all
    ├── InputError               what was asked cannot be done; exit code 2, one line a fault
    │   ├── StudyError           the study file, or the record made in Python
    │   ├── DataError            the examples: a file, a column, a user's function
    │   ├── NetworkError         the user's network: its file, its function, its module
    │   ├── ShowError            the user's function that shows results
    │   ├── LogError             another tool's training log cannot be read
    │   ├── CallbackError        what a callback was given, or finds in the training it watches
    │   ├── StoreError           mlruns/ cannot be opened, or holds something else
    │   └── BusyError            another process works on the same study
    ├── ReplayError              the store's trials are not those the sampler asks for
    └── WorkerError              a worker process died; what is stored stays

Diverged and failed runs are data: they are stored with their reason and raise nothing.
"""

from collections.abc import Sequence


class HarnessError(Exception):
    """Anything the harness raises on purpose."""


class InputError(HarnessError):
    """What was asked cannot be done; `faults` holds one complete line for each reason."""

    def __init__(self, *faults: str) -> None:
        super().__init__("\n".join(faults))
        self.faults: tuple[str, ...] = faults

    def at(self, place: str) -> "InputError":
        """The same error with `place` (a file, say) before every line."""
        return type(self)(*(f"{place}: {fault}" for fault in self.faults))


class StudyError(InputError):
    """A study file, or a study made in Python, breaks a rule."""


class DataError(InputError):
    """The examples cannot be used as the study asks."""


class NetworkError(InputError):
    """The user's network cannot be used as the study asks."""


class ShowError(InputError):
    """The user's function cannot show the study's results."""


class LogError(InputError):
    """Another tool's training log cannot be read, or does not say what to judge."""


class CallbackError(InputError):
    """A callback cannot watch the training as it was asked to."""


class StoreError(InputError):
    """The store cannot be opened or written."""


class BusyError(InputError):
    """Another process holds the study."""


class ReplayError(HarnessError):
    """The stored trials are not those that the sampler asks for."""


class WorkerError(HarnessError):
    """A worker process died; what is stored stays, and the same command goes on."""


def raise_all(error: type[InputError], faults: Sequence[str]) -> None:
    """Raise `error` with every fault, or nothing where there is none."""
    if faults:
        raise error(*faults)
