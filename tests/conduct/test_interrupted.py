"""Real processes, really killed: what is stored stays, and the same command ends the study."""

import os
import re
import shutil
import signal
import sqlite3
import subprocess
import time
from pathlib import Path

import pytest

from harness import conduct
from harness.errors import StoreError
from tests.workshop import same_runs, search_text

TRIALS, SEEDS = 6, 2
PATIENCE_S = 120
INTERRUPTED = "interrupted; what is stored stays, the same command goes on from there"
needs_proc = pytest.mark.skipif(
    not Path("/proc/self/task").exists(), reason="a process's children are listed by Linux alone"
)
needs_groups = pytest.mark.skipif(not hasattr(os, "killpg"), reason="groups are POSIX's")


@pytest.fixture
def slow(workshop):
    """A study of two seconds and some, twice: "whole" for comparison and "parts" to be stopped."""
    for name in ("whole", "parts"):
        workshop.write(name, search_text(trials=TRIALS, seeds=SEEDS, epochs=100, batch_size=4))
    return workshop


def until(condition, process):
    """Waits for a condition, for as long as the process lives."""
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert process.poll() is None, process.stderr.read()
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.01)


def children(process):
    """The ids of a process's children."""
    return Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()


def alive(pid):
    """Whether a process runs (a dead one whose parent is gone may stay listed as a zombie)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


def trains(process):
    """Whether Lightning is at work, which listens to SIGTERM then and only then."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    caught = int(re.search(r"SigCgt:\s+(\w+)", status)[1], base=16)
    return caught >> (signal.SIGTERM - 1) & 1 == 1


def all_end(processes, *, patience_s=10):
    """Whether all of them end soon, by themselves."""
    end = time.monotonic() + patience_s
    while any(alive(pid) for pid in processes) and time.monotonic() < end:
        time.sleep(0.01)
    return not any(alive(pid) for pid in processes)


@needs_proc
@pytest.mark.long
@pytest.mark.parametrize("stored", [0, 2, 7])
def test_a_killed_study_ends_as_if_it_had_not_been(slow, stored):
    slow.conduct("whole")
    with slow.command("study", "parts", "--workers", "2") as process:
        until(lambda: slow.count("parts") >= stored and len(children(process)) > 2, process)
        workers = children(process)
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert all_end(workers)
    assert slow.count("parts") < TRIALS * SEEDS
    outcome = slow.conduct("parts", workers=2)
    assert outcome.trained == TRIALS * SEEDS - (len(slow.runs("parts")) - outcome.trained)
    assert same_runs(slow.runs("whole"), slow.runs("parts"))


@needs_groups
@needs_proc
@pytest.mark.parametrize("stored", [pytest.param(0, marks=pytest.mark.long), 2])
def test_ctrl_c_says_how_to_go_on_and_leaves_no_process(slow, stored):
    with slow.command("study", "parts", "--workers", "2") as process:
        until(lambda: slow.count("parts") >= stored and len(children(process)) > 2, process)
        workers = children(process)
        os.killpg(process.pid, signal.SIGINT)
        _, wrote = process.communicate(timeout=PATIENCE_S)
    assert all_end(workers)
    assert wrote == f"\n{INTERRUPTED}\n"
    assert process.returncode == 130
    assert slow.count("parts") >= stored


@needs_proc
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_ctrl_c_says_the_same_where_one_process_does_all(slow, name):
    slow.write("parts", search_text(trials=TRIALS, seeds=SEEDS, epochs=5000, batch_size=4))
    with slow.command("study", "parts", "--workers", "1") as process:
        assert process.stdout.readline() == "parts: 12 runs; 1 worker on cpu\n"
        until(lambda: trains(process), process)
        process.send_signal(signal.Signals[name])
        _, wrote = process.communicate(timeout=PATIENCE_S)
    assert wrote.endswith(
        "interrupted; what is stored stays, the same command goes on from there\n"
    )
    assert len(wrote.split()) < 20
    assert process.returncode == 130
    assert slow.count("parts") == 0


@needs_proc
@pytest.mark.long
def test_a_worker_that_dies_ends_the_study_with_a_line_and_loses_nothing(slow):
    slow.conduct("whole")
    with slow.command("study", "parts", "--workers", "2") as process:
        until(lambda: slow.count("parts") >= 2, process)
        worker = children(process)[-1]
        os.kill(int(worker), signal.SIGKILL)
        _, wrote = process.communicate(timeout=PATIENCE_S)
    assert wrote == (
        "parts: a worker process died (out of memory?); what is stored stays, and the same"
        " command goes on from there\n"
    )
    assert process.returncode == 1
    slow.conduct("parts")
    assert same_runs(slow.runs("whole"), slow.runs("parts"))


class Locks(conduct.Progress):
    """Locks the database, as another program might, once some runs are stored."""

    def __init__(self, store):
        self.other = sqlite3.connect(store / "mlflow.db", isolation_level=None)

    def begin(self, *, study, total, stored, note):
        pass

    def advance(self, *, done, counts):
        if done >= 4 and not self.other.in_transaction:
            self.other.execute("BEGIN IMMEDIATE")

    def say(self, line):
        pass

    def end(self):
        pass


@pytest.mark.long
def test_a_locked_database_ends_with_a_line_and_loses_nothing(slow):
    slow.conduct("whole")
    locks = Locks(slow.store)
    with pytest.raises(StoreError, match=r"mlflow\.db: another process has kept it locked for"):
        slow.conduct("parts", progress=locks)
    locks.other.close()
    assert slow.count("parts") == 4
    slow.conduct("parts")
    assert same_runs(slow.runs("whole"), slow.runs("parts"))


@pytest.fixture
def tiny_disk(slow):
    """The workshop's store on a disk with room for some runs."""
    if shutil.which("mount") is None:
        pytest.skip("there is no mount here")
    kept = slow.root / "kept"
    slow.store.rename(kept)
    slow.store.mkdir()
    size = sum(path.stat().st_size for path in kept.rglob("*") if path.is_file()) + 900_000
    options = ["-t", "tmpfs", "-o", f"size={size}", "none", str(slow.store)]
    done = subprocess.run(["mount", *options], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"only root may mount a small disk ({done.stderr.strip()})")
    try:
        shutil.copytree(kept, slow.store, dirs_exist_ok=True)
        yield slow
    finally:
        subprocess.run(["umount", str(slow.store)], check=True)


def test_a_full_disk_ends_with_a_line_and_loses_nothing(tiny_disk):
    line = r"the disk is full; nothing of this step was stored, make room and run the command"
    with pytest.raises(StoreError, match=line):
        tiny_disk.conduct("parts")
    before = tiny_disk.runs("parts")
    assert 0 < len(before) < TRIALS * SEEDS
    roomy = ["mount", "-o", "remount,size=100m", str(tiny_disk.store)]
    subprocess.run(roomy, check=True)
    tiny_disk.conduct("parts")
    tiny_disk.conduct("whole")
    assert same_runs(tiny_disk.runs("whole"), tiny_disk.runs("parts"))
