"""Grows the judge's forests on the exam's tuning seed, and finds how sure they may be."""

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression

from harness.curves import ARRAYS, Curves
from harness.judge import RULES, Ending, Kind, Levels, Reading, read
from harness.judge.calls import answered, chained, excluded, log_odds, undecidable
from harness.judge.forest import Forest, joined
from harness.judge.forest import write as write_forests
from harness.judge.rules import Rule
from harness.judge.seeds import most_lean, of_most
from harness.judge.signs import signs
from harness.study import Thresholds
from tests.exam.records import Item, by_sheet
from tests.exam.tasks import TASKS
from tests.exam.truth import BOUNDS, Flag, Truth, most, truths

TREES, LEAST_RUNS = 64, 6
"""A kind, and at a leaf of a tree."""
FOLDS = 6
REST = Kind.UNCLEAR
NEED_A_REFERENCE = (Kind.TOO_WEAK, Kind.FITS)


FEW = 12
"""Points of the short logs that every run is made into as well."""


def thinned(curves: Curves, *, points: int) -> Curves:
    """As if it had been measured so many times only, its ends among them."""
    kept = np.unique(np.linspace(0, len(curves.epochs) - 1, points).round().astype(int))
    arrays = {name: getattr(curves, name) for name in ARRAYS}
    return replace(curves, **{n: a[kept] if len(a) else a for n, a in arrays.items()})


def as_log(curves: Curves) -> Curves:
    """As other people's logs have it: the losses alone, from epoch 1 on.

    Their training loss is a mean over the epoch, while the weights were still changing.
    """
    means = (curves.train_loss[1:] + curves.train_loss[:-1]) / 2
    return replace(
        curves,
        epochs=curves.epochs[1:],
        train_loss=means,
        validation_loss=curves.validation_loss[1:],
        train_score=curves.train_score[1:],
        validation_score=curves.validation_score[1:],
        constant_loss=math.nan,
        train_examples=0,
        validation_examples=0,
        evidence=None,
        scores_best={},
        scores_end={},
    )


def readings(
    items: Sequence[Item], *, knowing: str, thresholds: Thresholds
) -> Iterator[tuple[int, Reading]]:
    """The figures of every item by its place, whole and as a short course.

    Args:
        items: whole sheets.
        knowing: "reference" as a study's runs are judged, "alone", or "curves" as a log.
        thresholds: for the smoothing and the references.
    """
    for sheet in by_sheet(items).values():
        runs, cheap = [items[place].run for place in sheet], items[sheet[0]].baselines
        study = Levels(runs, thresholds=thresholds, baselines=cheap)
        for place in sheet:
            run = items[place].run
            assert run.curves is not None
            if len(run.curves.epochs) < 2:
                continue
            reference = study.of(run) if knowing == "reference" else None
            curves = as_log(run.curves) if knowing == "curves" else run.curves
            for each in (curves, thinned(curves, points=FEW)):
                yield place, read(each, reference=reference, thresholds=thresholds)


@dataclass(frozen=True, kw_only=True)
class Fitted:
    """What the judge knows from the exam.

    Args:
        forests: by what is known.
        sharpness: slope and offset of the most likely kind's log-odds, by what is known.
        seeds: the same of what is likely of most of so many seeds.
    """

    forests: Mapping[str, Forest]
    sharpness: Mapping[str, tuple[float, float]]
    seeds: Mapping[int, tuple[float, float]]


@dataclass(frozen=True, kw_only=True)
class Lesson:
    """What is learned from one item."""

    sheet: int
    signs: Mapping[str, float]
    excluded: frozenset[Kind]
    truth: Truth


def fitted(items: Sequence[Item], seeds: Sequence[Item], *, thresholds: Thresholds) -> Fitted:
    """The forests, and how sharp they are on sheets from which they did not learn.

    Args:
        items: of runs, whole sheets.
        seeds: of settings of a few seeds each, whole sheets of the same numbers.
        thresholds: the bounds.
    """
    truth = truths(items)
    forests: dict[str, Forest] = {}
    sharpness: dict[str, tuple[float, float]] = {}
    for knowing in ("reference", "alone", "curves"):
        lessons = _lessons(items, truth, knowing=knowing, thresholds=thresholds)
        forests[knowing] = grown(lessons, knowing=knowing)
        sharpness[knowing] = _sharpness(lessons, knowing=knowing)
    lessons = _lessons(items, truth, knowing="reference", thresholds=thresholds)
    found = _seeds(lessons, seeds, sharpness=sharpness["reference"], thresholds=thresholds)
    return Fitted(forests=forests, sharpness=sharpness, seeds=found)


