"""What is read from a training log that somebody else's program wrote."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.curves.records import Curves


@dataclass(frozen=True, kw_only=True)
class Columns:
    """Which column is what, by name, where the user says so; None leaves it to the reader.

    Args:
        train, validation: the losses to compare.
        epoch: the counter.
        train_score, validation_score: accuracy or another score that is better when higher.
    """

    train: str | None = None
    validation: str | None = None
    epoch: str | None = None
    train_score: str | None = None
    validation_score: str | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Log:
    """One training run read from somebody's log.

    Its curves know neither the constant's loss nor how many examples there were, unless the
    log says so, and have no evidence.

    Args:
        source: the path, or "mlflow: experiment/run"; "#2" after it where a file holds several.
        format: "keras csvlogger", "lightning metrics.csv" ...
        curves: up to the last finite epoch; `validation_loss` is empty where there is none.
        columns: what was read as what: {"train_loss": "loss", "epoch": "row number"}.
        diverged: why, where a loss stopped being finite ("val_loss is nan from line 3 on").
        notes: what a reader should know ("epochs start again at line 12: read as 2 runs").
    """

    source: str
    format: str
    curves: Curves
    columns: Mapping[str, str]
    diverged: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Reader:
    """One row of the table of readers.

    Args:
        name: what it reads, for messages.
        recognises: whether a file is its own, by path and first bytes (64 KiB, or all).
        read: the runs in the file; raises `LogError` with one line that names file, line and
            rule.
    """

    name: str
    recognises: Callable[[Path, bytes], bool]
    read: Callable[..., tuple[Log, ...]]
