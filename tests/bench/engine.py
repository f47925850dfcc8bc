"""The engine against its rivals over a grid of work, in turns in one process on one core."""

import math
import multiprocessing
import os
import statistics
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch

from harness.study import Search, Study, Training, Trial, settings_from
from harness.study.knobs import Choice
from harness.study.sources import DataSource
from harness.training import Member, fit, plan
from tests.bench.cells import ASKED, Cell, digits, grid
from tests.bench.cells import quick as two_cells
from tests.bench.rivals import Epochs, lightning_epochs, loop_epochs, vmap_epochs

_CORES = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else [0, 1]
_STATM = Path("/proc/self/statm")
LEAST_S = 1.0
"""A measurement takes as many epochs as fill this time, and a few at least: studies have dozens,
so that Lightning's start, ours included, is no large part of them. Where an epoch alone takes
longer, fewer."""
FEWEST, MOST = 5, 60
BESIDE = 64
"""Members of rivals that train some side by side, and of the cell whose memory is measured."""


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


def bench_engine(*, quick: bool, turns: int) -> Iterator[dict[str, Any]]:
    """Measure every cell and say what was measured: all of it so far, after each work."""
    one_core()
    peak = matrix_peak()
    print(f"matrix peak of one thread: {peak:.0f} GFLOP/s (best of 1024 x 1024 float32 products)")
    names = rivals()
    print(f"µs a member-step, both evaluations included; {turns} turns of {', '.join(names)}")
    found: list[dict[str, Any]] = []
    for cells in two_cells() if quick else grid():
        found += _together(cells, names, turns=turns, peak=peak)
        yield {"matrix_peak_gflops": peak, "cells": found, "two_workers": {}}
    pair = {} if quick else _two_workers(Cell(units=64, members=BESIDE), _CORES, turns)
    yield {"matrix_peak_gflops": peak, "cells": found, "two_workers": pair}


def _together(
    cells: Sequence[Cell], names: dict[str, Epochs], *, turns: int, peak: float
) -> list[dict[str, Any]]:
    """Ourselves with every number of members, and each rival, all in every turn."""
    at_once = replace(cells[0], members=BESIDE)
    work = {("harness", cell): names["harness"] for cell in cells}
    work |= {(name, at_once): run for name, run in names.items() if name != "harness"}
    epochs = {key: _enough(run, key[1]) for key, run in work.items()}
    us: dict[tuple[str, Cell], list[float]] = {key: [] for key in work}
    for _ in range(turns):
        for key, run in work.items():
            us[key].append(_member_step_us(run, key[1], epochs[key]))
    theirs = {name: us[name, at_once] for name in names if name != "harness"}
    took = ", ".join(f"{name} {statistics.median(turns):,.1f}" for name, turns in theirs.items())
    chunk, compiled_s = _jax_chunk(at_once) if "JAX" in names else (0, 0.0)
    compiled = f" (chunks of {chunk}, compiled in {compiled_s:.1f} s, not counted)" if chunk else ""
    print(f"{at_once.work}: {took}{compiled}")
    found: list[dict[str, Any]] = []
    for cell in cells:
        timed = {"harness": us["harness", cell], **theirs}
        row = _row(cell, timed, peak=peak)
        row["epochs"] = {name: epochs[name, at_once] for name in theirs}
        row["epochs"]["harness"] = epochs["harness", cell]
        row |= {"jax_chunk": chunk, "jax_compilation_s": compiled_s}
        print(_line(cell, row))
        found.append(row)
    return found


def _row(cell: Cell, timed: dict[str, list[float]], *, peak: float) -> dict[str, Any]:
    ours = statistics.median(timed["harness"])
    memory = _in_a_process(_memory_mib, cell) / BESIDE if cell.members == BESIDE else None
    return {
        "cell": asdict(cell),
        "name": cell.name,
        "member_step_us": timed,
        "ratios": {name: ratio(us, timed["harness"]) for name, us in timed.items()},
        "share_of_peak": cell.operations / (ours * 1e-6) / (peak * 1e9),
        "memory_mib_a_member": memory,
        "runs_per_second_60_epochs": 1e6 / (ours * 60 * cell.steps),
        "asked": ASKED.get(cell),
    }


def _line(cell: Cell, row: dict[str, Any]) -> str:
    """ "   64 members:  62.0 µs, 41 % of the peak; Lightning 15.5 times as long (15.1 to 15.9)"."""
    ours = statistics.median(row["member_step_us"]["harness"])
    asked = dict(zip(("Lightning", "JAX"), row["asked"] or (), strict=False))
    said = [f"{cell.members:5} members: {ours:9,.1f} µs, {row['share_of_peak']:.0%} of the peak"]
    if row["memory_mib_a_member"] is not None:
        said[0] += f", {row['memory_mib_a_member']:.2f} MiB a member"
    for name, (low, middle, high) in row["ratios"].items():
        if name != "harness":
            wanted = f", asked {asked[name]:g}" if name in asked else ""
            said.append(f"{name} {middle:.2f} times ({low:.2f} to {high:.2f}{wanted})")
    return "; ".join(said)


def _jax_chunk(cell: Cell) -> tuple[int, float]:
    """Members at once that JAX took, and the seconds of compiling this one shape."""
    from tests.bench.with_jax import best_chunk

    return best_chunk(cell)


def ratio(theirs: Sequence[float], ours: Sequence[float]) -> tuple[float, float, float]:
    """Lowest, median and highest ratio over the turns."""
    found = [a / b for a, b in zip(theirs, ours, strict=True)]
    return min(found), statistics.median(found), max(found)


def _enough(run: Epochs, cell: Cell) -> int:
    """Epochs that fill the least time; this also warms up."""
    run(cell, 1)
    started = time.perf_counter()
    run(cell, 1)
    epoch_s = time.perf_counter() - started
    fewest = min(FEWEST, math.ceil(FEWEST * LEAST_S / epoch_s))
    return max(fewest, min(MOST, round(LEAST_S / epoch_s)))


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
