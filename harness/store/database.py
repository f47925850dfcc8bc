"""The SQLite file: opening it, and its errors in plain words."""

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock

from harness.errors import StoreError
from harness.store.places import Places

MLFLOW = "3.17.2"
REVISION = "dc11669786a5"
"""The schema of MLflow 3.17.2; knowing it saves a second of imports each time a store opens."""

BUSY_S = 20.0


def open_database(places: Places, *, busy_s: float = BUSY_S) -> sqlite3.Connection:
    """MLflow's database, made where it is missing; to be called inside `plain_errors`.

    Args:
        places: of the store.
        busy_s: how long to wait for another process's transaction, in seconds.

    Raises:
        StoreError: it holds something else, or another MLflow's tables.
    """
    places.make()
    if not exists(places):
        _make(places)
    connection = sqlite3.connect(places.database, timeout=busy_s, isolation_level=None)
    try:
        _check_revision(connection, places)
        # Readers go on while a study writes; killed processes lose nothing that was committed.
        if connection.execute("PRAGMA journal_mode").fetchone() != ("wal",):
            connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
    except BaseException:
        connection.close()
        raise
    return connection


def exists(places: Places) -> bool:
    """Whether the store has a database (SQLite leaves an empty file when it is killed early)."""
    return places.database.is_file() and places.database.stat().st_size > 0


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All of the statements inside, or none."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


@contextmanager
def plain_errors(places: Places, *, busy_s: float = BUSY_S) -> Iterator[None]:
    """What SQLite and the file system raise inside, as one line a person can act on.

    Raises:
        StoreError: in place of `sqlite3.OperationalError`, a file that is no database, and
            `OSError`.
    """
    try:
        yield
    except sqlite3.IntegrityError:
        raise
    except sqlite3.DatabaseError as error:
        raise StoreError(f"{places.database}: {_sqlite_words(error, busy_s=busy_s)}") from error
    except OSError as error:
        path = Path(error.filename) if error.filename else places.root
        raise StoreError(f"{path}: {_file_words(error)}") from error


def _make(places: Places) -> None:
    # MLflow alone takes 1.5 s to import, and only a fresh store needs it.
    from harness.store.tables import make_tables

    with FileLock(places.locks / ".tables.lock"):
        if exists(places):
            return
        fresh = places.root / "mlflow.db.new"
        fresh.unlink(missing_ok=True)
        make_tables(fresh, artifacts_uri=places.artifacts_uri)
        fresh.replace(places.database)


def _check_revision(connection: sqlite3.Connection, places: Places) -> None:
    found = "SELECT name FROM sqlite_master WHERE name = 'alembic_version'"
    if connection.execute(found).fetchone() is None:
        raise StoreError(f"{places.database}: is not MLflow's; {_AWAY}")
    (revision,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    if revision == REVISION:
        return
    from harness.store.tables import knows

    if knows(revision):
        upgrade = f"python -m mlflow db upgrade sqlite:///{places.database.as_posix()}"
        raise StoreError(f"{places.database}: written by an older MLflow; run `{upgrade}`")
    rule = f"written by a newer MLflow than {MLFLOW} (schema {revision})"
    raise StoreError(f"{places.database}: {rule}; {_AWAY}")


_AWAY = "move it away and run the same command again"


def _sqlite_words(error: sqlite3.DatabaseError, *, busy_s: float) -> str:
    name = getattr(error, "sqlite_errorname", "") or ""
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        wait = f"another process has kept it locked for {busy_s:g} s"
        return f"{wait}; nothing of this step was stored, run the same command again"
    if name.startswith("SQLITE_FULL"):
        return _FULL
    if name.startswith(("SQLITE_NOTADB", "SQLITE_CORRUPT")):
        return f"is not an SQLite database, or a damaged one ({error}); {_AWAY}"
    return f"cannot be used ({error})"


_FULL = "the disk is full; nothing of this step was stored, make room and run the command again"


def _file_words(error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return _FULL
    if isinstance(error, FileExistsError | NotADirectoryError):
        return "must be a folder, and a file is in its place"
    return f"cannot be written ({error.strerror})"
