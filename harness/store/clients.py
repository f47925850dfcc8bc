"""MLflow's client of any tracking URI, opened so that nothing is made where nothing was."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import unquote, urlsplit

import sqlalchemy.exc
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from harness.errors import StoreError
from harness.store.places import Places
from harness.store.tables import quieten

DATABASE = "mlflow.db"
TRIES = "1"
"""More attempts at a server that does not answer only take time: MLflow's own 7 take 4 minutes."""


def client_of(uri: str) -> MlflowClient:
    """A client that reads the store at a tracking URI; to be called inside `mlflow_errors`.

    Args:
        uri: MLflow's, or a folder or database file of MLflow's.

    Raises:
        StoreError: a file or folder is not MLflow's.
    """
    quieten()
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", TRIES)
    path = _local(uri)
    if path is None:
        return MlflowClient(tracking_uri=uri)
    if path.is_dir() and (path / DATABASE).is_file():
        path /= DATABASE
    if path.is_file():
        # MLflow would make its tables in any database, and the file where there is none.
        _check_database(uri, path)
        return MlflowClient(tracking_uri=f"sqlite:///{path.resolve().as_posix()}")
    if not path.is_dir() or next(path.glob("*/meta.yaml"), None) is None:
        what = "holds no store of MLflow" if path.is_dir() else "does not exist"
        raise StoreError(f"{uri}: {what}; name a tracking URI, or the folder of {DATABASE}")
    # MLflow 3.17 reads folders of its older versions only where it is told to.
    os.environ.setdefault("MLFLOW_ALLOW_FILE_STORE", "true")
    return MlflowClient(tracking_uri=path.resolve().as_uri())


def _local(uri: str) -> Path | None:
    """The file or folder that a URI means; None for a server or another database."""
    parts = urlsplit(uri)
    if len(parts.scheme) <= 1:  # none, or the letter of a drive
        return Path(uri)
    if parts.scheme == "file":
        return Path(unquote(parts.path))
    if parts.scheme == "sqlite":
        return Path(unquote(parts.path).removeprefix("/") or ".")
    return None


def local_root(uri: str) -> Path | None:
    """The folder of the store, where it is laid out as ours are."""
    path = _local(uri)
    if path is None:
        return None
    root = path if path.is_dir() else path.parent
    return root if Places(root).database.is_file() and Places(root).artifacts.is_dir() else None


def _check_database(uri: str, path: Path) -> None:
    query = "SELECT name FROM sqlite_master WHERE name = 'experiments'"
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
        if connection.execute(query).fetchone() is None:
            raise StoreError(f"{uri}: is a database, and not MLflow's")


@contextmanager
def mlflow_errors(uri: str) -> Iterator[None]:
    """What MLflow and its databases raise, as one line.

    Raises:
        StoreError: in place of all of these.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        raise StoreError(f"{uri}: needs the package {error.name}") from error
    except (MlflowException, sqlalchemy.exc.SQLAlchemyError, sqlite3.Error, OSError) as error:
        words = " ".join(str(error).split())
        if "Max retries exceeded" in words:
            raise StoreError(f"{uri}: no server answers there") from error
        raise StoreError(f"{uri}: cannot be read by MLflow: {words[:200]}") from error
