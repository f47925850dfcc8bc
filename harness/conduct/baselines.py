"""Cheap models beside a study's networks: learned once, and kept with the study's facts."""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from importlib.metadata import version
from typing import Any

import numpy as np

from harness.conduct.work import Work
from harness.curves import Baseline, Estimate, baseline_from_json
from harness.data import Dataset, Task
from harness.judge import Run, references
from harness.study import Study, settings_from

Key = tuple[int, float]
"""Training examples and label noise: what makes runs comparable."""

FACT = "baselines"
"""The fact that holds them."""
RECIPE = 2
"""Counts the ways in which they were made; what was made in another way is not used."""
SEEDS = 3
CELLS_OF_SEVERAL_SEEDS = 1_000_000
"""Examples × features × outputs above which one seed must do: its luck is small then."""
MOST_GROUPS = 8
"""So many groups of comparable runs have baselines: a search over sizes has as many as runs."""


def study_baselines(work: Work, runs: Iterable[Run]) -> tuple[Baseline, ...]:
    """The baselines of a study's runs, of which those that are not stored are learned now.

    None of them where there is no validation part, or the network's output is the loss.
    """
    stored = work.store.fact(FACT, edition=work.edition)
    kept = {} if stored is None else _read(stored)
    groups = () if work.study.training.loss == "output" else comparable_groups(runs)
    missing = [group for group in groups if group not in kept]
    if missing:
        work.progress.say("learning two cheap models from the same examples, to compare with")
        hardness = hardness_of(work.study, work.dataset) if missing else None
        for group in missing:
            found = baselines_of(work.study, work.dataset, group)
            kept[group] = with_hardness(found, hardness)
        work.store.set_fact(FACT, _written(kept), edition=work.edition)
    return tuple(one for group in groups for one in kept.get(group, ()))


def stored_baselines(facts: Mapping[str, str], runs: Iterable[Run]) -> tuple[Baseline, ...]:
    """Those that are stored for the groups of these runs."""
    kept = _read(facts[FACT]) if FACT in facts else {}
    return tuple(one for group in comparable_groups(runs) for one in kept.get(group, ()))


def comparable_groups(runs: Iterable[Run]) -> tuple[Key, ...]:
    """The groups of comparable runs with a validation part, the one of lowest loss first."""
    found = references(runs)
    return tuple(sorted(found, key=lambda key: (found[key].loss, key))[:MOST_GROUPS])


def baselines_of(
    study: Study, dataset: Dataset, group: Key, *, test: bool = False
) -> tuple[Baseline, ...]:
    """What a linear model and gradient boosting reach on a study's data.

    Args:
        study: whose seed, with those of its runs, chooses examples and wrong targets; its loss
            is not "output".
        dataset: with a validation part.
        group: how many training examples they learn from, with which share of wrong targets.
        test: whether to measure them on the test part too, as only a study's winner is.

    Returns:
        None of them where there is too little to learn from.
    """
    from harness.data import fit_baselines  # brings scikit-learn's models, half a second
    from harness.training import loss_name  # brings torch, which training brought

    examples, noise = group
    loss = loss_name(dataset, study.training.loss)
    settings = settings_from({"train_size": examples, "label_noise": noise})
    fits = [
        fit_baselines(dataset, settings, loss=loss, study_seed=study.seed, run_seed=seed, test=test)
        for seed in range(_seeds(dataset, group))
    ]
    return tuple(_baseline(group, models, dataset) for models in zip(*fits, strict=False))


def hardness_of(study: Study, dataset: Dataset) -> Estimate | None:
    """By how much the validation examples are harder than all that they were drawn with.

    In the study's loss, of the linear model; None where that cannot be told.
    """
    from harness.data import held_out_losses  # brings scikit-learn's models
    from harness.training import loss_name  # brings torch, which training brought

    loss = loss_name(dataset, study.training.loss)
    held = held_out_losses(dataset, loss=loss, study_seed=study.seed)
    if held is None:
        return None
    every, n = np.concatenate([held.validation, held.train]), len(held.validation)
    error = float(every.std(ddof=1)) / math.sqrt(n)
    above = float(held.validation.mean() - every.mean())
    return Estimate(mean=above, standard_error=error, n=n) if error > 0 else None


def with_hardness(found: Sequence[Baseline], hardness: Estimate | None) -> tuple[Baseline, ...]:
    """The baselines of one group, of which the linear one, the first, has measured hardness."""
    linear, others = tuple(found[:1]), tuple(found[1:])
    return (*(replace(one, hardness=hardness) for one in linear), *others)


def _seeds(dataset: Dataset, group: Key) -> int:
    examples, noise = group
    cells = examples * dataset.features * max(dataset.classes, 1)
    drawn = noise > 0 or examples < len(dataset.train)
    return SEEDS if drawn and cells <= CELLS_OF_SEVERAL_SEEDS else 1


def _baseline(group: Key, fits: Sequence[Any], dataset: Dataset) -> Baseline:
    """One model over its seeds."""
    loss, seed_error = _over_seeds([fit.validation.losses for fit in fits])
    tested = fits[0].test is not None
    return Baseline(
        name=fits[0].name,
        train_examples=group[0],
        label_noise=group[1],
        learned_from=fits[0].learned_from,
        validation_loss=loss,
        seeds=len(fits),
        seed_error=seed_error,
        score=float(np.mean([fit.validation.score for fit in fits])),
        score_name="accuracy" if dataset.task is Task.CLASSIFICATION else "r2",
        test_loss=_over_seeds([fit.test.losses for fit in fits])[0] if tested else None,
        test_score=float(np.mean([fit.test.score for fit in fits])) if tested else None,
        seconds=sum(fit.seconds for fit in fits),
    )


def _over_seeds(losses: Sequence[np.ndarray]) -> tuple[Estimate, float]:
    """The mean loss with the error of seeds and examples, and the part that is the seeds'."""
    each = np.stack(losses)
    seeds, n = each.shape
    of_seeds = float(each.mean(axis=1).var(ddof=1)) / seeds if seeds > 1 else 0.0
    of_examples = float(each.var(axis=1, ddof=1).mean()) / n if n > 1 else math.nan
    error = math.sqrt(of_seeds + of_examples)
    return Estimate(mean=float(each.mean()), standard_error=error, n=n), math.sqrt(of_seeds)


def _made_by() -> str:
    return f"scikit-learn {version('scikit-learn')}, recipe {RECIPE}"


def _written(kept: Mapping[Key, Sequence[Baseline]]) -> str:
    groups = [[*group, [one.to_json() for one in found]] for group, found in kept.items()]
    return json.dumps({"made_by": _made_by(), "groups": groups})


def _read(fact: str) -> dict[Key, tuple[Baseline, ...]]:
    """Empty where they were made by another version."""
    content = json.loads(fact)
    if content["made_by"] != _made_by():
        return {}
    return {
        (examples, noise): tuple(baseline_from_json(one) for one in found)
        for examples, noise, found in content["groups"]
    }
