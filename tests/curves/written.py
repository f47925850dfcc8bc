"""Logs as tools write them, read back."""

from pathlib import Path

from harness.curves.logs import Columns, Log, read_logs


class Written:
    """A folder in which logs are written and read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, content: str | bytes, name: str = "log.csv") -> Path:
        """Where the content now lies."""
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def logs(self, content: str | bytes, name: str = "log.csv", **columns: str) -> tuple[Log, ...]:
        """All runs that it holds."""
        return read_logs(self.path(content, name), columns=Columns(**columns))

    def log(self, content: str | bytes, name: str = "log.csv", **columns: str) -> Log:
        """The only run that it holds."""
        (found,) = self.logs(content, name, **columns)
        return found


def course(log: Log) -> tuple[list[float], list[float], list[float]]:
    """A log's epochs, training and validation losses."""
    curves = log.curves
    return curves.epochs.tolist(), curves.train_loss.tolist(), curves.validation_loss.tolist()
