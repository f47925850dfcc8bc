"""A study's runs, held open for one process."""

import json
import shutil
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Self

from harness.judge import Ending, Run
from harness.store.cleaning import (
    delete_runs,
    mend_locations,
    open_experiment,
    remove_experiment,
    remove_unfinished,
)
from harness.store.database import BUSY_S, exists, open_database, plain_errors, transaction
from harness.store.files import replace_file, write_run
from harness.store.locks import study_lock
from harness.store.places import Places
from harness.store.reading import (
    FACT,
    Row,
    experiment_of,
    facts_in,
    failed_in,
    library_versions,
    rows_of,
    runs_in,
)
from harness.store.rows import (
    VERDICT_TAGS,
    latest,
    metrics,
    params,
    run_id,
    study_run_id,
    tags,
    verdict_tags,
)
from harness.store.view import VIEWS, runs_page, verdicts_page, view_key, view_tag

_READING = (
    "One row is one training run: a trial (its settings) with one seed. `verdict` says what its"
    " curves mean, `why` the figures that decided. The run named `study` holds the report."
)


class Store:
    """One study's runs in MLflow; made by `Store.open`, which holds the study's lock."""

    def __init__(
        self, connection: sqlite3.Connection, places: Places, *, study: str, experiment: int
    ) -> None:
        self._connection = connection
        self._places = places
        self._study = study
        self._experiment = experiment
        self._busy_s = BUSY_S

    @classmethod
    @contextmanager
    def open(cls, root: Path, *, study: str, busy_s: float = BUSY_S) -> Iterator[Self]:
        """The store of `study`, for this process alone; others' studies go on beside it.

        What a killed process left is removed, and a moved folder is mended.

        Args:
            root: the `mlruns` folder, made where it is missing.
            study: the study's name.
            busy_s: how long to wait for another process's transaction, in seconds.

        Raises:
            BusyError: another process has this study open.
            StoreError: the store cannot be written, or its file is something else.
        """
        places = Places(root)
        with ExitStack() as stack:
            with plain_errors(places, busy_s=busy_s):
                places.make()
                stack.enter_context(study_lock(places, study=study))
                connection = stack.enter_context(closing(open_database(places, busy_s=busy_s)))
                mend_locations(connection, places)
                experiment = open_experiment(connection, places, study=study)
                remove_unfinished(connection, places, experiment=experiment)
            store = cls(connection, places, study=study, experiment=experiment)
            store._busy_s = busy_s
            yield store

    def write(self, runs: Sequence[Run], *, edition: str) -> None:
        """Store runs, all of them or none.

        A run that failed before is replaced. First the files, each whole or not at all; then
        one transaction with all that MLflow shows.

        Args:
            runs: trained, judged or not.
            edition: the fingerprint of all that makes results.

        Raises:
            StoreError: a full disk or a locked database; nothing was stored.
            ValueError: a run is finished already.
        """
        named = {run_id(run, study=self._study, edition=edition): run for run in runs}
        if len(named) < len(runs):
            raise ValueError("runs must differ in trial, stage or seed")
        with plain_errors(self._places, busy_s=self._busy_s):
            before = self._status(list(named))
            finished = [named[uuid].name for uuid, status in before.items() if status == "FINISHED"]
            if finished:
                raise ValueError(f"already stored and finished: {', '.join(finished)}")
            try:
                for uuid, run in named.items():
                    write_run(self._places.parquet(self._experiment, uuid), run)
                with transaction(self._connection):
                    self._open_edition(edition)
                    delete_runs(self._connection, list(before))
                    for uuid, run in named.items():
                        self._insert(uuid, run, edition=edition)
                    self._save_view()
            except BaseException:
                for uuid in named.keys() - before.keys():
                    folder = self._places.run(self._experiment, uuid).parent
                    shutil.rmtree(folder, ignore_errors=True)
                raise

    def runs(self, edition: str) -> tuple[Run, ...]:
        """The finished runs (diverged ones too), with verdicts, by trial number and seed.

        Raises:
            StoreError: a file of theirs is missing.
        """
        with plain_errors(self._places, busy_s=self._busy_s):
            return runs_in(self._rows(), self._places, experiment=self._experiment, edition=edition)

    def failed(self, edition: str) -> tuple[Run, ...]:
        """The runs that raised, with their messages, by trial number and seed."""
        with plain_errors(self._places, busy_s=self._busy_s):
            return failed_in(
                self._rows(), self._places, experiment=self._experiment, edition=edition
            )

    def judge(self, runs: Sequence[Run], *, edition: str) -> None:
        """Keep the verdicts of stored runs; one transaction for those that changed.

        Raises:
            StoreError: a locked database; no verdict was changed.
            ValueError: a run is not stored.
        """
        with plain_errors(self._places, busy_s=self._busy_s):
            stored = {row.uuid: row.tags for row in self._rows()}
            changed: dict[str, Mapping[str, str]] = {}
            for run in runs:
                uuid = run_id(run, study=self._study, edition=edition)
                if uuid not in stored:
                    raise ValueError(f"not stored, so it cannot be judged: {run.name}")
                new = verdict_tags(run)
                if any(stored[uuid].get(key) != new.get(key) for key in VERDICT_TAGS):
                    changed[uuid] = new
            if changed:
                with transaction(self._connection):
                    self._retag(changed)

    def fact(self, name: str, *, edition: str) -> str | None:
        """What `set_fact` kept under `name`; None where nothing."""
        with plain_errors(self._places, busy_s=self._busy_s):
            return facts_in(self._rows(), edition=edition).get(name)

    def set_fact(self, name: str, value: str, *, edition: str) -> None:
        """Keep a fact of the whole edition, in place of an older one of that name."""
        with plain_errors(self._places, busy_s=self._busy_s), transaction(self._connection):
            self._set_tags(self._open_edition(edition), {f"{FACT}{name}": value})

    def attach(self, path: Path, *, edition: str) -> None:
        """Put a file, the report, where MLflow shows it: with the run named "study"."""
        with plain_errors(self._places, busy_s=self._busy_s):
            content = path.read_bytes()
            with transaction(self._connection):
                uuid = self._open_edition(edition)
            folder = self._places.run(self._experiment, uuid)
            folder.mkdir(parents=True, exist_ok=True)
            replace_file(folder / path.name, lambda file: file.write(content))

    def describe(self, *, question: str, edition: str) -> None:
        """Put the study's question, and how to read the page, above its runs in MLflow."""
        number = self._experiment
        report = study_run_id(study=self._study, edition=edition)
        links = (
            f"[verdicts and mean curves]({verdicts_page(number)})"
            f" · [every run]({runs_page(number)})"
            f" · [the report](#/experiments/{number}/runs/{report}/artifacts)"
        )
        note = f"**{question}**\n\n{links}\n\n{_READING}"
        with plain_errors(self._places, busy_s=self._busy_s), transaction(self._connection):
            self._set_experiment_tag("mlflow.note.content", note)

    def _set_experiment_tag(self, key: str, value: str) -> None:
        self._connection.execute(
            "INSERT OR REPLACE INTO experiment_tags (experiment_id, key, value) VALUES (?, ?, ?)",
            (self._experiment, key, value),
        )

    def _save_view(self) -> None:
        now_ms = time.time_ns() // 1_000_000
        knobs = self._connection.execute(
            "SELECT p.key FROM params p JOIN runs r ON r.run_uuid = p.run_uuid"
            " WHERE r.experiment_id = ? GROUP BY p.key HAVING count(DISTINCT p.value) > 1",
            (self._experiment,),
        ).fetchall()
        metrics = self._connection.execute(
            "SELECT DISTINCT m.key FROM latest_metrics m JOIN runs r ON r.run_uuid = m.run_uuid"
            " WHERE r.experiment_id = ?",
            (self._experiment,),
        ).fetchall()
        for view in VIEWS:
            tag = view_tag(
                view,
                knobs=[name for (name,) in knobs],
                metrics=[key for (key,) in metrics],
                now_ms=now_ms,
            )
            self._set_experiment_tag(view_key(view), tag)

    def _rows(self) -> list[Row]:
        return rows_of(self._connection, experiment=self._experiment)

    def _status(self, ids: list[str]) -> dict[str, str]:
        query = "SELECT run_uuid, status FROM runs WHERE run_uuid = ?"
        found = [self._connection.execute(query, (uuid,)).fetchone() for uuid in ids]
        return dict(row for row in found if row is not None)

    def _open_edition(self, edition: str) -> str:
        uuid = study_run_id(study=self._study, edition=edition)
        if not self._status([uuid]):
            now = time.time_ns() // 1_000_000
            self._insert_row(uuid, name="study", status="FINISHED", start_ms=now, end_ms=now)
            about = {
                "mlflow.runName": "study",
                "mlflow.note.content": "The study itself: its report lies under Artifacts.",
                "kind": "study",
                "edition": edition,
                f"{FACT}versions": json.dumps(library_versions()),
            }
            self._set_tags(uuid, about)
        return uuid

    def _insert(self, uuid: str, run: Run, *, edition: str) -> None:
        end_ms = time.time_ns() // 1_000_000
        start_ms = end_ms - round(run.seconds * 1000)
        status = "FAILED" if run.ending is Ending.FAILED else "FINISHED"
        self._insert_row(uuid, name=run.name, status=status, start_ms=start_ms, end_ms=end_ms)
        self._connection.executemany(
            "INSERT INTO params (key, value, run_uuid) VALUES (?, ?, ?)",
            [(key, value, uuid) for key, value in params(run).items()],
        )
        self._set_tags(uuid, tags(run, edition=edition))
        rows = metrics(run, start_ms=start_ms, end_ms=end_ms)
        for table, held in (("metrics", rows), ("latest_metrics", latest(rows))):
            self._connection.executemany(
                f"INSERT INTO {table} (key, value, timestamp, step, is_nan, run_uuid)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                [(*row, uuid) for row in held],
            )

    def _insert_row(self, uuid: str, *, name: str, status: str, start_ms: int, end_ms: int) -> None:
        uri = f"{self._places.artifacts_uri}/{self._experiment}/{uuid}/artifacts"
        self._connection.execute(
            "INSERT INTO runs (run_uuid, name, status, start_time, end_time, artifact_uri,"
            " experiment_id, source_type, source_name, entry_point_name, user_id,"
            " source_version, lifecycle_stage)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, 'LOCAL', 'harness', '', '', '', 'active')",
            (uuid, name, status, start_ms, end_ms, uri, self._experiment),
        )

    def _set_tags(self, uuid: str, values: Mapping[str, str]) -> None:
        self._connection.executemany(
            "INSERT OR REPLACE INTO tags (key, value, run_uuid) VALUES (?, ?, ?)",
            [(key, value, uuid) for key, value in values.items()],
        )

    def _retag(self, changed: Mapping[str, Mapping[str, str]]) -> None:
        for uuid, values in changed.items():
            gone = [(key, uuid) for key in VERDICT_TAGS if key not in values]
            self._connection.executemany("DELETE FROM tags WHERE key = ? AND run_uuid = ?", gone)
            self._set_tags(uuid, values)


def forget(root: Path, *, study: str) -> int:
    """Remove a study from the store with all its files; how many runs it had.

    Raises:
        BusyError: it is running.
        StoreError: the store cannot be written.
    """
    places = Places(root)
    if not exists(places):
        return 0
    with (
        plain_errors(places),
        study_lock(places, study=study),
        closing(open_database(places)) as connection,
    ):
        experiment = experiment_of(connection, study=study)
        if experiment is None:
            return 0
        return remove_experiment(connection, places, experiment=experiment)
