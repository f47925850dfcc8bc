"""Where things lie under `mlruns/`."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Places:
    """The paths of one store.

    Args:
        root: the `mlruns` folder.
    """

    root: Path

    def make(self) -> None:
        """Make the folders that are missing; an `OSError` where that cannot be."""
        for folder in (self.root, self.artifacts, self.locks):
            folder.mkdir(parents=True, exist_ok=True)

    @property
    def database(self) -> Path:
        """MLflow's SQLite file."""
        return self.root / "mlflow.db"

    @property
    def artifacts(self) -> Path:
        """Files of all runs."""
        return self.root / "artifacts"

    @property
    def locks(self) -> Path:
        """One lock file a study."""
        return self.root / "locks"

    @property
    def artifacts_uri(self) -> str:
        """`artifacts` as MLflow writes it into its tables: absolute."""
        return self.artifacts.resolve().as_uri()

    def experiment(self, experiment: int) -> Path:
        """Files of one study."""
        return self.artifacts / str(experiment)

    def run(self, experiment: int, run: str) -> Path:
        """Files of one run, where MLflow looks for them."""
        return self.experiment(experiment) / run / "artifacts"

    def parquet(self, experiment: int, run: str) -> Path:
        """A run's whole curves and evidence."""
        return self.run(experiment, run) / "run.parquet"
