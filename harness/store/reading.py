"""What is stored, read without a lock: a study may be running meanwhile."""

import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from harness.errors import StoreError
from harness.judge import Ending, Run, verdict_from_json
from harness.store.database import exists, open_database, plain_errors
from harness.store.files import read_member, read_run
from harness.store.places import Places
from harness.study import Trial

LIBRARIES = ("torch", "lightning", "optuna", "numpy", "mlflow")
FACT = "fact."


@dataclass(frozen=True, kw_only=True)
class StoredEdition:
    """All that is stored of one edition of a study.

    Args:
        study: the study's name.
        edition: the fingerprint of all that makes results.
        runs: the finished and the diverged ones with their verdicts, by trial and seed.
        failed: those that raised; the same command tries them again.
        facts: what `Store.set_fact` kept.
    """

    study: str
    edition: str
    runs: tuple[Run, ...]
    failed: tuple[Run, ...]
    facts: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Outline:
    """What an edition holds, without its curves.

    Args:
        members: trial and seed of every finished and diverged run.
        facts: what `Store.set_fact` kept.
        others: how many runs of the study's other editions are stored.
    """

    members: tuple[tuple[Trial, int], ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict[str, str])
    others: int = 0


@dataclass(frozen=True, kw_only=True)
class StudyCount:
    """A stored study at a glance.

    Args:
        study: its name.
        editions: how many different ways of making results it has seen.
        runs: finished and diverged runs of all editions.
        failed: runs that raised.
    """

    study: str
    editions: int
    runs: int
    failed: int


@dataclass(frozen=True, kw_only=True)
class Row:
    """One MLflow run as its tables hold it."""

    uuid: str
    status: str
    tags: Mapping[str, str]


def read_study(root: Path, *, study: str) -> tuple[StoredEdition, ...]:
    """Every edition of a study, oldest first; empty where nothing is stored.

    Args:
        root: the `mlruns` folder.
        study: its name.

    Raises:
        StoreError: the store cannot be read.
    """
    places = Places(root)
    if not exists(places):
        return ()
    with plain_errors(places), closing(open_database(places)) as connection:
        experiment = experiment_of(connection, study=study)
        if experiment is None:
            return ()
        rows = rows_of(connection, experiment=experiment)
        editions = dict.fromkeys(row.tags["edition"] for row in rows)
        return tuple(
            StoredEdition(
                study=study,
                edition=edition,
                runs=runs_in(rows, places, experiment=experiment, edition=edition),
                failed=failed_in(rows, places, experiment=experiment, edition=edition),
                facts=facts_in(rows, edition=edition),
            )
            for edition in editions
        )


def read_outline(root: Path, *, study: str, edition: str) -> Outline:
    """What is stored of an edition, quickly; empty where nothing is.

    Raises:
        StoreError: the store cannot be read.
    """
    places = Places(root)
    if not exists(places):
        return Outline()
    with plain_errors(places), closing(open_database(places)) as connection:
        experiment = experiment_of(connection, study=study)
        if experiment is None:
            return Outline()
        rows = rows_of(connection, experiment=experiment)
        chosen = _chosen(rows, edition=edition, status="FINISHED")
        return Outline(
            members=tuple(read_member(_file(row, places, experiment)) for row in chosen),
            facts=facts_in(rows, edition=edition),
            others=others_in(rows, edition=edition),
        )


def studies(root: Path) -> tuple[StudyCount, ...]:
    """The stored studies by name.

    Raises:
        StoreError: the store cannot be read.
    """
    places = Places(root)
    if not exists(places):
        return ()
    with plain_errors(places), closing(open_database(places)) as connection:
        found = connection.execute(
            "SELECT e.name, e.experiment_id FROM experiments e JOIN experiment_tags t"
            " ON t.experiment_id = e.experiment_id AND t.key = 'harness.study' ORDER BY e.name"
        ).fetchall()
        return tuple(
            _counted(name, rows_of(connection, experiment=number)) for name, number in found
        )


