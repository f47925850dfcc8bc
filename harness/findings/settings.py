"""Settings over their seeds, and the ones worth looking at first."""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np

from harness.findings.intervals import interval
from harness.findings.records import Interval, SettingFinding
from harness.findings.scores import further_scores
from harness.judge import Ending, Fit, Kind, Levels, Run, agree, run_level
from harness.study import Settings


def setting_findings(runs: Iterable[Run], *, levels: Levels) -> tuple[SettingFinding, ...]:
    """One finding for each trial with runs, by trial number."""
    by_trial: defaultdict[int, list[Run]] = defaultdict(list)
    for run in runs:
        by_trial[run.trial.number].append(run)
    return tuple(_setting(by_trial[number], levels=levels) for number in sorted(by_trial))


def best_of(settings: Sequence[SettingFinding]) -> SettingFinding | None:
    """The setting of lowest mean cross-fitted loss; None where none was measured."""
    measured = [s for s in settings if math.isfinite(s.cross_fitted_loss.mean)]
    return min(measured, key=lambda s: s.cross_fitted_loss.mean, default=None)


def sickest_of(settings: Sequence[SettingFinding]) -> SettingFinding | None:
    """The setting that shows a disease best; it may be the best one, stopped in time.

    The overfit one of widest gap; where none overfits, of those that diverged, or else of the
    underfit ones, that of highest validation loss.
    """
    overfit = [s for s in settings if s.fit is Fit.OVERFIT]
    if overfit:
        return max(overfit, key=lambda s: s.gap.mean)
    diverged = [s for s in settings if s.kind is Kind.DIVERGED]
    underfit = [s for s in settings if s.fit is Fit.UNDERFIT]
    return max(diverged or underfit, key=lambda s: s.validation_loss.mean, default=None)


def of_settings(settings: Sequence[SettingFinding], wanted: Settings) -> SettingFinding | None:
    """The finding of exactly these settings; None where nobody tried them."""
    return next((s for s in settings if s.trial.settings == wanted), None)


def _setting(runs: Sequence[Run], *, levels: Levels) -> SettingFinding:
    ordered = tuple(sorted(runs, key=lambda run: run.seed))
    verdict = agree(ordered, levels=levels)
    validation = interval(run.objective("validation_loss_end") for run in _validated(ordered))
    return SettingFinding(
        trial=ordered[0].trial,
        runs=ordered,
        validation_loss=validation,
        train_loss=interval(run.objective("train_loss_end") for run in ordered),
        gap=_finished(ordered, "gap"),
        rise=_finished(ordered, "rise"),
        score=_finished(ordered, "validation_score_end"),
        scores=further_scores(ordered),
        cross_fitted_loss=interval(run_level(run) for run in _validated(ordered)),
        stop_epoch=_finished(ordered, "stop_epoch"),
        true_loss_error=_true_loss_error(ordered, validation),
        kind=verdict.kind,
        why=verdict.why,
        counts=verdict.counts,
        collapsed=verdict.collapsed,
        confidence=verdict.confidence,
        decide_by=verdict.decide_by,
        chances=verdict.chances,
    )


def _validated(runs: Sequence[Run]) -> list[Run]:
    # `Run.objective` gives a diverged run its training loss where it has no validation loss.
    return [run for run in runs if run.curves is not None and run.curves.validated]


def _finished(runs: Sequence[Run], quantity: str) -> Interval:
    ended = [run for run in runs if run.ending is Ending.FINISHED]
    return interval(run.objective(quantity) for run in ended)


def _true_loss_error(runs: Sequence[Run], validation: Interval) -> float:
    # Seeds do not replace examples: all seeds share one validation part, so its own sampling
    # error stays however many seeds there are.
    errors = [
        run.curves.evidence.validation_loss_end.standard_error
        for run in runs
        if run.curves is not None and run.curves.evidence is not None
    ]
    if validation.n < 2 or not errors:
        return math.nan
    examples = float(np.mean(np.square(errors)))
    return math.sqrt(validation.deviation**2 / validation.n + examples)
