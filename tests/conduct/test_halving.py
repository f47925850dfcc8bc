"""A population that does not fit goes on as smaller ones, and people are told."""

import multiprocessing
from pathlib import Path

import pytest

from harness.conduct.workers import start_workers
from harness.judge import Ending
from tests.training.conftest import make_dataset, make_study, members_of
from tests.workshop import little_memory

needs_proc = pytest.mark.skipif(
    not Path("/proc/self/statm").exists(), reason="how much memory is taken is read from Linux"
)


def halved() -> tuple[list[str], list[list[int]], set[Ending]]:
    """What is told, and the seeds and endings that come back, where 64 members do not fit.

    Losses, targets and orders of so many examples want 190 MB for them.
    """
    dataset = make_dataset(train=36_000, validation=12_000, features=2)
    members = members_of({"units": 4, "epochs": 1, "batch": 128}, seeds=range(64))
    lines: list[str] = []
    with start_workers(make_study(), dataset, count=1, tell=lines.append) as workers:
        list(workers.train([(members[0].trial, 99)]))  # imports and threads come first
        assert lines == []
        with little_memory(spare=110 * 2**20):
            parts = list(workers.train([(member.trial, member.seed) for member in members]))
    endings = {run.ending for runs in parts for run in runs}
    return lines, [[run.seed for run in runs] for runs in parts], endings


@needs_proc
def test_workers_say_that_they_halved_and_give_every_run():
    # In a fresh process: this one may hold memory that other tests let go.
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        lines, seeds, endings = pool.apply(halved)
    assert lines[0] == "halved a population of 64 to 32: out of memory"
    assert seeds == [list(range(64))]
    assert endings == {Ending.FINISHED}
