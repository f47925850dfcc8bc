"""The digits study's work by the harness and by an ordinary script, in turns.

Both do the same runs: settings that the digits study's search asks first, with every seed and
epoch, store included; the harness also judges and writes its report. Each turn is a process
of its own, and the fresh store is made by both. Gives seconds, ratios and peak memory, and
how long the answers take that train nothing.
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
    for name in ("harness_s", "ordinary_s"):
        seconds = [turn[name] for turn in turns]
        print(f"{name.removesuffix('_s'):10} {_spread(seconds)} s, {runs} runs")
    ratios = [turn["ordinary_s"] / turn["harness_s"] for turn in turns]
    print(f"ratio      {_spread(ratios)}")
    peak = max(turn["peak_mib"] for turn in turns)
    print(f"largest process of the harness: {peak:.0f} MiB")
    answers = {name: _answer_s(words) for name, words in _ANSWERS.items()}
    for name, seconds in answers.items():
        print(f"{name:24} {_spread(seconds)} s")
    return {"asked": vars(asked), "turns": turns, "answers_s": answers}


def _settings(count: int) -> list[Settings]:
    asker = Asker(read_study(Path("studies/digits.toml")))
    trials = asker.ask()
    if count > len(trials):
        raise SystemExit(f"--settings must be at most {len(trials)}, got {count}")
    return [trial.settings for trial in trials[:count]]


def _turn(settings: Sequence[Settings], asked: argparse.Namespace, number: int) -> dict[str, Any]:
    works: dict[str, Callable[[], dict[str, Any]]] = {
        "harness": lambda: _harness(settings, asked),
        "ordinary": lambda: _ordinary(settings, asked),
    }
    order = list(works)[:: 1 if number % 2 == 0 else -1]
    measured: dict[str, Any] = {}
    for name in order:
        measured |= works[name]()
    print(f"  turn {number + 1}: {measured['harness_s']:.1f} s, {measured['ordinary_s']:.1f} s")
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


def _ordinary(settings: Sequence[Settings], asked: argparse.Namespace) -> dict[str, Any]:
    tables = [{name: one.value(name) for name in KNOBS} for one in settings]
    code = (
        "import json, sys; from pathlib import Path; from tests.bench.ordinary import run_ordinary;"
        "a = json.loads(sys.argv[1]);"
        "run_ordinary(a['tables'], seeds=a['seeds'], epochs=a['epochs'], folder=Path(a['folder']))"
    )
    with tempfile.TemporaryDirectory() as folder:
        given = {"tables": tables, "seeds": asked.seeds, "epochs": asked.epochs, "folder": folder}
        return {"ordinary_s": _seconds([sys.executable, "-c", code, json.dumps(given)], cwd=".")}


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
