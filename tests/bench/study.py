"""The digits study's work by the harness, by an ordinary script and in JAX, in turns.

The first two do the same runs: settings that the digits study's search asks first, with every
seed and epoch, store included; the harness also judges and writes its report. Each turn is a
process of its own, and the fresh store is made by both. JAX, where it is installed, only trains
them, dealt to as many processes as there are cores, each with one thread. Gives seconds, ratios
and peak memory, and how long the answers take that train nothing.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from harness.search import Asker
from harness.study import Settings
from harness.study.files import read_study

KNOBS = ("units", "dropout", "optimizer", "learning_rate")


def bench_study(asked: argparse.Namespace) -> dict[str, Any]:
    """Measure and print.

    Args:
        asked: numbers of settings, seeds, epochs and turns.
    """
    settings = _settings(asked.settings)
    runs = asked.settings * asked.seeds
    print(f"{asked.settings} settings × {asked.seeds} seeds × {asked.epochs} epochs of the digits")
    print(f"study, {os.cpu_count()} cores; in turns, each a process of its own")
    turns = [_turn(settings, asked, number) for number in range(asked.turns)]
    rivals = [name for name in ("ordinary_s", "jax_s") if name in turns[0]]
    for name in ("harness_s", *rivals):
        seconds = [turn[name] for turn in turns]
        print(f"{name.removesuffix('_s'):10} {_spread(seconds)} s, {runs} runs")
    for name in rivals:
        ratios = [turn[name] / turn["harness_s"] for turn in turns]
        print(f"{name.removesuffix('_s')} / harness: {_spread(ratios)}")
    peak = max(turn["peak_mib"] for turn in turns)
    print(f"largest process of the harness: {peak:.0f} MiB")
    answers = {name: _answer_s(words) for name, words in _ANSWERS.items()}
    for name, seconds in answers.items():
        print(f"{name:24} {_spread(seconds)} s")
    return {"asked": vars(asked), "turns": turns, "answers_s": answers}


def _settings(count: int) -> list[Settings]:
    """What the search asks before it is told anything, so that nobody's results decide."""
    study = read_study(Path("studies/digits.toml"))
    assert study.search is not None
    search = replace(study.search, trials=count, batch=count)
    return [trial.settings for trial in Asker(replace(study, search=search)).ask()]


def _turn(settings: Sequence[Settings], asked: argparse.Namespace, number: int) -> dict[str, Any]:
    works: dict[str, Callable[[], dict[str, Any]]] = {
        "harness": lambda: _harness(settings, asked),
        "ordinary": lambda: _ordinary(settings, asked),
    }
    if find_spec("jax") is not None:
        works["jax"] = lambda: {"jax_s": _jax_s(settings, asked)}
    order = list(works)[:: 1 if number % 2 == 0 else -1]
    measured: dict[str, Any] = {}
    for name in order:
        measured |= works[name]()
    seconds = ", ".join(f"{name} {measured[f'{name}_s']:.1f} s" for name in works)
    print(f"  turn {number + 1}: {seconds}", flush=True)
    return measured


def _harness(settings: Sequence[Settings], asked: argparse.Namespace) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        studies = Path(folder, "studies")
        studies.mkdir()
        (studies / "bench.toml").write_text(_arms(settings, asked), encoding="utf-8")
        command = [sys.executable, "-m", "harness", "study", "bench"]
        seconds = _seconds(command, cwd=folder)
    peak_kib = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return {"harness_s": seconds, "peak_mib": peak_kib / 1024}


def _arms(settings: Sequence[Settings], asked: argparse.Namespace) -> str:
    lines = [
        'question = "How fast?"',
        '[data]\nsource = "digits"',
        f"[training]\nepochs = {asked.epochs}\nseeds = {asked.seeds}",
        "[knobs]\nlayers = 2\nbatch = 32",
        "[arms]",
    ]
    for number, one in enumerate(settings):
        knobs = ", ".join(f"{name} = {json.dumps(one.value(name))}" for name in KNOBS)
        lines.append(f"arm{number} = {{ {knobs} }}")
    return "\n".join(lines)


def _jax_s(settings: Sequence[Settings], asked: argparse.Namespace) -> float:
    tables, cores = _tables(settings), os.cpu_count() or 1
    threads = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
    started, workers = time.perf_counter(), []
    for core in range(cores):
        work = {"tables": tables[core::cores], "seeds": asked.seeds, "epochs": asked.epochs}
        command = [sys.executable, "-m", "tests.bench.jax_search", json.dumps(work)]
        workers.append(subprocess.Popen(command, env={**os.environ, "XLA_FLAGS": threads}))
    if any(worker.wait() for worker in workers):
        raise SystemExit("the search in JAX failed")
    return time.perf_counter() - started


def _ordinary(settings: Sequence[Settings], asked: argparse.Namespace) -> dict[str, Any]:
    code = (
        "import json, sys; from pathlib import Path; from tests.bench.ordinary import run_ordinary;"
        "a = json.loads(sys.argv[1]);"
        "run_ordinary(a['tables'], seeds=a['seeds'], epochs=a['epochs'], folder=Path(a['folder']))"
    )
    with tempfile.TemporaryDirectory() as folder:
        given = {
            "tables": _tables(settings),
            "seeds": asked.seeds,
            "epochs": asked.epochs,
            "folder": folder,
        }
        return {"ordinary_s": _seconds([sys.executable, "-c", code, json.dumps(given)], cwd=".")}


def _tables(settings: Sequence[Settings]) -> list[dict[str, Any]]:
    return [{name: one.value(name) for name in KNOBS} for one in settings]


_ANSWERS = {
    "--help": ["--help"],
    "plan digits": ["plan", "digits"],
    "a study file's fault": ["plan", "no-such-study"],
}


def _answer_s(words: Sequence[str]) -> list[float]:
    return [_seconds([sys.executable, "-m", "harness", *words], cwd=".") for _ in range(5)]


def _seconds(command: Sequence[str], *, cwd: str) -> float:
    quiet = {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"}
    paths = {"PYTHONPATH": str(Path.cwd())}
    started = time.perf_counter()
    subprocess.run(command, cwd=cwd, env={**os.environ, **quiet, **paths}, capture_output=True)
    return time.perf_counter() - started


def _spread(values: Sequence[float]) -> str:
    low, middle, high = min(values), statistics.median(values), max(values)
    return f"min {low:.2f}, median {middle:.2f}, max {high:.2f}"
