"""The engine against its rivals, cell by cell, in turns in one process on one core."""

import math
import multiprocessing
import os
import statistics
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch

from harness.study import Search, Study, Training, Trial, settings_from
from harness.study.knobs import Choice
from harness.study.sources import DataSource
from harness.training import Member, fit, plan
from tests.bench.cells import CELLS, QUICK, Cell, digits
from tests.bench.rivals import Epochs, lightning_epochs, loop_epochs, vmap_epochs

_CORES = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else [0, 1]
_STATM = Path("/proc/self/statm")
LEAST_S = 1.0
"""A measurement takes as many epochs as fill this time, and a few at least: studies have dozens,
so that Lightning's start, ours included, is no large part of them."""
FEWEST, MOST = 5, 60


@dataclass(frozen=True, kw_only=True)
class Timed:
    """One competitor on one cell.

    Args:
        member_step_us: µs a member-step, one for each turn.
        epochs: trained each time.
    """

    member_step_us: tuple[float, ...]
    epochs: int


def study() -> Study:
    """A study that carries a seed; its search is never run."""
    return Study(
        name="bench",
        question="How fast?",
        data=DataSource(source="digits"),
        training=Training(seeds=1),
        knobs={"dropout": Choice(values=(0.0, 0.2))},
        search=Search(trials=1),
    )


def ours_epochs(cell: Cell, epochs: int) -> int:
    """The cell's members as the harness trains them, chunk after chunk, through Lightning."""
    settings = settings_from({**cell.settings.acting(), "epochs": epochs})
    trial = Trial(number=0, settings=settings, stage="search")
    members = [Member(trial=trial, seed=seed) for seed in range(cell.members)]
    for chunk in plan(members, digits(), study()):
        fit(chunk, digits(), study(), accelerator="cpu")
    return epochs * cell.steps * cell.members


def rivals() -> dict[str, Epochs]:
    """Everybody, ourselves first; JAX where it is installed."""
    found: dict[str, Epochs] = {
        "harness": ours_epochs,
        "Lightning": lightning_epochs,
        "plain loop": loop_epochs,
        "vmap(grad)": vmap_epochs,
    }
    if find_spec("jax") and find_spec("optax"):
        from tests.bench.with_jax import jax_epochs

        found["JAX"] = jax_epochs
    return found


def one_core() -> None:
    """Keep this process, and whatever threads it starts, on one core."""
    on_core(_CORES[-1])


def on_core(core: int) -> None:
    """Keep this process on a core, where the system can."""
    torch.set_num_threads(1)
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {core})


def bench_engine(*, quick: bool, turns: int) -> dict[str, Any]:
    """Measure every cell and say what was measured."""
    one_core()
    peak = matrix_peak()
    print(f"matrix peak of one thread: {peak:.0f} GFLOP/s (best of 1024 x 1024 float32 products)")
    names = rivals()
    print(f"µs a member-step, both evaluations included; {turns} turns of {', '.join(names)}")
    found = [_cell(cell, names, turns=turns, peak=peak) for cell in (QUICK if quick else CELLS)]
    pair = {} if quick else _two_workers(CELLS[1], _CORES, turns)
    return {"matrix_peak_gflops": peak, "cells": found, "two_workers": pair}


def _cell(cell: Cell, names: dict[str, Epochs], *, turns: int, peak: float) -> dict[str, Any]:
    epochs = {name: _enough(run, cell) for name, run in names.items()}
    us: dict[str, list[float]] = {name: [] for name in names}
    for _ in range(turns):
        for name, run in names.items():
            us[name].append(_member_step_us(run, cell, epochs[name]))
    timed = {n: Timed(member_step_us=tuple(us[n]), epochs=epochs[n]) for n in names}
    ours = statistics.median(us["harness"])
    share = cell.operations / (ours * 1e-6) / (peak * 1e9)
    memory = _in_a_process(_memory_mib, cell) / cell.members
    print(f"{cell.name}: {ours:.1f} µs, {share:.0%} of the peak, {memory:.2f} MiB a member")
    chunk, compiled_s = _jax_chunk(cell) if "JAX" in names else (0, 0.0)
    ratios = {n: ratio(us[n], us["harness"]) for n in names if n != "harness"}
    for name, (low, middle, high) in ratios.items():
        asked = dict(zip(("Lightning", "JAX"), cell.asked, strict=True)).get(name, 0.0)
        target = f"  (asked: at least {asked:g})" if asked else ""
        print(f"  {name:10} {statistics.median(us[name]):8.1f} µs: "
              f"{middle:.2f} times ours ({low:.2f} to {high:.2f}){target}")  # fmt: skip
    return {
        "cell": asdict(cell),
        "name": cell.name,
        "timed": {name: asdict(one) for name, one in timed.items()},
        "ratios": ratios,
        "share_of_peak": share,
        "jax_chunk": chunk,
        "jax_compilation_s": compiled_s,
        "memory_mib_a_member": memory,
        "runs_per_second_60_epochs": 1e6 / (ours * 60 * cell.steps),
    }


