"""What a study would run, and about how long; nothing is trained."""

import itertools
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.conduct.preparing import STORE, Prepared, data_lines
from harness.conduct.present import present_trials
from harness.data import batch_size, training_examples
from harness.search import Asker
from harness.store import read_outline
from harness.study import KnobSpec, Range, Settings, written

START_S = 8.0
"""Imports, the workers' too, and a fresh store; this and what follows on a 2026 AMD core."""
RUN_S = 0.015
"""Judging and storing one run."""
STEP_US = 300.0
"""The fixed cost of a step, which a trial's seeds share."""
MEMBER_US = 25.0
WEIGHT_US = 0.0041
"""µs a weight and step of 32 examples, both evaluations an epoch included."""
MADE_US = 0.008
"""µs for a number that a user's network makes in a step's forward pass, all included: 0.007 of a
small MLP by hand, 0.012 of a CNN, 0.004 to 0.007 of a GRU."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a study would run.

    Args:
        lines: for people.
        settings: distinct settings; those of a search are drawn as it goes on.
        runs: settings times seeds.
        stored: of these, in the store already.
        unused: stored runs of other editions, which do not count.
        seconds: about how long the rest takes here, a factor of 3 either way.
        workers: that would train side by side.
    """

    lines: tuple[str, ...]
    settings: int
    runs: int
    stored: int
    unused: int
    seconds: float
    workers: int


def plan_study(prepared: Prepared, *, workers: int | None = None, store: Path = STORE) -> Plan:
    """Look a study over without training.

    Raises:
        StoreError: the store cannot be read.
    """
    study = prepared.study
    count = workers or os.cpu_count() or 1
    drawn, settings = _settings(prepared)
    seeds = study.training.seeds
    outline = read_outline(store, study=study.name, edition=prepared.edition)
    present = present_trials(study, outline.members, facts=outline.facts)
    stored = min(sum(trial is not None for trial in present), settings * seeds)
    missing = settings * seeds - stored
    seconds_of = _seconds_of(prepared)
    each = sum(seconds_of(one) for one in drawn) / len(drawn)
    return Plan(
        lines=(*data_lines(prepared), *_knob_lines(prepared)),
        settings=settings,
        runs=settings * seeds,
        stored=stored,
        unused=outline.others,
        seconds=START_S + missing * (RUN_S + each / count),
        workers=count,
    )


def _settings(prepared: Prepared) -> tuple[Sequence[Settings], int]:
    """Settings to estimate by, and how many there will be."""
    study = prepared.study
    if study.search is None:
        return [arm.settings for arm in study.arms], len(study.arms)
    asker = Asker(study)
    return [trial.settings for trial in asker.ask()], asker.total


def _seconds_of(prepared: Prepared) -> Callable[[Settings], float]:
    """How long one run takes on one core, by its settings."""
    if prepared.study.network is None:
        return lambda settings: _seconds(settings, prepared, _mlp_us(settings, prepared))
    from harness.training import numbers_made  # torch is there: the network was looked over

    made = numbers_made(prepared.study, prepared.dataset)
    return lambda settings: _seconds(settings, prepared, MADE_US * made(settings))


def _mlp_us(settings: Settings, prepared: Prepared) -> float:
    """µs of the products of a step of the built-in network."""
    sizes = (prepared.dataset.features, *settings.widths, max(1, prepared.dataset.classes))
    weights = sum(a * b for a, b in itertools.pairwise(sizes))
    return WEIGHT_US * weights * _batch(settings, prepared) / 32


def _seconds(settings: Settings, prepared: Prepared, step_us: float) -> float:
    steps = settings.epochs * -(-_examples(settings, prepared) // _batch(settings, prepared))
    fixed_us = STEP_US / prepared.study.training.seeds + MEMBER_US
    return steps * (fixed_us + step_us) / 1e6


def _examples(settings: Settings, prepared: Prepared) -> int:
    return training_examples(settings, len(prepared.dataset.train))


def _batch(settings: Settings, prepared: Prepared) -> int:
    return batch_size(settings, _examples(settings, prepared))


def _knob_lines(prepared: Prepared) -> tuple[str, ...]:
    study = prepared.study
    if study.search is None:
        return tuple(f"arm {arm.name}: {_differing(arm.settings, prepared)}" for arm in study.arms)
    fixed = ", ".join(f"{name} {written(value)}" for name, value in study.fixed.items())
    lines = [f"searched: {name} {_spec(spec)}" for name, spec in study.searched.items()]
    return (*lines, f"fixed: {fixed or 'nothing; every other knob has its default'}")


def _differing(settings: Settings, prepared: Prepared) -> str:
    others = [arm.settings.acting() for arm in prepared.study.arms]
    acting = settings.acting()
    told = [n for n in acting if len({written(other.get(n)) for other in others}) > 1]
    return ", ".join(f"{name} {written(acting[name])}" for name in told) or "as the others"


def _spec(spec: KnobSpec) -> str:
    if isinstance(spec, Range):
        scale = ", evenly over orders of magnitude" if spec.scale == "log" else ""
        return f"from {spec.low:g} to {spec.high:g}{scale}"
    return f"out of {written(getattr(spec, 'values', spec))}"
