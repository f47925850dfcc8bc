"""Bringing a store in order: what a kill left, what was moved, what is to be forgotten."""

import shutil
import sqlite3
import time

from harness.store.database import transaction
from harness.store.places import Places
from harness.store.reading import experiment_of


def mend_locations(connection: sqlite3.Connection, places: Places) -> None:
    """Point MLflow at the artifacts again after the folder was moved.

    MLflow keeps absolute addresses; with a wrong one its pages silently list no files.
    Experiments of others, with files elsewhere, stay as they are.
    """
    base = f"{places.artifacts_uri}/"
    ours = "artifact_location LIKE '%/artifacts/' || experiment_id"
    local = "(artifact_location LIKE 'file:%' OR artifact_location NOT LIKE '%:/%')"
    moved = f"{ours} AND {local} AND artifact_location != ? || experiment_id"
    found = f"SELECT experiment_id FROM experiments WHERE {moved}"
    experiments = connection.execute(found, (base,)).fetchall()
    if not experiments:
        return
    with transaction(connection):
        for (number,) in experiments:
            connection.execute(
                "UPDATE experiments SET artifact_location = ? || experiment_id"
                " WHERE experiment_id = ?",
                (base, number),
            )
            connection.execute(
                "UPDATE runs SET artifact_uri = ? || experiment_id || '/' || run_uuid"
                " || '/artifacts' WHERE experiment_id = ?",
                (base, number),
            )


def open_experiment(connection: sqlite3.Connection, places: Places, *, study: str) -> int:
    """The number of a study's experiment, made where it is missing.

    One that was deleted on MLflow's pages is forgotten for good and begun anew.
    """
    number = experiment_of(connection, study=study)
    if number is not None:
        return number
    deleted = "SELECT experiment_id FROM experiments WHERE name = ?"
    for (old,) in connection.execute(deleted, (study,)).fetchall():
        remove_experiment(connection, places, experiment=old)
    now = time.time_ns() // 1_000_000
    with transaction(connection):
        (number,) = connection.execute(
            "SELECT coalesce(max(experiment_id), 0) + 1 FROM experiments"
        ).fetchone()
        connection.execute(
            "INSERT INTO experiments (experiment_id, name, artifact_location, lifecycle_stage,"
            " creation_time, last_update_time, workspace)"
            " VALUES (?, ?, ?, 'active', ?, ?, 'default')",
            (number, study, f"{places.artifacts_uri}/{number}", now, now),
        )
        tags = {"harness.study": study, "mlflow.experimentKind": "custom_model_development"}
        connection.executemany(
            "INSERT INTO experiment_tags (experiment_id, key, value) VALUES (?, ?, ?)",
            [(number, key, value) for key, value in tags.items()],
        )
    return number


def remove_unfinished(connection: sqlite3.Connection, places: Places, *, experiment: int) -> None:
    """Remove what dead processes left: running runs, files without a run, temporary files.

    Only for the holder of the study's lock, for whom every other process is a dead one. Runs
    deleted on MLflow's pages go too.
    """
    query = "SELECT run_uuid, status, lifecycle_stage FROM runs WHERE experiment_id = ?"
    found = connection.execute(query, (experiment,)).fetchall()
    dead = [uuid for uuid, status, stage in found if status == "RUNNING" or stage == "deleted"]
    if dead:
        with transaction(connection):
            delete_runs(connection, dead)
    kept = {uuid for uuid, _, _ in found} - set(dead)
    folder = places.experiment(experiment)
    for run in folder.iterdir() if folder.is_dir() else ():
        if run.name not in kept:
            shutil.rmtree(run) if run.is_dir() else run.unlink()
    for left in folder.glob("*/artifacts/*.tmp"):
        left.unlink()


def delete_runs(connection: sqlite3.Connection, ids: list[str]) -> None:
    """Delete runs and every row of MLflow's tables that hangs on them."""
    for table, column in _referring(connection, "runs", "run_uuid"):
        statement = f"DELETE FROM {table} WHERE {column} = ?"
        connection.executemany(statement, [(uuid,) for uuid in ids])
    connection.executemany("DELETE FROM runs WHERE run_uuid = ?", [(uuid,) for uuid in ids])


def remove_experiment(connection: sqlite3.Connection, places: Places, *, experiment: int) -> int:
    """Remove an experiment with its runs and files; how many runs of ours it had."""
    rows = "SELECT run_uuid FROM runs WHERE experiment_id = ?"
    ours = (
        "SELECT count(*) FROM runs r JOIN tags t ON t.run_uuid = r.run_uuid"
        " WHERE r.experiment_id = ? AND t.key = 'kind' AND t.value = 'run'"
    )
    with transaction(connection):
        (count,) = connection.execute(ours, (experiment,)).fetchone()
        delete_runs(connection, [uuid for (uuid,) in connection.execute(rows, (experiment,))])
        for table, column in _referring(connection, "experiments", "experiment_id"):
            connection.execute(f"DELETE FROM {table} WHERE {column} = ?", (experiment,))
        connection.execute("DELETE FROM experiments WHERE experiment_id = ?", (experiment,))
    shutil.rmtree(places.experiment(experiment), ignore_errors=True)
    return count


def _referring(connection: sqlite3.Connection, table: str, key: str) -> list[tuple[str, str]]:
    # MLflow's pages can hang traces, models or datasets on a run or an experiment.
    query = (
        'SELECT m.name, f."from" FROM sqlite_master m, pragma_foreign_key_list(m.name) f'
        ' WHERE m.type = \'table\' AND f."table" = ? AND f."to" = ?'
    )
    return connection.execute(query, (table, key)).fetchall()