def _jax_chunk(cell: Cell) -> tuple[int, float]:
    """Members at once that JAX took, and the seconds of compiling this one shape."""
    from tests.bench.with_jax import best_chunk

    chunk, seconds = best_chunk(cell)
    print(f"  JAX in chunks of {chunk}, compiled in {seconds:.1f} s (not counted)")
    return chunk, seconds


def ratio(theirs: Sequence[float], ours: Sequence[float]) -> tuple[float, float, float]:
    """Lowest, median and highest ratio over the turns."""
    found = [a / b for a, b in zip(theirs, ours, strict=True)]
    return min(found), statistics.median(found), max(found)


def _enough(run: Epochs, cell: Cell) -> int:
    """Epochs that fill the least time; this also warms up."""
    run(cell, 1)
    started = time.perf_counter()
    run(cell, 1)
    return max(FEWEST, min(MOST, round(LEAST_S / (time.perf_counter() - started))))


def _member_step_us(run: Epochs, cell: Cell, epochs: int) -> float:
    started = time.perf_counter()
    steps = run(cell, epochs)
    return (time.perf_counter() - started) / steps * 1e6


def matrix_peak() -> float:
    """The most GFLOP/s that a large product reaches, by either of torch's precisions."""
    a, best = torch.randn(1024, 1024), 0.0
    before = torch.get_float32_matmul_precision()
    for precision in ("highest", "medium"):
        torch.set_float32_matmul_precision(precision)
        for _ in range(10):
            started = time.perf_counter()
            torch.mm(a, a)
            best = max(best, 2 * 1024**3 / (time.perf_counter() - started) / 1e9)
    torch.set_float32_matmul_precision(before)
    return best


def _memory_mib(cell: Cell) -> float:
    """How far the resident memory rises while the members train; NaN where it cannot be read."""
    if not _STATM.exists():
        return math.nan
    ours_epochs(Cell(units=cell.units, members=1), 1)
    done, seen = threading.Event(), [_resident_mib()]
    before = seen[0]

    def watch() -> None:
        while not done.wait(0.002):
            seen.append(_resident_mib())

    watcher = threading.Thread(target=watch)
    watcher.start()
    ours_epochs(cell, 1)
    done.set()
    watcher.join()
    return max(seen) - before


def _resident_mib() -> float:
    return int(_STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def _in_a_process(measure: Callable[[Cell], float], cell: Cell) -> float:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(measure, (cell,))


def _work(cell: Cell, core: int, epochs: int) -> None:
    on_core(core)
    ours_epochs(cell, epochs)


def _two_workers(cell: Cell, cores: Sequence[int], turns: int) -> dict[str, Any]:
    """The same chunk in two processes at once against twice in one: 2 is ideal."""
    if len(cores) < 2:
        return {}
    found: list[float] = []
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        pool.starmap(_work, [(cell, core, 1) for core in cores[:2]], chunksize=1)
        for _ in range(turns):
            started = time.perf_counter()
            pool.apply(_work, (cell, cores[0], 20))
            alone = time.perf_counter() - started
            started = time.perf_counter()
            pool.starmap(_work, [(cell, core, 20) for core in cores[:2]], chunksize=1)
            found.append(2 * alone / (time.perf_counter() - started))
    low, middle, high = min(found), statistics.median(found), max(found)
    print(f"two workers: {middle:.2f} times one ({low:.2f} to {high:.2f})  (asked: at least 1.7)")
    return {"cell": cell.name, "ratios": found}
