"""Which stored runs belong to a study as it is written now."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from harness.judge import Run
from harness.study import Settings, Study, Trial


def present_runs(study: Study, runs: Sequence[Run], *, facts: Mapping[str, str]) -> tuple[Run, ...]:
    """The stored runs of the present trials or arms and seeds, under the arms' present names."""
    trials = present_trials(study, [(run.trial, run.seed) for run in runs], facts=facts)
    return tuple(
        replace(run, trial=trial)
        for run, trial in zip(runs, trials, strict=True)
        if trial is not None
    )


def present_trials(
    study: Study, members: Iterable[tuple[Trial, int]], *, facts: Mapping[str, str]
) -> list[Trial | None]:
    """Each member's trial as the study knows it now; None where it does not any more.

    Args:
        study: as it is written now.
        members: stored trials with run seeds.
        facts: stored with them.
    """
    steering = int(facts.get("objective_seeds", 0)) if study.search else 0
    seeds = max(study.training.seeds, steering)
    return [_present(study, trial) if seed < seeds else None for trial, seed in members]


def unused_line(others: int) -> str:
    """What is said of the stored runs of a study's other editions; one at least."""
    runs = "1 run" if others == 1 else f"{others} runs"
    verb = "is" if others == 1 else "are"
    return f"{runs} of another wording of this study {verb} stored, and {verb} not used"


def _present(study: Study, trial: Trial) -> Trial | None:
    if study.search is not None:
        limit = study.search.trials
        return trial if limit is None or trial.number < limit else None
    written = written_settings(trial.settings)
    names = [arm.name for arm in study.arms if written_settings(arm.settings) == written]
    return replace(trial, name=names[0]) if names else None


def written_settings(settings: Settings) -> str:
    """Settings as text, by which an arm knows its runs (1 example equals a share of 1.0)."""
    return json.dumps(settings.to_json(), sort_keys=True)
