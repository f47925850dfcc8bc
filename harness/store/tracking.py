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
from harness.store.view import VIEWS, loss_page, state_of, view_key, view_tag


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


def page_tags(
    connection: sqlite3.Connection, *, experiment: int, edition: str
) -> Mapping[str, str]:
    """The tags of the saved views that must change, in step with the runs of an edition.

    The views show the knobs that differ between its runs and the metrics that it has.
    """
    ours = (
        "SELECT t.run_uuid FROM tags t JOIN runs r ON r.run_uuid = t.run_uuid"
        " WHERE r.experiment_id = ? AND r.status = 'FINISHED' AND t.key = 'edition' AND t.value = ?"
    )
    knobs = connection.execute(
        f"SELECT key FROM params WHERE run_uuid IN ({ours})"
        " GROUP BY key HAVING count(DISTINCT value) > 1",
        (experiment, edition),
    ).fetchall()
    shown = connection.execute(
        f"SELECT DISTINCT key FROM latest_metrics WHERE run_uuid IN ({ours}) ORDER BY key",
        (experiment, edition),
    ).fetchall()
    names = {"knobs": [key for (key,) in knobs], "metrics": [key for (key,) in shown]}
    now_ms = _now_ms()
    made = {view_key(v): view_tag(v, edition=edition, now_ms=now_ms, **names) for v in VIEWS}
    kept = experiment_tags(connection, experiment=experiment)
    return {key: tag for key, tag in made.items() if state_of(tag) != state_of(kept.get(key))}


def experiment_tags(connection: sqlite3.Connection, *, experiment: int) -> Mapping[str, str]:
    """The tags of a study's experiment."""
    query = "SELECT key, value FROM experiment_tags WHERE experiment_id = ?"
    return dict(connection.execute(query, (experiment,)).fetchall())


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
