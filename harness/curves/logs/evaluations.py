"""Which evaluations of a boosting tool are the losses of training and validation.

XGBoost, LightGBM and CatBoost evaluate several metrics on several sets of examples, whose names
the user or the tool made up. The metrics' names are the tools' own, so what is a loss is known.
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from harness.curves.logs.records import Columns
from harness.curves.logs.roles import role_of
from harness.errors import LogError

ITERATION = "iteration"
COUNTED = "an iteration of boosting counts as an epoch"
# What a classifier or a regressor minimises comes before what only describes it.
_LOSSES = (
    re.compile(
        "(?:binary_|multi_?|m)?logloss|(?:multi)?cross_?entropy|multiclass(?:onevsall)?"
        "|kullback_leibler"
    ),
    re.compile("(?:multi)?rmse|mse|l2|l2_root|rmsle|rmsewithuncertainty"),
    re.compile("mae|l1|huber|mphe|fair|quantile|expectile|lq|s?mape|focal|hingeloss|queryrmse"),
    re.compile("poisson|gamma|tweedie|[a-z]+-(?:nloglik|deviance)|pairlogit|querysoftmax"),
    re.compile("m?error|(?:binary|multi)_error|zerooneloss"),
)
_SCORES = ("accuracy", "r2", "auc", "f1")
_RANKINGS = ("aucpr", "ndcg", "map", "average_precision")
_NUMBERED = re.compile(r"validation_\d+")


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """One metric on one set of examples.

    Args:
        set: "train", "validation_0", "valid_1", "learn" ...
        metric: "logloss", "rmse", "auc", "Quantile:alpha=0.9" ...
        last: its last value.
    """

    set: str
    metric: str
    last: float = math.nan


def known(metric: str) -> bool:
    """Whether a metric is one of the boosting tools' own."""
    return _is_loss(metric) or _plain(metric) in (*_SCORES, *_RANKINGS)


def chosen_of(
    source: str, found: Mapping[str, Evaluation], columns: Columns
) -> tuple[Columns, tuple[str, ...]]:
    """The columns to read, and what a reader should know.

    Args:
        source: what a message begins with.
        found: all evaluations by the name of their column.
        columns: what the user chose; it is kept.

    Raises:
        LogError: no set is the training set, several may be the validation set, or no metric
            on them is a loss.
    """
    columns = replace(columns, epoch=columns.epoch or ITERATION)
    for name in (columns.train, columns.validation):
        if name is not None and name not in found:  # a sum, or a misspelt name
            return columns, (COUNTED,)
    train, validation, notes = _sets(source, found, columns)
    metric = _metric(source, found, columns, [s for s in (train, validation) if s])
    named = {(e.set, e.metric): name for name, e in found.items()}
    score = next((s for s in _SCORES for e in found.values() if _plain(e.metric) == s), "")
    scores = {e.set: name for name, e in found.items() if score and _plain(e.metric) == score}
    read = replace(
        columns,
        train=columns.train or named[train, metric],
        validation=columns.validation or named.get((validation, metric)),
        train_score=columns.train_score or scores.get(train),
        validation_score=columns.validation_score or scores.get(validation),
    )
    return read, (COUNTED, *notes)


def _sets(
    source: str, found: Mapping[str, Evaluation], columns: Columns
) -> tuple[str, str, tuple[str, ...]]:
    """The training set, the validation set or "", and notes."""
    sets = list(dict.fromkeys(e.set for e in found.values()))
    train = [s for s in sets if _part(s) == "train"]
    notes: tuple[str, ...] = ()
    if columns.train is not None:
        train = [found[columns.train].set]
    elif not train and columns.validation is None and _in_order(sets, found):
        train = sets[:1]
        notes = (
            f"{sets[0]} was read as the training set and {sets[1]} as the validation set, as"
            " eval_set is mostly given",
        )
    if len(train) != 1:
        said = "none is" if not train else f"{' and '.join(train)} are"
        raise LogError(
            f"{source}: holds evaluations on {', '.join(sets)}, and {said} called the training"
            f" set; evaluate it too, or choose its loss with --train NAME, of: {_listed(found)}"
        )
    others = [s for s in sets if s != train[0]]
    if columns.validation is not None:
        others = [found[columns.validation].set]
    for part in ("validation", "test"):
        if len(others) > 1 and any(_part(s) == part for s in others):
            others = [s for s in others if _part(s) == part]
    if len(others) > 1:
        raise LogError(
            f"{source}: holds evaluations on several sets: {', '.join(others)}; choose one with"
            f" --validation NAME, of: {_listed(n for n, e in found.items() if e.set in others)}"
        )
    return train[0], others[0] if others else "", notes


def _in_order(sets: Sequence[str], found: Mapping[str, Evaluation]) -> bool:
    """Whether two numbered sets are training and validation by XGBoost's custom.

    `eval_set=[(X_train, y_train), (X_valid, y_valid)]` names them validation_0 and _1. Two
    validation sets are called so too, so the first must end better fitted by every loss.
    """
    if len(sets) != 2 or not all(_NUMBERED.fullmatch(s) for s in sets):
        return False
    ends = {(e.set, e.metric): e.last for e in found.values() if _is_loss(e.metric)}
    both = [m for s, m in ends if s == sets[0] and (sets[1], m) in ends]
    return bool(both) and all(ends[sets[0], m] < ends[sets[1], m] for m in both)


def _metric(
    source: str, found: Mapping[str, Evaluation], columns: Columns, sets: Sequence[str]
) -> str:
    """The metric to compare: the one asked for, else the first loss that all sets have."""
    for name in (columns.train, columns.validation):
        if name is not None:
            return found[name].metric
    measured = {s: [e.metric for e in found.values() if e.set == s] for s in sets}
    shared = [m for m in measured[sets[0]] if all(m in metrics for metrics in measured.values())]
    losses = [m for m in shared if _is_loss(m)]
    if not losses:
        raise LogError(
            f"{source}: has no loss, better when lower, on {' and '.join(sets)}; choose with"
            f" --train NAME and --validation NAME, of: {_listed(found)}"
        )
    return min(losses, key=_rank)


def _part(name: str) -> str:
    # A role knows the part of "my_train loss", but nothing of "my_train".
    return role_of(f"{name} loss").part


def _is_loss(metric: str) -> bool:
    return _rank(metric) < len(_LOSSES)


def _rank(metric: str) -> int:
    """Where a metric stands among the losses; after all of them where it is none."""
    plain = _plain(metric)
    return next((i for i, names in enumerate(_LOSSES) if names.fullmatch(plain)), len(_LOSSES))


def _plain(metric: str) -> str:
    """A metric's name without its parameters: "Quantile:alpha=0.9", "tweedie-nloglik@1.5"."""
    return re.split("[:@]", metric.lower())[0]


def _listed(names: Iterable[str]) -> str:
    return ", ".join(list(names)[:12])
