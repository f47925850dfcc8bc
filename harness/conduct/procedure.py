"""The procedure of a study: search or arms → judge all → findings → report.

Each step goes on from what the store holds: the search is asked and told again from the
beginning (replay), and only runs that are not stored are trained. So a study that was
interrupted, one that was extended by seeds or trials, and one that is done take the same way.
"""

import json
import math
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from harness.conduct.preparing import REPORTS, STORE, Prepared
from harness.conduct.present import written_settings
from harness.conduct.progress import Progress
from harness.conduct.reporting import report_page
from harness.errors import ReplayError, StoreError
from harness.findings import Findings, find
from harness.judge import Kind, Run, judge_all
from harness.search import Asker, check_replay
from harness.store import Store, library_versions
from harness.study import Settings, Trial

Key = tuple[str, int, int]
"""Stage, trial number and run seed."""
TOLD = "told"
"""The fact that holds the values told of trials with failed runs."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What `conduct` did.

    Args:
        findings: from all of the study's runs.
        trained: runs trained this time.
        report: the HTML page; None where nothing was stored.
        failed: runs that raised; the same command tries them again.
        seconds: this took.
    """

    findings: Findings
    trained: int
    report: Path | None
    failed: tuple[Run, ...]
    seconds: float


def conduct(
    prepared: Prepared,
    *,
    progress: Progress,
    workers: int | None = None,
    mix_versions: bool = False,
    store: Path = STORE,
    reports: Path = REPORTS,
) -> Outcome:
    """Do what is left of a study and report it.

    Args:
        prepared: the study and its data.
        progress: is told of every step.
        workers: processes; None means one per core, or this one where there is a GPU.
        mix_versions: go on from runs of other library versions.
        store, reports: folders.

    Raises:
        BusyError: another process conducts the study.
        StoreError: the store cannot be opened or written.
        ReplayError: the stored search is not the one that the study asks for.
        WorkerError: a worker died.
    """
    started = time.perf_counter()
    with Store.open(store, study=prepared.study.name) as opened:
        work = _Work(prepared, opened, progress, workers=workers)
        work.check_versions(mix=mix_versions)
        trials = work.search() if prepared.study.search is not None else work.arms()
        runs = work.judge(trials)
        findings = find(prepared.study, [*runs, *work.failed.values()])
        page = None
        if runs:
            work.keep_facts(time.perf_counter() - started)
            page = report_page(prepared, opened, findings, folder=reports)
        return Outcome(
            findings=findings,
            trained=work.trained,
            report=page,
            failed=tuple(work.failed.values()),
            seconds=time.perf_counter() - started,
        )


