"""A study's runs, held open for one process."""

import shutil
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Self

from harness.judge import Run
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
    others_in,
    rows_of,
    runs_in,
)
from harness.store.rows import VERDICT_TAGS, run_id, study_run_id, verdict_tags
from harness.store.tracking import (
    Folder,
    experiment_tags,
    insert_edition,
    insert_run,
    page_tags,
    replace_verdict,
    set_experiment_tags,
    set_tags,
)
from harness.store.view import loss_page, runs_page, verdicts_page

_READING = (
    "One row is one training run: a trial (its settings) with one seed. `verdict` says what its"
    " curves mean, `why` the figures that decided. The run named `study` holds the report."
)
_OTHERS = (
    "{runs} runs of other editions (the study's file before or after a change) are stored here"
    " too; both views leave them out.\n\n"
)
_NOTE = "mlflow.note.content"


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
                    self._edition_run(edition)
                    delete_runs(self._connection, list(before))
                    for uuid, run in named.items():
                        insert_run(
                            self._connection, uuid, run, edition=edition, folder=self._folder
                        )
                    self._set(self._stale_views(edition))
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
                new = verdict_tags(run, chart=loss_page(self._experiment, uuid))
                if any(stored[uuid].get(key) != new.get(key) for key in VERDICT_TAGS):
                    changed[uuid] = new
            if changed:
                with transaction(self._connection):
                    for uuid, new in changed.items():
                        replace_verdict(self._connection, uuid, new)

    def fact(self, name: str, *, edition: str) -> str | None:
        """What `set_fact` kept under `name`; None where nothing."""
        with plain_errors(self._places, busy_s=self._busy_s):
            return facts_in(self._rows(), edition=edition).get(name)

    def set_fact(self, name: str, value: str, *, edition: str) -> None:
        """Keep a fact of the whole edition, in place of an older one of that name."""
        with plain_errors(self._places, busy_s=self._busy_s), transaction(self._connection):
            uuid = self._edition_run(edition)
            set_tags(self._connection, uuid, {f"{FACT}{name}": value})

    def attach(self, path: Path, *, edition: str) -> None:
        """Put a file, the report, where MLflow shows it: with the run named "study"."""
        with plain_errors(self._places, busy_s=self._busy_s):
            content = path.read_bytes()
            with transaction(self._connection):
                uuid = self._edition_run(edition)
            there = self._places.run(self._experiment, uuid) / path.name
            if not there.is_file() or there.read_bytes() != content:
                there.parent.mkdir(parents=True, exist_ok=True)
                replace_file(there, lambda file: file.write(content))

    def others(self, edition: str) -> int:
        """How many runs of the study's other editions are stored."""
        with plain_errors(self._places, busy_s=self._busy_s):
            return others_in(self._rows(), edition=edition)

    def describe(self, *, question: str, edition: str) -> None:
        """Let MLflow's page show this edition: its saved views, the question, how to read it.

        Writes nothing where the page shows it already.
        """
        number = self._experiment
        report = study_run_id(study=self._study, edition=edition)
        links = (
            f"[verdicts and mean curves]({verdicts_page(number)})"
            f" · [every run]({runs_page(number)})"
            f" · [the report](#/experiments/{number}/runs/{report}/artifacts/report.html)"
        )
        others = self.others(edition)
        apart = _OTHERS.format(runs=others) if others else ""
        note = f"**{question}**\n\n{links}\n\n{apart}{_READING}"
        with plain_errors(self._places, busy_s=self._busy_s):
            kept = experiment_tags(self._connection, experiment=self._experiment)
            fresh = {**self._stale_views(edition), _NOTE: note}
            if {**kept, **fresh} != kept:
                with transaction(self._connection):
                    self._set(fresh)

    def _rows(self) -> list[Row]:
        return rows_of(self._connection, experiment=self._experiment)

    def _stale_views(self, edition: str) -> Mapping[str, str]:
        return page_tags(self._connection, experiment=self._experiment, edition=edition)

    def _set(self, tags: Mapping[str, str]) -> None:
        set_experiment_tags(self._connection, tags, experiment=self._experiment)

    def _status(self, ids: list[str]) -> dict[str, str]:
        query = "SELECT run_uuid, status FROM runs WHERE run_uuid = ?"
        found = [self._connection.execute(query, (uuid,)).fetchone() for uuid in ids]
        return dict(row for row in found if row is not None)

    def _edition_run(self, edition: str) -> str:
        uuid = study_run_id(study=self._study, edition=edition)
        if not self._status([uuid]):
            insert_edition(self._connection, uuid, edition=edition, folder=self._folder)
        return uuid

    @property
    def _folder(self) -> Folder:
        uri = f"{self._places.artifacts_uri}/{self._experiment}"
        return Folder(experiment=self._experiment, uri=uri)


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