def library_versions() -> dict[str, str]:
    """The versions of the libraries that results come from, as they are installed here."""
    found: dict[str, str] = {}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def experiment_of(connection: sqlite3.Connection, *, study: str) -> int | None:
    """MLflow's number of a study's experiment."""
    query = "SELECT experiment_id FROM experiments WHERE name = ? AND lifecycle_stage = 'active'"
    found = connection.execute(query, (study,)).fetchone()
    return None if found is None else found[0]


def rows_of(connection: sqlite3.Connection, *, experiment: int) -> list[Row]:
    """Our runs of an experiment in the order they were stored, whatever their status."""
    query = (
        "SELECT r.run_uuid, r.status, json_group_object(t.key, t.value)"
        " FROM runs r JOIN tags t ON t.run_uuid = r.run_uuid"
        " WHERE r.experiment_id = ? AND r.lifecycle_stage = 'active'"
        " GROUP BY r.run_uuid ORDER BY r.rowid"
    )
    found = connection.execute(query, (experiment,)).fetchall()
    rows = [Row(uuid=uuid, status=status, tags=json.loads(tags)) for uuid, status, tags in found]
    return [row for row in rows if "edition" in row.tags and "kind" in row.tags]


def runs_in(rows: list[Row], places: Places, *, experiment: int, edition: str) -> tuple[Run, ...]:
    """The finished runs among the rows, with their verdicts, by trial and seed."""
    return _read(rows, places, experiment=experiment, edition=edition, status="FINISHED")


def failed_in(rows: list[Row], places: Places, *, experiment: int, edition: str) -> tuple[Run, ...]:
    """The failed runs among the rows, by trial and seed."""
    found = _read(rows, places, experiment=experiment, edition=edition, status="FAILED")
    # A kill between the file and the row of its second try leaves the newer file.
    return tuple(run for run in found if run.ending is Ending.FAILED)


def facts_in(rows: list[Row], *, edition: str) -> dict[str, str]:
    """The facts among the rows."""
    held = [row for row in rows if row.tags["kind"] == "study" and row.tags["edition"] == edition]
    tags = held[0].tags if held else {}
    return {key.removeprefix(FACT): value for key, value in tags.items() if key.startswith(FACT)}


def others_in(rows: list[Row], *, edition: str) -> int:
    """How many finished runs among the rows are of other editions."""
    runs = [row for row in rows if row.tags["kind"] == "run" and row.status == "FINISHED"]
    return sum(row.tags["edition"] != edition for row in runs)


def _read(
    rows: list[Row], places: Places, *, experiment: int, edition: str, status: str
) -> tuple[Run, ...]:
    chosen = _chosen(rows, edition=edition, status=status)
    runs = [_run(row, _file(row, places, experiment)) for row in chosen]
    return tuple(sorted(runs, key=lambda run: (run.trial.number, run.seed, run.trial.stage)))


def _chosen(rows: list[Row], *, edition: str, status: str) -> list[Row]:
    return [
        row
        for row in rows
        if row.status == status and row.tags["edition"] == edition and row.tags["kind"] == "run"
    ]


def _file(row: Row, places: Places, experiment: int) -> Path:
    path = places.parquet(experiment, row.uuid)
    if not path.is_file():
        lost = f"{path}: is missing, so run {row.tags['mlflow.runName']} cannot be read"
        raise StoreError(f"{lost}; put it back, or forget the study and run it again")
    return path


def _run(row: Row, path: Path) -> Run:
    verdict = row.tags.get("verdict_json")
    return read_run(path).judged(
        None if verdict is None else verdict_from_json(json.loads(verdict))
    )


def _counted(study: str, rows: list[Row]) -> StudyCount:
    runs = [row for row in rows if row.tags["kind"] == "run"]
    return StudyCount(
        study=study,
        editions=len({row.tags["edition"] for row in rows}),
        runs=sum(row.status == "FINISHED" for row in runs),
        failed=sum(row.status == "FAILED" for row in runs),
    )
