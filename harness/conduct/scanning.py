"""A study's learning-rate range test: one population of rates, trained for a few epochs."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from harness.conduct.outside import writing_to
from harness.conduct.preparing import REPORTS, Prepared
from harness.errors import InputError
from harness.findings import RateAdvice, RateScan, advise
from harness.judge import Ending, Run
from harness.study import KNOBS, Settings, Study, Trial, written


@dataclass(frozen=True, kw_only=True)
class RangeTest:
    """What a range test found.

    Args:
        scans: one for each optimizer that the study lists, or for each arm.
        advice: on each.
        page: the plot.
    """

    scans: tuple[RateScan, ...]
    advice: tuple[RateAdvice, ...]
    page: Path


def range_test(
    prepared: Prepared,
    *,
    low: float = 1e-5,
    high: float = 10.0,
    rates: int = 33,
    seeds: int = 3,
    epochs: int = 3,
    reports: Path = REPORTS,
) -> RangeTest:
    """Train the study's default settings, or its arms, at many learning rates; nothing is stored.

    Args:
        prepared: the study and its data.
        low, high: the smallest and the largest rate; others lie evenly between on a log scale.
        rates: how many.
        seeds: of each rate.
        epochs: of each network.
        reports: folder of the page.

    Raises:
        InputError: numbers that make no scan, or a page that cannot be written.
    """
    _check(low, high, rates=rates, seeds=seeds, epochs=epochs)
    ladder = np.geomspace(low, high, rates)
    scans = tuple(
        _scan(prepared, name, settings, ladder, seeds=seeds, epochs=epochs)
        for name, settings in scanned(prepared.study)
    )
    advice = tuple(advise(scan) for scan in scans)

    from harness.report import write_rates  # brings matplotlib

    with writing_to(reports):
        page = write_rates(prepared.study, scans, advice, reports)
    return RangeTest(scans=scans, advice=advice, page=page)


def scanned(study: Study) -> Iterator[tuple[str, Settings]]:
    """The settings whose rates are scanned, by name: arms, or the default by each optimizer."""
    if study.search is None:
        yield from ((arm.name, arm.settings) for arm in study.arms)
        return
    default = study.default_settings()
    listed = getattr(study.searched.get("optimizer"), "values", (default.optimizer,))
    yield from ((name, replace(default, optimizer=name)) for name in listed)


def _check(low: float, high: float, *, rates: int, seeds: int, epochs: int) -> None:
    faults: list[str] = []
    if not 0 < low < high:
        faults.append(f"--from must be above 0 and below --to ({high:g}), got {low:g}")
    for name, value, least in (("rates", rates, 3), ("seeds", seeds, 1), ("epochs", epochs, 1)):
        if value < least:
            faults.append(f"--{name} must be at least {least}, got {value}")
    if faults:
        raise InputError(*faults)


def _scan(
    prepared: Prepared,
    name: str,
    settings: Settings,
    ladder: np.ndarray,
    *,
    seeds: int,
    epochs: int,
) -> RateScan:
    from harness.training import Member, one_thread, plan, train  # brings torch

    study, dataset = prepared.study, prepared.dataset
    plain = replace(
        settings, epochs=epochs, schedule="constant", warmup=0.0, patience=KNOBS["patience"].default
    )
    trials = [
        Trial(number=n, settings=replace(plain, learning_rate=float(rate)), stage="search")
        for n, rate in enumerate(ladder)
    ]
    members = [Member(trial=trial, seed=seed) for trial in trials for seed in range(seeds)]
    runs: dict[tuple[int, int], Run] = {}
    with one_thread():
        for chunk in plan(members, dataset, study):
            runs |= {(run.trial.number, run.seed): run for run in train(chunk, dataset, study)}
    failed = [run for run in runs.values() if run.ending is Ending.FAILED]
    if failed and any(run.curves is None for run in failed):
        raise InputError(f"{name}: {failed[0].reason}")
    return _collected(name, ladder, runs, seeds=seeds, epochs=epochs)


def _collected(
    name: str, ladder: np.ndarray, runs: dict[tuple[int, int], Run], *, seeds: int, epochs: int
) -> RateScan:
    curves = [[runs[n, s].curves for s in range(seeds)] for n in range(len(ladder))]
    known = [[c for c in row if c is not None] for row in curves]
    validated = known[0][0].validated
    diverged = [sum(runs[n, s].ending is Ending.DIVERGED for s in range(seeds))
                for n in range(len(ladder))]  # fmt: skip

    def ends(part: str) -> np.ndarray:
        losses = [[getattr(c, part) for c in row] for row in known]
        return np.array([[max(x[0], x[-1]) if len(x) <= epochs else x[-1] for x in row]
                         for row in losses])  # fmt: skip

    part = "validation_loss" if validated else "train_loss"
    return RateScan(
        name=name,
        rates=ladder,
        train_loss=ends("train_loss"),
        validation_loss=ends("validation_loss") if validated else np.empty((0, 0)),
        diverged=np.array(diverged),
        start=float(np.mean([getattr(c, part)[0] for row in known for c in row])),
        loss_name=known[0][0].loss_name,
        epochs=epochs,
    )


def range_line(advice: RateAdvice) -> str:
    """The suggestion as a study file writes it."""
    low, high = float(f"{advice.low:.1g}"), float(f"{advice.high:.1g}")
    return f'learning_rate = {{ from = {written(low)}, to = {written(high)}, scale = "log" }}'
