"""The store from outside: what it holds, how to forget it, how to browse it."""

from collections.abc import Mapping
from pathlib import Path

from harness.conduct.preparing import STORE
from harness.errors import InputError
from harness.store import forget, serve, studies


def stored_studies(*, store: Path = STORE) -> Mapping[str, int]:
    """Runs of every stored study, by its name."""
    return {one.study: one.runs + one.failed for one in studies(store)}


def stored_runs(name: str, *, store: Path = STORE) -> int:
    """Runs of one study, of all its editions.

    Raises:
        InputError: nothing is stored of it.
    """
    stored = stored_studies(store=store)
    if name not in stored:
        known = f"stored are {', '.join(stored)}" if stored else "the store is empty"
        raise InputError(f"{name}: nothing is stored of it; {known}")
    return stored[name]


def forget_study(name: str, *, store: Path = STORE) -> int:
    """Remove a study's runs for good; how many it had."""
    return forget(store, study=name)


def open_pages(name: str | None, *, port: int, store: Path = STORE) -> int:
    """Serve MLflow's pages until Ctrl-C; the server's exit code.

    Raises:
        InputError: nothing is stored of the study.
    """
    if name:
        stored_runs(name, store=store)
    return serve(store, port=port, study=name or None)
