"""Which trials a study has: asked of its search batch by batch, or named as its arms.

A search goes on by replay: it is asked and told again from the beginning, and only what is not
stored is trained.
"""

import json
import math
from collections.abc import Mapping, Sequence

from harness.conduct.present import written_settings
from harness.conduct.work import Work
from harness.errors import ReplayError
from harness.search import Asker, check_replay
from harness.study import Settings, Trial

TOLD = "told"
"""The fact that holds the values told of trials with failed runs."""


def search(work: Work) -> tuple[Trial, ...]:
    """Ask, train and tell batch after batch; all trials of the search.

    Raises:
        ReplayError: the stored search is not the one that the study asks for.
    """
    study, asker = work.study, Asker(work.study)
    assert study.search is not None
    steering, seeds = steering_seeds(work), all_seeds(work)
    before = [*work.stored.values(), *work.store.failed(work.edition)]
    settings = {run.trial.number: run.trial.settings for run in before}
    last = max(settings, default=-1)
    trials: list[Trial] = []
    with work.open_workers(asker.total * seeds) as workers:
        while batch := asker.ask():
            _check_replay(work, batch, settings)
            work.train(batch, seeds, workers)
            values = {
                trial.number: _objective(work, trial, study.search.objective, steering)
                for trial in batch
            }
            asker.tell(_as_told(work, values, went_on=last > batch[-1].number))
            trials.extend(batch)
    return tuple(trials)


def arms(work: Work) -> tuple[Trial, ...]:
    """Train every arm; a stored arm is known by its settings and keeps its number."""
    numbers = {
        written_settings(run.trial.settings): run.trial.number for run in work.stored.values()
    }
    fresh = max(numbers.values(), default=-1) + 1
    trials: list[Trial] = []
    for arm in work.study.arms:
        number = numbers.get(written_settings(arm.settings))
        if number is None:
            number, fresh = fresh, fresh + 1
        trials.append(Trial(number=number, settings=arm.settings, stage="arms", name=arm.name))
    seeds = all_seeds(work)
    with work.open_workers(len(trials) * seeds) as workers:
        work.train(trials, seeds, workers)
    return tuple(trials)


def steering_seeds(work: Work) -> int:
    """Seeds that steer the search: the edition's first, so that more never change it."""
    kept = work.store.fact("objective_seeds", edition=work.edition)
    if kept is None:
        kept = str(work.study.training.seeds)
        work.store.set_fact("objective_seeds", kept, edition=work.edition)
    return int(kept)


def all_seeds(work: Work) -> int:
    """Run seeds of every trial: those asked for, and never fewer than steer the search."""
    asked = work.study.training.seeds
    return asked if work.study.search is None else max(asked, steering_seeds(work))


def _check_replay(work: Work, batch: Sequence[Trial], stored: Mapping[int, Settings]) -> None:
    try:
        check_replay(batch, stored)
    except ReplayError as error:
        raise ReplayError(f"{work.study.name}: {error}") from None


def _as_told(work: Work, values: Mapping[int, float], *, went_on: bool) -> Mapping[int, float]:
    """A batch's values as the search knew them when it went on to the next batch.

    A failed run that succeeds at a later try changes its trial's value; trials that were
    asked since then must not change with it.
    """
    fact = work.store.fact(TOLD, edition=work.edition)
    kept: dict[str, float | None] = {} if fact is None else json.loads(fact)
    if went_on:
        known = {number: kept[str(number)] for number in values if str(number) in kept}
        return {**values, **{n: math.nan if v is None else v for n, v in known.items()}}
    now = {number: None if math.isnan(value) else value for number, value in values.items()}
    failed = {str(n): now[n] for _, n, _ in work.failed if n in now}
    others = {number: value for number, value in kept.items() if int(number) not in now}
    if kept != others | failed:
        work.store.set_fact(TOLD, json.dumps(others | failed), edition=work.edition)
    return values


def _objective(work: Work, trial: Trial, quantity: str, seeds: int) -> float:
    keys = [(trial.stage, trial.number, seed) for seed in range(seeds)]
    values = [work.stored[key].objective(quantity) for key in keys if key in work.stored]
    return sum(values) / len(values) if values else float("nan")
