"""Writing MLflow's rows; each function inside a transaction of the caller's.

MLflow's own client takes 60 to 130 ms for a run of 200 epochs, a bulk insert 5.
"""

import json
import sqlite3
import time
from collections.abc import Mapping
from dataclasses import dataclass

from harness.judge import Ending, Run
from harness.store.reading import FACT, library_versions
from harness.store.rows import VERDICT_TAGS, latest, metrics, params, tags
from harness.store.view import VIEWS, loss_page, view_key, view_tag


@dataclass(frozen=True, kw_only=True)
class Folder:
    """Where MLflow is told that a study's files lie.

    Args:
        experiment: MLflow's number of the study.
        uri: the address of its folder.
    """

    experiment: int
    uri: str


def insert_run(
    connection: sqlite3.Connection, uuid: str, run: Run, *, edition: str, folder: Folder
) -> None:
    """A run with its params, tags and metrics, finished (or failed) from the start."""
    end_ms = _now_ms()
    start_ms = end_ms - round(run.seconds * 1000)
    status = "FAILED" if run.ending is Ending.FAILED else "FINISHED"
    _insert(connection, uuid, run.name, status, span=(start_ms, end_ms), folder=folder)
    connection.executemany(
        "INSERT INTO params (key, value, run_uuid) VALUES (?, ?, ?)",
        [(key, value, uuid) for key, value in params(run).items()],
    )
    chart = loss_page(folder.experiment, uuid)
    set_tags(connection, uuid, tags(run, edition=edition, chart=chart))
    rows = metrics(run, start_ms=start_ms, end_ms=end_ms)
    for table, held in (("metrics", rows), ("latest_metrics", latest(rows))):
        connection.executemany(
            f"INSERT INTO {table} (key, value, timestamp, step, is_nan, run_uuid)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            [(*row, uuid) for row in held],
        )


def insert_edition(
    connection: sqlite3.Connection, uuid: str, *, edition: str, folder: Folder
) -> None:
    """The MLflow run named "study", which holds an edition's facts and report."""
    now_ms = _now_ms()
    _insert(connection, uuid, "study", "FINISHED", span=(now_ms, now_ms), folder=folder)
    about = {
        "mlflow.runName": "study",
        "mlflow.note.content": "The study itself: its report lies under **Artifacts**.",
        "kind": "study",
        "edition": edition,
        f"{FACT}versions": json.dumps(library_versions()),
    }
    set_tags(connection, uuid, about)


def set_tags(connection: sqlite3.Connection, uuid: str, values: Mapping[str, str]) -> None:
    """Give a run tags, in place of older ones of the same names."""
    connection.executemany(
        "INSERT OR REPLACE INTO tags (key, value, run_uuid) VALUES (?, ?, ?)",
        [(key, value, uuid) for key, value in values.items()],
    )


def replace_verdict(connection: sqlite3.Connection, uuid: str, values: Mapping[str, str]) -> None:
    """Give a run the tags of a new verdict; those it lacks are removed."""
    gone = [(key, uuid) for key in VERDICT_TAGS if key not in values]
    connection.executemany("DELETE FROM tags WHERE key = ? AND run_uuid = ?", gone)
    set_tags(connection, uuid, values)


def set_experiment_tags(
    connection: sqlite3.Connection, values: Mapping[str, str], *, experiment: int
) -> None:
    """Give a study's experiment tags, in place of older ones of the same names."""
    connection.executemany(
        "INSERT OR REPLACE INTO experiment_tags (experiment_id, key, value) VALUES (?, ?, ?)",
        [(experiment, key, value) for key, value in values.items()],
    )


def save_views(connection: sqlite3.Connection, *, experiment: int) -> None:
    """Keep the saved views in step with the knobs that differ and the metrics there are."""
    knobs = connection.execute(
        "SELECT p.key FROM params p JOIN runs r ON r.run_uuid = p.run_uuid"
        " WHERE r.experiment_id = ? AND r.status = 'FINISHED'"
        " GROUP BY p.key HAVING count(DISTINCT p.value) > 1",
        (experiment,),
    ).fetchall()
    shown = connection.execute(
        "SELECT DISTINCT m.key FROM latest_metrics m JOIN runs r ON r.run_uuid = m.run_uuid"
        " WHERE r.experiment_id = ?",
        (experiment,),
    ).fetchall()
    views = {
        view_key(view): view_tag(
            view,
            knobs=[key for (key,) in knobs],
            metrics=[key for (key,) in shown],
            now_ms=_now_ms(),
        )
        for view in VIEWS
    }
    set_experiment_tags(connection, views, experiment=experiment)


def _insert(
    connection: sqlite3.Connection,
    uuid: str,
    name: str,
    status: str,
    *,
    span: tuple[int, int],
    folder: Folder,
) -> None:
    connection.execute(
        "INSERT INTO runs (run_uuid, name, status, start_time, end_time, artifact_uri,"
        " experiment_id, source_type, source_name, entry_point_name, user_id,"
        " source_version, lifecycle_stage)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, 'LOCAL', 'harness', '', '', '', 'active')",
        (uuid, name, status, *span, f"{folder.uri}/{uuid}/artifacts", folder.experiment),
    )


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
