"""One process a study."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from filelock import FileLock, Timeout

from harness.errors import BusyError
from harness.store.places import Places


@contextmanager
def study_lock(places: Places, *, study: str) -> Iterator[None]:
    """Hold a study; the operating system lets go of it when the process dies.

    Raises:
        BusyError: another process holds it.
    """
    # Windows lets nobody read a locked file, so who holds it stands in a second one.
    holder = places.locks / f"{study}.pid"
    lock = FileLock(places.locks / f"{study}.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise BusyError(_busy(study, holder.read_text() if holder.exists() else "")) from None
    try:
        holder.write_text(f"{os.getpid()} {datetime.now():%H:%M}")
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()


def _busy(study: str, holder: str) -> str:
    pid, _, since = holder.partition(" ")
    who = f"process {pid} (since {since})" if since else "another process"
    return f"study {study} is already running in {who}; wait for it or stop it"