def _lessons(
    items: Sequence[Item], truth: Mapping[int, Truth], *, knowing: str, thresholds: Thresholds
) -> Sequence[Lesson]:
    return [
        Lesson(
            sheet=items[place].sheet,
            signs=signs(reading, thresholds),
            excluded=excluded(reading),
            truth=truth[place],
        )
        for place, reading in readings(items, knowing=knowing, thresholds=thresholds)
        if place in truth
        and not undecidable(reading)
        and items[place].run.ending is not Ending.DIVERGED
        and (knowing != "reference" or reading.referenced)
    ]


def _sharpness(lessons: Sequence[Lesson], *, knowing: str) -> tuple[float, float]:
    """Platt's scaling of the most likely kind, each sheet by a forest of other sheets."""
    pairs: list[tuple[float, bool]] = []
    for part in range(FOLDS):
        learned = [each for each in lessons if not _of_fold(each.sheet, part)]
        asked = [each for each in lessons if _of_fold(each.sheet, part)]
        if not asked or not learned:
            continue
        trees = grown(learned, knowing=knowing)
        for each in asked:
            found = chained(trees.answers(each.signs), rest=REST, without=each.excluded)
            kind = max(found, key=lambda kind: found[kind])
            right = None if kind is REST else each.truth.right(kind)
            if right is not None:
                pairs.append((log_odds(found[kind]), right))
    return _scaled(pairs)


def _scaled(pairs: Sequence[tuple[float, bool]]) -> tuple[float, float]:
    x, y = np.array([[odds] for odds, _ in pairs]), np.array([right for _, right in pairs])
    model = LogisticRegression(C=100.0).fit(x, y)
    return float(model.coef_[0, 0]), float(model.intercept_[0])


def _seeds(
    lessons: Sequence[Lesson],
    items: Sequence[Item],
    *,
    sharpness: tuple[float, float],
    thresholds: Thresholds,
) -> Mapping[int, tuple[float, float]]:
    """Platt's scaling of what is likely of most seeds, by all ways to have so many of them."""
    truth, pairs = truths(items), defaultdict[int, list[tuple[float, bool]]](list)
    for part in range(FOLDS):
        learned = [each for each in lessons if not _of_fold(each.sheet, part)]
        asked = [item for item in items if _of_fold(item.sheet, part)]
        if not asked or not learned:
            continue
        trees = grown(learned, knowing="reference")
        places = {id(item): place for place, item in enumerate(items)}
        for trial in _trials(asked, trees, sharpness=sharpness, thresholds=thresholds):
            true = [truth[places[id(item)]] for item, _ in trial if places[id(item)] in truth]
            for size in range(2, len(true) + 1):
                for some in combinations(trial, size):
                    every = [chances for _, chances in some]
                    kind, p = next(iter(of_most(every).items()))
                    if kind is REST or not most_lean(every, kind):
                        continue
                    right = most([one.right(kind) for one in true])
                    if right is not None:
                        pairs[size].append((log_odds(p), right))
    return {size: _scaled(found) for size, found in sorted(pairs.items())}


def _of_fold(sheet: int, part: int) -> bool:
    return sheet // len(TASKS) % FOLDS == part


