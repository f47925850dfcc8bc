"""The procedure of a study: search or arms → baselines → judge all → findings → report.

Each step goes on from what the store holds: the search is asked and told again from the
beginning (replay), and only runs that are not stored are trained. So a study that was
interrupted, one that was extended by seeds or trials, and one that is done take the same way.
"""

import time
from dataclasses import dataclass
from pathlib import Path

from harness.conduct.baselines import study_baselines
from harness.conduct.choosing import all_seeds, arms, search
from harness.conduct.preparing import REPORTS, STORE, Prepared
from harness.conduct.progress import Progress
from harness.conduct.reporting import report_page
from harness.conduct.showing import with_showing
from harness.conduct.work import Work
from harness.findings import Findings, find
from harness.judge import Run
from harness.store import Store


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
        work = Work(prepared, opened, progress, workers=workers)
        work.check_versions(mix=mix_versions)
        trials = arms(work) if prepared.study.search is None else search(work)
        present = work.present(trials, seeds=all_seeds(work))
        baselines = study_baselines(work, present)
        runs = work.judge(present, baselines=baselines)
        findings = find(prepared.study, [*runs, *work.failed.values()], baselines=baselines)
        findings = with_showing(prepared, findings)
        page = None
        if runs:
            work.keep_facts(time.perf_counter() - started)
            opened.describe(question=prepared.study.question, edition=prepared.edition)
            page = report_page(prepared, opened, findings, folder=reports)
        return Outcome(
            findings=findings,
            trained=work.trained,
            report=page,
            failed=tuple(work.failed.values()),
            seconds=time.perf_counter() - started,
        )
