"""Weighs the signs: logistic regressions on the exam's tuning seeds, written as a module."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

from harness.curves import ARRAYS, Curves
from harness.judge import RULES, Ending, Kind, Levels, Reading, read
from harness.judge.calls import excluded, log_odds, undecidable, weighed
from harness.judge.signs import signs
from harness.study import Thresholds
from tests.exam.records import Item, by_sheet
from tests.exam.tasks import TASKS
from tests.exam.truth import BOUNDS, Flag, Truth, truths

INVERSE_PENALTY = 0.2
"""Of the squared weights: scikit-learn's C."""
FOLDS = 6
NEED_A_REFERENCE = (Kind.TOO_WEAK, Kind.FITS)
Weights = Mapping[str, Mapping[Kind, Mapping[str, float]]]


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
    """What the judge's module of weights holds.

    Args:
        weights: of every sign, by what is known and by kind.
        sharpness: slope and offset of the most likely kind's log-odds, by what is known.
    """

    weights: Weights
    sharpness: Mapping[str, tuple[float, float]]


@dataclass(frozen=True, kw_only=True)
class Lesson:
    """What is learned from one item."""

    sheet: int
    signs: Mapping[str, float]
    excluded: frozenset[Kind]
    truth: Truth


def fitted(items: Sequence[Item], *, thresholds: Thresholds) -> Fitted:
    """The weights of every sign, and how sharp they are on sheets that they were not fitted on."""
    truth = truths(items)
    weights: dict[str, Mapping[Kind, Mapping[str, float]]] = {}
    sharpness: dict[str, tuple[float, float]] = {}
    for knowing in ("reference", "alone", "curves"):
        lessons = _lessons(items, truth, knowing=knowing, thresholds=thresholds)
        weights[knowing] = _weighed(lessons, knowing=knowing)
        sharpness[knowing] = _sharpness(lessons, knowing=knowing)
    return Fitted(weights=weights, sharpness=sharpness)


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
    """Platt's scaling of the most likely kind, each sheet by weights of other sheets."""
    pairs: list[tuple[float, bool]] = []
    for part in range(FOLDS):
        learned = [each for each in lessons if each.sheet // len(TASKS) % FOLDS != part]
        asked = [each for each in lessons if each.sheet // len(TASKS) % FOLDS == part]
        if not asked or not learned:
            continue
        weights = _weighed(learned, knowing=knowing)
        for each in asked:
            found = weighed(each.signs, weights, rest=Kind.UNCLEAR, without=each.excluded)
            kind = max(found, key=lambda kind: found[kind])
            right = None if kind is Kind.UNCLEAR else each.truth.right(kind)
            if right is not None:
                pairs.append((log_odds(found[kind]), right))
    x, y = np.array([[odds] for odds, _ in pairs]), np.array([right for _, right in pairs])
    model = LogisticRegression(C=100.0).fit(x, y)
    return float(model.coef_[0, 0]), float(model.intercept_[0])


def _weighed(lessons: Sequence[Lesson], *, knowing: str) -> Mapping[Kind, Mapping[str, float]]:
    found: dict[Kind, Mapping[str, float]] = {}
    for rule in RULES:
        if rule.kind in NEED_A_REFERENCE and knowing != "reference":
            continue
        names = rule.signs or tuple(lessons[0].signs)
        asked = [each for each in lessons if _asked(each.truth, rule.kind)]
        x = np.array([[each.signs[name] for name in names] for each in asked])
        y = np.array([each.truth.flags[rule.kind] is Flag.YES for each in asked])
        model = LogisticRegression(C=INVERSE_PENALTY, max_iter=10_000).fit(x, y)
        weights = dict(zip(names, model.coef_[0], strict=True))
        found[rule.kind] = {"bias": float(model.intercept_[0]), **weights}
    return found


def _asked(truth: Truth, kind: Kind) -> bool:
    """Whether the kind has an answer, and no earlier one is true."""
    earlier = list(BOUNDS)[: list(BOUNDS).index(kind)]
    if any(truth.flags[each] is Flag.YES for each in earlier):
        return False
    return truth.flags[kind] is not Flag.GREY


def written(fitted: Fitted, *, seed: int, items: int) -> str:
    """The weights as the module that the judge reads: a table for each that is known."""
    lines = [
        '"""What each sign weighs, by what is known of a run: a row a sign, a column a kind.',
        "",
        f"Made by `python -m tests.exam fit` on {items:,} runs of exam seed {seed}; not by hand.",
        "A sign that a kind does not weigh has 0 there.",
        '"""',
        "",
        "from collections.abc import Mapping",
        "",
        "from harness.judge.records import Kind",
        "",
        "Table = tuple[tuple[Kind, ...], Mapping[str, tuple[float, ...]]]",
        "",
        "# fmt: off",
        "TABLES: Mapping[str, Table] = {",
    ]
    for knowing, kinds in fitted.weights.items():
        heads = [f"            Kind.{kind.name}," for kind in kinds]
        lines += [f'    "{knowing}": (', "        (", *heads, "        ),", "        {"]
        for sign in dict.fromkeys(name for weights in kinds.values() for name in weights):
            row = " ".join(f"{weights.get(sign, 0.0):6.3f}," for weights in kinds.values())
            label = f'"{sign}":'
            lines.append(f"            {label:<26}({row}),")
        lines += ["        },", "    ),"]
    lines += ["}", "# fmt: on", "SHARPNESS: Mapping[str, tuple[float, float]] = {"]
    for knowing, (slope, offset) in fitted.sharpness.items():
        lines.append(f'    "{knowing}": ({slope:.3f}, {offset:.3f}),')
    return "\n".join([*lines, "}", ""])


def write(fitted: Fitted, path: Path, *, seed: int, items: int) -> None:
    """Put the module in the judge's room."""
    path.write_text(written(fitted, seed=seed, items=items), encoding="utf-8")
