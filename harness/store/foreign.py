"""Runs of anybody's MLflow, read to be judged; verdicts written back as tags when asked.

Not our own store: any tracking URI. Nothing else is ever written there, and a study's tags, which
its own store keeps, are refused.
"""

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from mlflow import MlflowClient
from mlflow.entities import Experiment
from mlflow.entities import Run as MlflowRun

from harness.curves.logs import Columns, Log
from harness.curves.logs.series import Series, logs_of_series, may_be_read
from harness.errors import LogError, StoreError
from harness.judge import Ending, Run, Verdict
from harness.store.clients import client_of, local_root, mlflow_errors
from harness.store.reading import read_study
from harness.store.rows import confidence_words, run_id

FORMAT = "mlflow run"
OURS = "harness.study"
"""The tag of an experiment that is a study of ours."""
MOST_LISTED = 12
PAGE = 1000


@dataclass(frozen=True, kw_only=True)
class ForeignRun:
    """One MLflow run.

    Args:
        id: MLflow's.
        name: as its pages show it.
        logs: the trainings in it; nearly always one.
    """

    id: str
    name: str
    logs: tuple[Log, ...]


@dataclass(frozen=True, kw_only=True)
class ForeignExperiment:
    """The runs of an experiment that can be judged.

    Args:
        name: of the experiment.
        runs: at least one, the oldest first.
        left_out: a line for each other run, which says why.
    """

    name: str
    runs: tuple[ForeignRun, ...]
    left_out: tuple[str, ...]


def runs_of(uri: str, experiment: str, *, columns: Columns | None = None) -> ForeignExperiment:
    """The runs of an experiment as logs.

    A study of our own in a local store is read from its files: whole curves with their evidence.

    Args:
        uri: MLflow's tracking URI, or a folder or database file of MLflow's.
        experiment: its name, or its number.
        columns: which metrics to read, where their names do not tell.

    Raises:
        StoreError: there is no store at `uri`, or it has no such experiment or no runs in it.
        LogError: no run has a loss.
    """
    with mlflow_errors(uri):
        client = client_of(uri)
        found = _experiment(client, uri, experiment)
        root = local_root(uri)
        if OURS in found.tags and root is not None:
            return _study(root, found.name)
        return _read(client, uri, found, columns or Columns())


def write_verdicts(uri: str, verdicts: Mapping[str, Verdict]) -> None:
    """Give runs the tags verdict, fit, confidence and verdict.why; nothing else is touched.

    Args:
        uri: as for `runs_of`.
        verdicts: by the id of the run.

    Raises:
        StoreError: a run is a study's, whose tags are its own store's, or cannot be written.
    """
    with mlflow_errors(uri):
        client = client_of(uri)
        runs = [client.get_run(run) for run in verdicts]
        for number in dict.fromkeys(run.info.experiment_id for run in runs):
            found = client.get_experiment(number)
            if OURS in found.tags:
                raise StoreError(
                    f"{uri}: {found.name} is a study of the harness, which tags its runs itself;"
                    " run the study again to renew them"
                )
        for run, verdict in verdicts.items():
            for key, value in _tags(verdict).items():
                client.set_tag(run, key, value)


def _tags(verdict: Verdict) -> Mapping[str, str]:
    return {
        "verdict": verdict.kind.value,
        "fit": verdict.kind.fit.value,
        "confidence": confidence_words(verdict),
        "verdict.why": verdict.why,
    }


def _experiment(client: MlflowClient, uri: str, name: str) -> Experiment:
    found = client.get_experiment_by_name(name)
    if found is not None:
        return found
    known = {one.name: one for one in client.search_experiments()}
    numbered = {one.experiment_id: one for one in known.values()}
    if name in numbered:
        return numbered[name]
    near = difflib.get_close_matches(name, known, n=1)
    listed = ", ".join(list(known)[:MOST_LISTED]) or "none"
    hint = f"did you mean {near[0]}?" if near else f"it has {listed}"
    raise StoreError(f"{uri}: has no experiment {name}; {hint}")


def _read(
    client: MlflowClient, uri: str, experiment: Experiment, columns: Columns
) -> ForeignExperiment:
    runs: list[ForeignRun] = []
    left_out: list[str] = []
    for run in _all_runs(client, experiment):
        name = run.info.run_name or run.info.run_id
        source = f"mlflow: {experiment.name}/{name}"
        try:
            logs = _logs(client, run, columns, source=source)
        except LogError as error:
            left_out += error.faults
            continue
        runs.append(ForeignRun(id=run.info.run_id, name=name, logs=logs))
    return _gathered(uri, experiment.name, runs, left_out)


def _gathered(
    uri: str, name: str, runs: list[ForeignRun], left_out: list[str]
) -> ForeignExperiment:
    if not runs and not left_out:
        raise StoreError(f"{uri}: experiment {name} has no runs")
    if not runs:
        others = f"; nor can the other {len(left_out) - 1} be read" if len(left_out) > 1 else ""
        raise LogError(f"{left_out[0]}{others}")
    return ForeignExperiment(name=name, runs=tuple(runs), left_out=tuple(left_out))


def _all_runs(client: MlflowClient, experiment: Experiment) -> Iterator[MlflowRun]:
    token: str | None = None
    while True:
        page = client.search_runs(
            [experiment.experiment_id],
            max_results=PAGE,
            order_by=["attributes.start_time ASC"],
            page_token=token,
        )
        yield from page
        token = page.token
        if not token:
            return


def _logs(
    client: MlflowClient, run: MlflowRun, columns: Columns, *, source: str
) -> tuple[Log, ...]:
    measures: dict[str, Series] = {}
    for key in run.data.metrics:
        if may_be_read(key, columns):
            series = measures.setdefault(key, Series())
            for metric in client.get_metric_history(run.info.run_id, key):
                series.add(metric.timestamp, metric.step, metric.value)
    return logs_of_series(measures, columns, source=source, kind=FORMAT)


def _study(root: Path, study: str) -> ForeignExperiment:
    runs: list[ForeignRun] = []
    left_out: list[str] = []
    editions = read_study(root, study=study)
    for edition in editions:
        among = f" of edition {edition.edition[:8]}" if len(editions) > 1 else ""
        for run in (*edition.runs, *edition.failed):
            source = f"mlflow: {study}/{run.name}{among}"
            if run.curves is None:
                left_out.append(f"{source}: failed: {run.reason}")
                continue
            made = run_id(run, study=study, edition=edition.edition)
            runs.append(ForeignRun(id=made, name=run.name, logs=(_own_log(run, source),)))
    return _gathered(str(root), study, runs, left_out)


def _own_log(run: Run, source: str) -> Log:
    curves = run.curves
    assert curves is not None
    columns = {"epoch": "epoch", "train_loss": "loss/train"}
    if curves.validated:
        columns["validation_loss"] = "loss/validation"
    return Log(
        source=source,
        format="harness study",
        curves=curves,
        columns=columns,
        diverged=run.reason if run.ending is Ending.DIVERGED else "",
    )
