"""From many runs to what they say together."""

from collections.abc import Sequence
from dataclasses import replace

from harness.curves import Baseline
from harness.findings.answer import answer
from harness.findings.differences import differences
from harness.findings.knobs import knob_findings
from harness.findings.records import Findings
from harness.findings.settings import best_of, of_settings, setting_findings, sickest_of
from harness.judge import Ending, Levels, Run, judge_all
from harness.study import Study


def find(study: Study, runs: Sequence[Run], *, baselines: Sequence[Baseline] = ()) -> Findings:
    """What a study found, from its runs in any order.

    Every run is judged anew against the best level of its data and size, so that verdicts
    stored earlier, with fewer runs, without baselines or with other thresholds, do not matter.

    Args:
        study: what was asked.
        runs: all of them.
        baselines: what cheap models reach on the same examples; levels to judge by as well.
    """
    bounds = study.thresholds
    judged = judge_all(runs, thresholds=bounds, baselines=baselines)
    levels = Levels(judged, thresholds=bounds, baselines=baselines)
    settings = setting_findings(judged, levels=levels)
    searching = study.search is not None
    curves = next((run.curves for run in judged if run.curves is not None), None)
    score_name = "" if curves is None else curves.score_name
    best, sickest = best_of(settings), sickest_of(settings)
    found = Findings(
        study=study,
        settings=settings,
        best=best,
        sickest=None if sickest is best else sickest,
        default=of_settings(settings, study.default_settings()) if searching else None,
        knobs=knob_findings(study.searched, settings) if searching else (),
        differences=(
            () if searching or best is None else differences(settings, score_name=score_name)
        ),
        baselines=tuple(baselines),
        answer="",
        loss_name="" if curves is None else curves.loss_name,
        score_name=score_name,
        failed=_ended(judged, Ending.FAILED),
        diverged=_ended(judged, Ending.DIVERGED),
    )
    return replace(found, answer=answer(found))


def _ended(runs: Sequence[Run], ending: Ending) -> tuple[Run, ...]:
    ordered = sorted(runs, key=lambda run: (run.trial.number, run.seed))
    return tuple(run for run in ordered if run.ending is ending)