def _trials(
    items: Sequence[Item],
    trees: Forest,
    *,
    sharpness: tuple[float, float],
    thresholds: Thresholds,
) -> Iterator[Sequence[tuple[Item, Mapping[Kind, float]]]]:
    """The seeds of every setting, each with the probability of every kind."""
    for sheet in by_sheet(items).values():
        runs, cheap = [items[place].run for place in sheet], items[sheet[0]].baselines
        levels = Levels(runs, thresholds=thresholds, baselines=cheap)
        found: defaultdict[int, list[tuple[Item, Mapping[Kind, float]]]] = defaultdict(list)
        for place in sheet:
            item, reading = items[place], levels.read(items[place].run)
            assert reading is not None
            if item.run.ending is Ending.DIVERGED:
                chances: Mapping[Kind, float] = {Kind.DIVERGED: 1.0}
            elif undecidable(reading):
                chances = {REST: 1.0}
            else:
                chances = answered(reading, thresholds, trees=trees, sharpness=sharpness)
            found[item.run.trial.number].append((item, chances))
        yield from found.values()


def grown(lessons: Sequence[Lesson], *, knowing: str) -> Forest:
    """A forest for each kind, on the lessons in which it is asked about."""
    names = tuple(lessons[0].signs)
    trees: dict[Kind, Sequence[Mapping[str, np.ndarray]]] = {}
    for rule in RULES:
        if rule.kind in NEED_A_REFERENCE and knowing != "reference":
            continue
        numbers = [names.index(name) for name in rule.signs or names]
        asked = [each for each in lessons if _asked(each.truth, rule.kind)]
        x = np.array([[each.signs[names[number]] for number in numbers] for each in asked])
        y = np.array([each.truth.flags[rule.kind] is Flag.YES for each in asked])
        model = RandomForestClassifier(
            TREES,
            min_samples_leaf=LEAST_RUNS,
            monotonic_cst=[_direction(rule, names[number]) for number in numbers],
            random_state=0,
            n_jobs=2,
        ).fit(x, y)
        trees[rule.kind] = [_tree(one.tree_, numbers) for one in model.estimators_]
    return joined(trees, names)


def _direction(rule: Rule, sign: str) -> int:
    return int(sign in rule.grows_with) - int(sign in rule.falls_with)


def _tree(tree: Any, numbers: Sequence[int]) -> Mapping[str, np.ndarray]:
    """A tree of scikit-learn's as a `Forest` keeps it, its leaves leading to themselves."""
    leaf, own = tree.children_left < 0, np.arange(tree.node_count)
    counts = tree.value[:, 0]
    return {
        "sign": np.array(numbers)[np.where(leaf, 0, tree.feature)],
        "bound": tree.threshold,
        "below": np.where(leaf, own, tree.children_left),
        "above": np.where(leaf, own, tree.children_right),
        "share": counts[:, -1] / counts.sum(axis=1),
    }


def _asked(truth: Truth, kind: Kind) -> bool:
    """Whether the kind has an answer, and no earlier one is true."""
    earlier = list(BOUNDS)[: list(BOUNDS).index(kind)]
    if any(truth.flags[each] is Flag.YES for each in earlier):
        return False
    return truth.flags[kind] is not Flag.GREY


def written(fitted: Fitted, *, seed: int, items: int) -> str:
    """How sharp the forests are, as the module that the judge reads."""
    lines = [
        '"""How sure the forests may be: slope and offset of the likeliest kind\'s log-odds.',
        "",
        f"Made by `python -m tests.exam fit` on {items:,} runs of exam seed {seed}; not by hand.",
        '"""',
        "",
        "from collections.abc import Mapping",
        "",
        "SHARPNESS: Mapping[str, tuple[float, float]] = {",
    ]
    for knowing, (slope, offset) in fitted.sharpness.items():
        lines.append(f'    "{knowing}": ({slope:.3f}, {offset:.3f}),')
    lines += ["}", '"""Of a run, by what is known of it."""']
    lines += ["SEEDS: Mapping[int, tuple[float, float]] = {"]
    for size, (slope, offset) in fitted.seeds.items():
        lines.append(f"    {size}: ({slope:.3f}, {offset:.3f}),")
    lines += [
        "}",
        '"""Of what is likely of most of so many seeds; more than the most count as the most."""',
    ]
    return "\n".join([*lines, ""])


def write(fitted: Fitted, folder: Path, *, seed: int, items: int) -> None:
    """Put the forests and the module in the judge's room."""
    write_forests(fitted.forests, folder / "forests.npz")
    text = written(fitted, seed=seed, items=items)
    (folder / "sharpness.py").write_text(text, encoding="utf-8")
