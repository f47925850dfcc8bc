"""What a person, or a program, reads of somebody's training logs."""

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from rich.markup import escape

from harness.cli.terminal import console, say
from harness.curves.logs import Columns, Log, read_logs
from harness.errors import LogError, raise_all
from harness.judge import Fit, Kind, Verdict, how_sure, judge_log

STYLES = {
    Fit.OVERFIT: "red",
    Fit.UNDERFIT: "blue",
    Fit.FITS: "green",
    Fit.UNCLEAR: "yellow",
}
_ROLES = {
    "train_loss": "training loss",
    "validation_loss": "validation loss",
    "epoch": "epoch",
    "train_score": "training score",
    "validation_score": "validation score",
}


def judge_paths(paths: Sequence[Path], *, columns: Columns, as_json: bool) -> None:
    """Judge every run in these logs; those that cannot be read are named at the end.

    Raises:
        LogError: a line for each log that could not be read.
    """
    faults: list[str] = []
    for path in paths:
        try:
            logs = read_logs(path, columns=columns)
        except LogError as error:
            faults += error.faults
            continue
        show_logs(logs, as_json=as_json)
    raise_all(LogError, faults)


def judge_mlflow(
    uri: str, experiment: str, *, columns: Columns, as_json: bool, write_tags: bool
) -> None:
    """Judge the runs of an MLflow experiment; those without a loss are named on standard error.

    Raises:
        InputError: there is no such experiment, or nothing in it can be judged or tagged.
    """
    from harness.store.foreign import runs_of, write_verdicts

    found = runs_of(uri, experiment, columns=columns)
    for run in found.runs:
        show_logs(run.logs, as_json=as_json)
    for line in found.left_out:
        click.echo(f"left out: {line}", err=True)
    if write_tags:
        # Of several trainings in one run the last is what became of it.
        write_verdicts(uri, {run.id: judge_log(run.logs[-1]) for run in found.runs})
        click.echo(f"tagged {len(found.runs)} runs of {found.name}", err=True)


def show_logs(logs: Sequence[Log], *, as_json: bool) -> None:
    """The verdict of each: a JSON object a line, or lines for people."""
    for log in logs:
        verdict = judge_log(log)
        if as_json:
            say(json.dumps(as_object(log, verdict), ensure_ascii=False))
        else:
            _show(log, verdict)


def as_object(log: Log, verdict: Verdict) -> dict[str, Any]:
    """One flat JSON object: where it comes from, what was read, and the verdict's own fields."""
    content = {
        "source": log.source,
        "format": log.format,
        "columns": dict(log.columns),
        "epochs": len(log.curves.epochs),
        "notes": list(log.notes),
        "fit": verdict.kind.fit.value,
        **verdict.to_json(),
    }
    return {name: _finite(value) for name, value in content.items()}


def _finite(value: Any) -> Any:
    """JSON knows no NaN and no infinity: null in their place."""
    if isinstance(value, dict):
        return {name: _finite(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_finite(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _show(log: Log, verdict: Verdict) -> None:
    rows = len(log.curves.epochs)
    many = f"{rows} epoch" if rows == 1 else f"{rows} epochs"
    say(f"{log.source}  ({log.format}, {many})")
    style = STYLES[verdict.kind.fit]
    console.print(f"  [bold {style}]{escape(verdict.kind.words)}[/]{_confidence(verdict)}")
    say(f"  {verdict.why}")
    for line in _beside(verdict):
        say(f"  {line}")
    read = (f"{_ROLES[role]} = {name}" for role, name in log.columns.items())
    say(f"  read: {', '.join(read)}")
    for note in log.notes:
        say(f"  note: {note}")
    say(f"  what it means and what to try: python -m harness explain {verdict.kind.value}")
    say()


def _beside(verdict: Verdict) -> list[str]:
    found = [] if verdict.disagreement is None else [verdict.disagreement]
    stop = verdict.stop_at
    if stop is not None and verdict.kind.fit is Fit.OVERFIT:
        around = f"; the curve does not tell {stop.low:g} to {stop.high:g} apart"
        near = around if stop.low < stop.high else ""
        found.append(f"best stopped at epoch {stop.epoch:g}{near}")
    if verdict.decide_by:
        found.append(f"what would decide: {verdict.decide_by}")
    return found


def _confidence(verdict: Verdict) -> str:
    if verdict.kind is Kind.UNCLEAR:
        return ""  # the line why names the kinds that it may be, and how likely each is
    rough = "" if verdict.calibrated else ", roughly"
    return f", confidence {how_sure(verdict.confidence)}{rough}"
