"""Too little memory: what is planned for it, and what is done where it runs out all the same."""

from pathlib import Path

import pytest
import torch

from harness.judge import Ending
from harness.training import train
from harness.training.chunks import Size, halves, held_bytes, plan_chunks
from harness.training.memory import Room, lacked_memory
from tests.training.conftest import make_dataset, make_study, members_of, only_chunk
from tests.workshop import little_memory

needs_proc = pytest.mark.skipif(
    not Path("/proc/self/statm").exists(), reason="how much memory is taken is read from Linux"
)
KNOBS = {"units": 64, "batch": 4096, "epochs": 1, "learning_rate": 0.01, "batch_norm": True}
"""A step's input takes 16 MB for each member, since a norm wants the whole batch."""


@needs_proc
def test_a_population_without_memory_is_halved_and_trains_the_same_runs():
    dataset, study = make_dataset(train=4096, features=1000), make_study()
    members = members_of(KNOBS, seeds=range(8))
    chunk = only_chunk(members[:1], dataset, study)
    (alone,) = train(chunk, dataset, study)
    chunk = type(chunk)(members=tuple(members), examples=4096, batch=4096, operations=8.0)
    lines: list[str] = []
    with little_memory(spare=110 * 2**20):
        runs = train(chunk, dataset, study, tell=lines.append)
    assert lines[0] == "halved a population of 8 to 4: out of memory"
    assert [run.seed for run in runs] == list(range(8))
    assert {run.ending for run in runs} == {Ending.FINISHED}
    assert runs[0].curves.equals(alone.curves)
    assert [run.curves.equals(alone.curves) for run in runs[1:]] == 7 * [False]


@needs_proc
def test_a_run_that_does_not_fit_alone_fails_and_says_so():
    dataset, study = make_dataset(), make_study()
    members = members_of({"units": 8192, "layers": 2, "epochs": 1}, seeds=(0, 1))
    chunk = only_chunk(members[:1], dataset, study)
    chunk = type(chunk)(members=tuple(members), examples=75, batch=32, operations=2.0)
    lines: list[str] = []
    with little_memory(spare=100 * 2**20):
        runs = train(chunk, dataset, study, tell=lines.append)
    assert lines == ["halved a population of 2 to 1: out of memory"]
    assert [run.ending for run in runs] == 2 * [Ending.FAILED]
    for run in runs:
        assert run.reason.startswith("out of memory, even with no other run beside it (")


def test_what_torch_and_numpy_say_of_too_little_memory_is_known():
    with pytest.raises(RuntimeError) as of_torch:
        torch.empty(2**60)
    assert lacked_memory(of_torch.value)
    assert lacked_memory(MemoryError())
    assert not lacked_memory(RuntimeError("mat1 and mat2 shapes cannot be multiplied"))


def test_halves_keep_every_member_in_its_order():
    dataset, study = make_dataset(), make_study()
    chunk = only_chunk(members_of({"units": 10}, seeds=range(5)), dataset, study)
    first, second = halves(chunk)
    assert [m.seed for m in (*first.members, *second.members)] == list(range(5))
    assert (len(first.members), len(second.members)) == (3, 2)
    assert first.operations + second.operations == pytest.approx(chunk.operations)


def test_a_population_too_large_for_the_memory_is_cut():
    dataset = make_dataset()
    members = members_of({"units": 10}, seeds=range(40))
    size = Size(parameters=500, made=500)
    held = held_bytes(size, dataset, examples=75, rows=32)
    assert cut(members, dataset, size, Room(memory=16 * held)) == [16, 16, 8]
    assert cut(members[:2], dataset, size, Room(memory=1)) == [1, 1]


def test_small_networks_train_by_the_hundred_yet_two_workers_have_work():
    dataset, much = make_dataset(), Room(memory=10**12)
    members = members_of({"units": 10}, seeds=range(300))
    size = Size(parameters=500, made=500)
    for many, expected in ((64, [64]), (65, [64, 1]), (200, [100, 100]), (300, [128, 128, 44])):
        assert cut(members[:many], dataset, size, much) == expected


def test_a_chunk_stays_in_a_cores_cache_but_fills_a_gpus_memory():
    dataset = make_dataset()
    members = members_of({"units": 10}, seeds=range(200))
    size = Size(parameters=50_000, made=10_000)
    held = held_bytes(size, dataset, examples=75, rows=32)
    assert max(cut(members, dataset, size, Room(memory=10**12))) == 10  # 6 MB / (4 x 140,000)
    assert cut(members, dataset, size, Room(memory=150 * held, cached=False)) == [150, 50]


def cut(members, dataset, size, room):
    """Members of each chunk."""
    chunks = plan_chunks(members, dataset, size_of=lambda own, batch: size, room=room)
    return [len(chunk.members) for chunk in chunks]
