"""MLflow's own tables, made by MLflow."""

import logging
import warnings
from pathlib import Path

import mlflow.store
import sqlalchemy.exc
from alembic.script import ScriptDirectory

with warnings.catch_warnings():
    # From inside MLflow 3.17: lazy="noload".
    warnings.simplefilter("ignore", sqlalchemy.exc.SADeprecationWarning)
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore


def make_tables(database: Path, *, artifacts_uri: str) -> None:
    """Make a fresh MLflow store in the file `database` (about a second)."""
    quieten()
    store = SqlAlchemyStore(f"sqlite:///{database.resolve().as_posix()}", artifacts_uri)
    store.engine.dispose()


def quieten() -> None:
    """Keep MLflow from telling of every table that it looks at."""
    for name in ("mlflow.store.db.utils", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)


def knows(revision: str) -> bool:
    """Whether a schema's revision is one of this MLflow's own past ones."""
    return any(revision == known.revision for known in _scripts().walk_revisions())


def newest_revision() -> str | None:
    """The schema that this MLflow makes."""
    return _scripts().get_current_head()


def _scripts() -> ScriptDirectory:
    return ScriptDirectory(str(Path(mlflow.store.__path__[0]) / "db_migrations"))
