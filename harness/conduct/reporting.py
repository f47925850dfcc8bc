"""From stored runs to pages: reports and comparisons."""

import json
import platform
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from harness.conduct.baselines import stored_baselines
from harness.conduct.outside import writing_to
from harness.conduct.preparing import REPORTS, STORE, Prepared, data_lines, typed_study
from harness.conduct.present import present_runs
from harness.conduct.showing import with_showing
from harness.conduct.typed import command_line
from harness.conduct.units import loss_units
from harness.errors import InputError
from harness.findings import Findings, compare, find
from harness.report import Provenance, write, write_comparison
from harness.store import Store, read_study


def report_page(prepared: Prepared, store: Store, findings: Findings, *, folder: Path) -> Path:
    """Write the HTML report and put it into the store beside the runs."""
    names = ("started", "finished", "runs_per_second", "device", "workers", "versions")
    kept = {name: store.fact(name, edition=prepared.edition) for name in names}
    facts = {name: value for name, value in kept.items() if value is not None}
    provenance = provenance_of(prepared, findings, facts)
    with writing_to(folder):
        (page,) = write(findings, provenance, folder, ["html"])
    store.attach(page, edition=prepared.edition)
    return page


def export(
    prepared: Prepared, *, formats: Sequence[str], store: Path = STORE, reports: Path = REPORTS
) -> tuple[Path, ...]:
    """Write a study's report from what is stored of it, also while it is running.

    Raises:
        InputError: nothing is stored of the study as it is now, or a format is unknown.
    """
    findings, provenance = stored_findings(prepared, store)
    with writing_to(reports):
        return write(findings, provenance, reports, formats)


def export_comparison(
    a: Prepared,
    b: Prepared,
    *,
    formats: Sequence[str],
    store: Path = STORE,
    reports: Path = REPORTS,
) -> tuple[Path, ...]:
    """Write two studies side by side on one page.

    Raises:
        InputError: nothing is stored of one of them, or they cannot be compared fairly.
    """
    if a.study.name == b.study.name:
        raise InputError(f"compare needs two different studies, got {a.study.name} twice")
    first, of_first = stored_findings(a, store)
    second, of_second = stored_findings(b, store)
    fingerprints = (a.dataset.fingerprint, b.dataset.fingerprint)
    comparison = compare(first, second, fingerprints=fingerprints)
    with writing_to(reports):
        return write_comparison(comparison, of_first, of_second, reports, formats)


def stored_findings(prepared: Prepared, store: Path) -> tuple[Findings, Provenance]:
    """What is stored of a study, judged as `conduct` judges it, and how it was obtained.

    Raises:
        InputError: nothing is stored of the study as it is now.
    """
    study = prepared.study
    editions = {one.edition: one for one in read_study(store, study=study.name)}
    stored = editions.get(prepared.edition)
    runs = () if stored is None else present_runs(study, stored.runs, facts=stored.facts)
    if stored is None or not runs:
        only = " as it is written now, only of an earlier wording" if editions else ""
        run = f"run it with: {command_line('study', typed_study(study))}"
        raise InputError(f"{study.name}: nothing is stored of it{only}; {run}")
    failed = present_runs(study, stored.failed, facts=stored.facts)
    baselines = stored_baselines(stored.facts, runs)
    findings = find(study, [*runs, *failed], baselines=baselines)
    findings = with_showing(prepared, findings)
    return findings, provenance_of(prepared, findings, stored.facts)


def provenance_of(prepared: Prepared, findings: Findings, facts: Mapping[str, str]) -> Provenance:
    """How the findings were obtained."""
    study, dataset = prepared.study, prepared.dataset
    split = study.data.split
    seeds = sorted({run.seed for run in findings.runs})
    versions = {"python": platform.python_version(), **json.loads(facts.get("versions", "{}"))}
    return Provenance(
        command=command_line("study", typed_study(study)),
        edition=prepared.edition,
        data=data_lines(prepared),
        units=loss_units(dataset, loss=study.training.loss),
        examples={
            "train": len(dataset.train),
            "validation": len(dataset.validation),
            "test": len(dataset.test),
        },
        split=(
            f"train {split.train:g}, validation {split.validation:g}, test {split.test:g},"
            f" from the study's seed {study.seed}"
        ),
        seeds=tuple(seeds),
        versions=versions,
        device=facts.get("device", "cpu"),
        workers=int(facts.get("workers", 1)),
        started=_moment(facts.get("started")),
        finished=_moment(facts.get("finished")),
        training_seconds=sum(run.seconds for run in findings.runs),
        runs_per_second=float(facts.get("runs_per_second", 0)),
    )


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
