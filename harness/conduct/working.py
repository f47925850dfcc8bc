"""What a worker process does: begin, train chunks, and end with the process that started it.

Light until `warm` brings torch, so that a worker looks after its parent from the first moment.
"""

import logging
import multiprocessing
import os
import signal
import threading
from dataclasses import dataclass
from multiprocessing.connection import wait
from typing import Any

from harness.data import Dataset
from harness.judge import Run
from harness.study import Study


@dataclass(frozen=True, kw_only=True)
class Trained:
    """What a worker gives back.

    Args:
        runs: of one chunk.
        lines: for people.
    """

    runs: tuple[Run, ...]
    lines: tuple[str, ...]


_work: tuple[Study, Dataset] | None = None


def begin(study: Study, dataset: Dataset) -> None:
    """Keep what all chunks belong to, and end when the parent does, even where it is killed."""
    global _work
    _work = (study, dataset)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Lightning puts a handler that lets the process live on, unless there is one already.
    signal.signal(signal.SIGTERM, lambda *_: os._exit(1))
    threading.Thread(target=_end_with_parent, daemon=True).start()


def warm() -> None:
    """Import what training needs."""
    import harness.training  # noqa: F401

    # Lightning tells of every SIGTERM, and workers are ended by one.
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)


def train_here(chunk: Any) -> Trained:
    """The runs of a `harness.training.Chunk`, on one thread of the CPU."""
    warm()
    from harness.training import one_thread, train

    assert _work is not None
    study, dataset = _work
    with one_thread():
        lines: list[str] = []
        runs = train(chunk, dataset, study, accelerator="cpu", tell=lines.append)
    return Trained(runs=runs, lines=tuple(lines))


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
