"""A population that does not fit goes on as smaller ones, and people are told."""

from pathlib import Path

import pytest

from harness.conduct.workers import start_workers
from harness.judge import Ending
from tests.training.conftest import make_dataset, make_study, members_of
from tests.workshop import little_memory

needs_proc = pytest.mark.skipif(
    not Path("/proc/self/statm").exists(), reason="how much memory is taken is read from Linux"
)


@needs_proc
def test_workers_say_that_they_halved_and_give_every_run():
    """Losses, targets and orders of so many examples want 190 MB for 64 members."""
    dataset = make_dataset(train=36_000, validation=12_000, features=2)
    members = members_of({"units": 4, "epochs": 1, "batch": 128}, seeds=range(64))
    lines: list[str] = []
    with start_workers(make_study(), dataset, count=1, tell=lines.append) as workers:
        list(workers.train([(members[0].trial, 99)]))  # imports and threads come first
        assert lines == []
        with little_memory(spare=110 * 2**20):
            parts = list(workers.train([(member.trial, member.seed) for member in members]))
    assert lines[0] == "halved a population of 64 to 32: out of memory"
    (runs,) = parts
    assert [run.seed for run in runs] == list(range(64))
    assert {run.ending for run in runs} == {Ending.FINISHED}
