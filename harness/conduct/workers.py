"""Where the work is done: this process, or workers beside it.

What is trained never depends on where: chunks are planned before, and each is trained on one
intra-op thread (two on one busy machine can be a thousand times slower).
"""

import multiprocessing
import os
import signal
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager

from harness.conduct.working import begin, train_here, warm
from harness.data import Dataset
from harness.errors import WorkerError
from harness.judge import Run
from harness.study import Study, Trial
from harness.training import Chunk, Member, gpu_name, one_thread, plan, train

Tell = Callable[[str], None]
"""What is called with a line for people."""


class Workers(ABC):
    """Trains members; a context manager that owns whatever runs beside this process.

    Args:
        study, dataset: what the members belong to.
        device: "cpu", or the GPU's name.
        count: processes that train side by side.
        tell: is given what people should know of the training.
    """

    def __init__(
        self, study: Study, dataset: Dataset, *, device: str, count: int, tell: Tell
    ) -> None:
        self.study = study
        self.dataset = dataset
        self.device = device
        self.count = count
        self.tell = tell

    @property
    def note(self) -> str:
        """Where the work is done, for people."""
        return f"{self.count} worker{'s' if self.count > 1 else ''} on {self.device}"

    def train(self, members: Sequence[tuple[Trial, int]]) -> Iterator[tuple[Run, ...]]:
        """The runs of each chunk as it is finished, in any order of chunks.

        Args:
            members: trials with run seeds.

        Raises:
            DataError: a trial wants more training examples than there are.
            WorkerError: a worker died; what was given before stays good.
        """
        wanted = [Member(trial=trial, seed=seed) for trial, seed in members]
        return self._train(plan(wanted, self.dataset, self.study))

    @abstractmethod
    def _train(self, chunks: Sequence[Chunk]) -> Iterator[tuple[Run, ...]]: ...

    def __enter__(self) -> "Workers":
        return self

    @abstractmethod
    def __exit__(self, *_: object) -> None:
        """Let go of the workers; chunks in training are lost."""


class Here(Workers):
    """This process, one chunk after the other; the one for a GPU."""

    def _train(self, chunks: Sequence[Chunk]) -> Iterator[tuple[Run, ...]]:
        for chunk in chunks:
            with one_thread(), _interruptible():
                runs = train(chunk, self.dataset, self.study, tell=self.tell)
            yield runs

    def __exit__(self, *_: object) -> None:
        pass


class Processes(Workers):
    """Spawned processes on this machine, each with the data set in memory.

    They start at once, so that their imports overlap with whatever comes before the first
    chunk, and end with this process, even where that is killed.
    """

    def __init__(self, study: Study, dataset: Dataset, *, count: int, tell: Tell) -> None:
        super().__init__(study, dataset, device="cpu", count=count, tell=tell)
        self._pool = ProcessPoolExecutor(
            count,
            mp_context=multiprocessing.get_context("spawn"),
            initializer=begin,
            initargs=(study, dataset),
        )
        with _deaf_children():
            for _ in range(count):
                self._pool.submit(warm)

    def _train(self, chunks: Sequence[Chunk]) -> Iterator[tuple[Run, ...]]:
        try:
            futures = [self._pool.submit(train_here, chunk) for chunk in chunks]
            for future in as_completed(futures):
                trained = future.result()
                for line in trained.lines:
                    self.tell(line)
                yield trained.runs
        except BrokenProcessPool:
            raise WorkerError(
                f"{self.study.name}: a worker process died (out of memory?); what is stored"
                " stays, and the same command goes on from there"
            ) from None

    def __exit__(self, *_: object) -> None:
        processes = list((self._pool._processes or {}).values())
        self._pool.shutdown(wait=False, cancel_futures=True)
        for process in processes:
            process.kill()


def start_workers(study: Study, dataset: Dataset, *, count: int | None, tell: Tell) -> Workers:
    """As many processes as asked for; else this process where there is a GPU, or one per core."""
    gpu = gpu_name()
    wanted = count or (1 if gpu else os.cpu_count() or 1)
    if wanted == 1:
        return Here(study, dataset, device=gpu or "cpu", count=1, tell=tell)
    return Processes(study, dataset, count=wanted, tell=tell)


@contextmanager
def _interruptible() -> Iterator[None]:
    """Ctrl-C inside stays a KeyboardInterrupt.

    Lightning makes an exit of it, with code 1 and without a word, and hears no second one; of
    SIGTERM it makes an exit with code 0.
    """
    before = signal.getsignal(signal.SIGINT)
    try:
        yield
    except SystemExit:
        signal.signal(signal.SIGINT, before)
        raise KeyboardInterrupt from None


@contextmanager
def _deaf_children() -> Iterator[None]:
    """Processes started inside never hear Ctrl-C, from their first instant on.

    A terminal sends it to all of them; only this one decides what it means.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # where Python lets nobody change this; `begin` does it a moment later
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