class _Work:
    """One study held open while it is conducted."""

    def __init__(
        self, prepared: Prepared, store: Store, progress: Progress, *, workers: int | None
    ) -> None:
        self.study = prepared.study
        self.dataset = prepared.dataset
        self.edition = prepared.edition
        self.store = store
        self.progress = progress
        self.stored = {_key(run): run for run in store.runs(self.edition)}
        self.failed: dict[Key, Run] = {}
        self.trained = 0
        self.workers = workers
        self.where: Mapping[str, str] = {}

    def check_versions(self, *, mix: bool) -> None:
        """Refuse to go on from runs of other library versions, unless told to."""
        before = self.store.fact("versions", edition=self.edition)
        now = library_versions()
        if before is None or not self.stored or mix:
            return
        then: Mapping[str, str] = json.loads(before)
        changed = [f"{n} {then.get(n)} then, {v} now" for n, v in now.items() if then.get(n) != v]
        if changed:
            raise StoreError(
                f"{self.study.name}: its runs were trained with other versions"
                f" ({'; '.join(changed)}); forget the study to start anew, or pass --mix-versions"
            )

    def search(self) -> tuple[Trial, ...]:
        """Ask, train and tell batch after batch; all trials of the search."""
        study, asker = self.study, Asker(self.study)
        assert study.search is not None
        objective_seeds = self._objective_seeds()
        seeds = max(study.training.seeds, objective_seeds)
        before = [*self.stored.values(), *self.store.failed(self.edition)]
        settings = {run.trial.number: run.trial.settings for run in before}
        last = max(settings, default=-1)
        trials: list[Trial] = []
        with self._open_workers(asker.total * seeds) as workers:
            while batch := asker.ask():
                self._check_replay(batch, settings)
                self._train(batch, seeds, workers)
                values = {
                    trial.number: self._objective(trial, study.search.objective, objective_seeds)
                    for trial in batch
                }
                asker.tell(self._as_told(values, went_on=last > batch[-1].number))
                trials.extend(batch)
        return tuple(trials)

    def _check_replay(self, batch: Sequence[Trial], stored: Mapping[int, Settings]) -> None:
        try:
            check_replay(batch, stored)
        except ReplayError as error:
            raise ReplayError(f"{self.study.name}: {error}") from None

    def _as_told(self, values: Mapping[int, float], *, went_on: bool) -> Mapping[int, float]:
        """A batch's values as the search knew them when it went on to the next batch.

        A failed run that succeeds at a later try changes its trial's value; trials that were
        asked since then must not change with it.
        """
        fact = self.store.fact(TOLD, edition=self.edition)
        kept: dict[str, float | None] = {} if fact is None else json.loads(fact)
        if went_on:
            known = {number: kept[str(number)] for number in values if str(number) in kept}
            return {**values, **{n: math.nan if v is None else v for n, v in known.items()}}
        now = {number: None if math.isnan(value) else value for number, value in values.items()}
        failed = {str(n): now[n] for _, n, _ in self.failed if n in now}
        others = {number: value for number, value in kept.items() if int(number) not in now}
        if kept != others | failed:
            self.store.set_fact(TOLD, json.dumps(others | failed), edition=self.edition)
        return values

    def _objective_seeds(self) -> int:
        """Seeds that steer the search: the edition's first, so that more never change it."""
        kept = self.store.fact("objective_seeds", edition=self.edition)
        if kept is None:
            kept = str(self.study.training.seeds)
            self.store.set_fact("objective_seeds", kept, edition=self.edition)
        return int(kept)

    def _objective(self, trial: Trial, quantity: str, seeds: int) -> float:
        keys = [(trial.stage, trial.number, seed) for seed in range(seeds)]
        values = [self.stored[key].objective(quantity) for key in keys if key in self.stored]
        return sum(values) / len(values) if values else float("nan")

    def arms(self) -> tuple[Trial, ...]:
        """Train every arm; a stored arm is known by its settings and keeps its number."""
        numbers = {
            written_settings(run.trial.settings): run.trial.number for run in self.stored.values()
        }
        fresh = max(numbers.values(), default=-1) + 1
        trials: list[Trial] = []
        for arm in self.study.arms:
            number = numbers.get(written_settings(arm.settings))
            if number is None:
                number, fresh = fresh, fresh + 1
                numbers[written_settings(arm.settings)] = number
            settings = arm.settings
            trials.append(Trial(number=number, settings=settings, stage="arms", name=arm.name))
        seeds = self.study.training.seeds
        with self._open_workers(len(trials) * seeds) as workers:
            self._train(trials, seeds, workers)
        return tuple(trials)

    def _train(self, trials: Sequence[Trial], seeds: int, workers: "_LateWorkers") -> None:
        missing = [
            (trial, seed)
            for trial in trials
            for seed in range(seeds)
            if (trial.stage, trial.number, seed) not in self.stored
        ]
        if missing:
            for runs in workers.train(missing):
                self._keep(runs)

    def _keep(self, runs: tuple[Run, ...]) -> None:
        fresh = {_key(run): run for run in runs}
        self.stored |= {key: run for key, run in fresh.items() if run.curves is not None}
        self.failed |= {key: run for key, run in fresh.items() if run.curves is None}
        judged = judge_all(self.stored.values(), thresholds=self.study.thresholds)
        self.stored = {_key(run): run for run in judged}
        self.store.write(
            [self.stored.get(key, run) for key, run in fresh.items()], edition=self.edition
        )
        self.trained += len(runs)
        self.progress.advance(done=len(self.stored) + len(self.failed), counts=_counts(judged))

    def judge(self, trials: Sequence[Trial]) -> tuple[Run, ...]:
        """All runs of the study as it is now, judged anew, under their arms' present names."""
        present = {(trial.stage, trial.number): trial for trial in trials}
        seeds = max(self.study.training.seeds, self._present_seeds())
        current = [
            replace(run, trial=present[stage, number])
            for (stage, number, seed), run in sorted(self.stored.items())
            if (stage, number) in present and seed < seeds
        ]
        judged = judge_all(current, thresholds=self.study.thresholds)
        self.store.judge(judged, edition=self.edition)
        return judged

    def _present_seeds(self) -> int:
        return self._objective_seeds() if self.study.search is not None else 0

    def keep_facts(self, seconds: float) -> None:
        """What the report says of how its runs were obtained, where any were trained."""
        if self.trained == 0:
            return
        now = datetime.now(UTC).isoformat(timespec="seconds")
        facts = {
            "finished": now,
            "runs_per_second": f"{self.trained / seconds:.3g}",
            **self.where,
        }
        if self.store.fact("started", edition=self.edition) is None:
            facts["started"] = now
        for name, value in facts.items():
            self.store.set_fact(name, value, edition=self.edition)
        self.store.describe(question=self.study.question, edition=self.edition)

    def _open_workers(self, total: int) -> "_LateWorkers":
        return _LateWorkers(self, total)


class _LateWorkers:
    """Workers that start, and bring torch, when there is something to train."""

    def __init__(self, work: _Work, total: int) -> None:
        self._work = work
        self._total = total
        self._stack = ExitStack()
        self._workers: Any = None

    def train(self, members: Sequence[tuple[Trial, int]]) -> Iterator[tuple[Run, ...]]:
        """The runs of each chunk as it is finished."""
        if self._workers is None:
            self._workers = self._start()
        yield from self._workers.train(members)

    def _start(self) -> Any:
        from harness.conduct.workers import start_workers

        work = self._work
        workers = start_workers(work.study, work.dataset, count=work.workers)
        work.where = {"device": workers.device, "workers": str(workers.count)}
        progress = work.progress
        progress.begin(
            study=work.study.name, total=self._total, stored=len(work.stored), note=workers.note
        )
        self._stack.callback(progress.end)
        return self._stack.enter_context(workers)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()


def _key(run: Run) -> Key:
    return (run.trial.stage, run.trial.number, run.seed)


def _counts(runs: Sequence[Run]) -> Mapping[Kind, int]:
    return Counter(run.verdict.kind for run in runs if run.verdict is not None)
