"""A study's runs while it is conducted: what is stored, what is trained, what is judged."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Self

from harness.conduct.preparing import Prepared
from harness.conduct.present import unused_line
from harness.conduct.progress import Progress
from harness.curves import Baseline
from harness.errors import StoreError
from harness.judge import Kind, Run, judge_all
from harness.store import Store, library_versions
from harness.study import Trial

Key = tuple[str, int, int]
"""Stage, trial number and run seed."""


class Work:
    """One study held open while it is conducted.

    Args:
        prepared: the study and its data.
        store: its store, locked.
        progress: is told of every step.
        workers: processes asked for; None leaves it to the machine.

    `stored` holds the runs by key, judged against each other; `failed` those that raised this
    time; `trained` counts.
    """

    def __init__(
        self, prepared: Prepared, store: Store, progress: Progress, *, workers: int | None
    ) -> None:
        self.study = prepared.study
        self.dataset = prepared.dataset
        self.edition = prepared.edition
        self.network = prepared.network
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

    def notes(self) -> Iterator[str]:
        """What people should know before they wait for training, a line each."""
        yield from self.dataset.notes
        yield from self.network
        others = self.store.others(self.edition)
        if others:
            yield unused_line(others)

    def open_workers(self, total: int) -> "LateWorkers":
        """Workers for a study of `total` runs; they start with the first that is missing."""
        return LateWorkers(self, total)

    def train(self, trials: Sequence[Trial], seeds: int, workers: "LateWorkers") -> None:
        """Train and store what is missing of these trials with the run seeds below `seeds`."""
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
        # For now: the cheap models are learned, and all is judged again, when all is trained.
        judged = judge_all(self.stored.values(), thresholds=self.study.thresholds)
        self.stored = {_key(run): run for run in judged}
        self.store.write(
            [self.stored.get(key, run) for key, run in fresh.items()], edition=self.edition
        )
        self.trained += len(runs)
        self.progress.advance(done=len(self.stored) + len(self.failed), counts=_counts(judged))

    def present(self, trials: Sequence[Trial], *, seeds: int) -> tuple[Run, ...]:
        """The study's runs as it is now, under their arms' present names."""
        present = {(trial.stage, trial.number): trial for trial in trials}
        return tuple(
            replace(run, trial=present[stage, number])
            for (stage, number, seed), run in sorted(self.stored.items())
            if (stage, number) in present and seed < seeds
        )

    def judge(self, runs: Sequence[Run], *, baselines: Sequence[Baseline]) -> tuple[Run, ...]:
        """All of the study's runs judged anew, and stored so."""
        bounds = self.study.thresholds
        judged = judge_all(runs, thresholds=bounds, baselines=baselines)
        self.store.judge(judged, edition=self.edition)
        return judged

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


class LateWorkers:
    """Workers that start, and bring torch, when there is something to train."""

    def __init__(self, work: Work, total: int) -> None:
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
        progress = work.progress
        workers = start_workers(work.study, work.dataset, count=work.workers, tell=progress.say)
        work.where = {"device": workers.device, "workers": str(workers.count)}
        progress.begin(
            study=work.study.name, total=self._total, stored=len(work.stored), note=workers.note
        )
        self._stack.callback(progress.end)
        for line in work.notes():
            progress.say(line)
        return self._stack.enter_context(workers)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()


def _key(run: Run) -> Key:
    return (run.trial.stage, run.trial.number, run.seed)


def _counts(runs: Sequence[Run]) -> Mapping[Kind, int]:
    return Counter(run.verdict.kind for run in runs if run.verdict is not None)
