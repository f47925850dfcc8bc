"""The record between training and everything after it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

Array = np.ndarray[tuple[int], np.dtype[np.float64]]


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A mean over examples with its uncertainty.

    Args:
        mean: the mean.
        standard_error: sample deviation / sqrt(n); NaN below two examples.
        n: examples.
    """

    mean: float
    standard_error: float
    n: int

    def to_json(self) -> dict[str, Any]:
        """Plain JSON; a missing error is None."""
        error = None if math.isnan(self.standard_error) else self.standard_error
        return {"mean": self.mean, "standard_error": error, "n": self.n}


def estimate_from_json(content: Mapping[str, Any]) -> Estimate:
    """The estimate whose `to_json` gave `content`."""
    error = content["standard_error"]
    return Estimate(
        mean=content["mean"],
        standard_error=math.nan if error is None else error,
        n=content["n"],
    )


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What a judge needs and curves cannot tell: per-example losses, compared in pairs.

    The validation examples are cut in two parts; on each the best epoch is chosen, and the
    losses are taken on the other, so that no example speaks for the epoch it helped choose.

    Args:
        rise: loss at the end minus loss at the chosen epoch, example by example.
        cross_fitted_loss: loss at the chosen epoch.
        validation_loss_end: loss of every validation example at the end.
        train_loss_end: loss of every training example at the end.
    """

    rise: Estimate
    cross_fitted_loss: Estimate
    validation_loss_end: Estimate
    train_loss_end: Estimate

    def to_json(self) -> dict[str, Any]:
        """Plain JSON from which `evidence_from_json` makes equal evidence."""
        return {f.name: getattr(self, f.name).to_json() for f in fields(self)}


def evidence_from_json(content: Mapping[str, Any]) -> Evidence:
    """The evidence whose `to_json` gave `content`."""
    return Evidence(**{name: estimate_from_json(value) for name, value in content.items()})


@dataclass(frozen=True, kw_only=True, eq=False)
class Curves:
    """What was measured while one run trained: in eval mode, without penalties.

    All arrays are float64 of one length, at least 1, finite, and read-only. A run that
    diverged has them up to its last finite epoch.

    Args:
        epochs: rising; 0 is before training.
        train_loss, validation_loss: mean losses an example. `validation_loss` is empty where
            there is no validation part.
        train_score, validation_score: accuracy or R²; may be NaN where it is not defined;
            empty where there is none.
        loss_name: "categorical_crossentropy", "mse" ...
        score_name: "accuracy", "r2", or "" where there is no score.
        constant_loss: validation loss of the best constant prediction, learned from the
            training part; NaN where unknown.
        train_examples, validation_examples: how many examples the means are over.
        evidence: per-example comparisons; None for logs of other tools.
        scores_best, scores_end: further scores on the validation part at the epoch of lowest
            validation loss and at the end, by name ("balanced_accuracy", "roc_auc" ...).
        stopped_epoch: where patience ended the run, although it was trained and measured on;
            None where it did not. Evidence and `scores_end` are those of this epoch, and so
            are all single numbers.
    """

    epochs: Array
    train_loss: Array
    validation_loss: Array
    train_score: Array
    validation_score: Array
    loss_name: str
    score_name: str
    constant_loss: float
    train_examples: int
    validation_examples: int
    evidence: Evidence | None = None
    scores_best: Mapping[str, float] = field(default_factory=dict)
    scores_end: Mapping[str, float] = field(default_factory=dict)
    stopped_epoch: int | None = None

    def __post_init__(self) -> None:
        for name in ARRAYS:
            array = np.array(getattr(self, name), dtype=np.float64)
            array.flags.writeable = False
            object.__setattr__(self, name, array)
        length = len(self.epochs)
        if length == 0 or np.any(np.diff(self.epochs) <= 0):
            raise ValueError("curves.epochs must rise and not be empty")
        for name in ARRAYS[1:]:
            array: Array = getattr(self, name)
            if len(array) != length and (len(array) > 0 or name == "train_loss"):
                raise ValueError(f"curves.{name} must have {length} values, got {len(array)}")
        for name in ("train_loss", "validation_loss"):
            if not np.all(np.isfinite(getattr(self, name))):
                raise ValueError(f"curves.{name} must be finite")
        if self.stopped_epoch is not None and self.stopped_epoch not in self.epochs:
            raise ValueError(f"curves.stopped_epoch must be an epoch, got {self.stopped_epoch}")

    @cached_property
    def counted(self) -> "Curves":
        """The curves as far as the run counts: up to where patience stopped it."""
        if self.stopped_epoch is None:
            return self
        count = int(np.searchsorted(self.epochs, self.stopped_epoch)) + 1
        arrays = {name: getattr(self, name)[:count] for name in ARRAYS}
        return replace(self, **arrays, stopped_epoch=None)

    @property
    def validated(self) -> bool:
        """Whether there is a validation curve."""
        return len(self.validation_loss) > 0

    @property
    def best(self) -> int:
        """Index of the lowest validation loss (the first of equals)."""
        return int(np.argmin(self.validation_loss))

    @property
    def stop_epoch(self) -> int:
        """The epoch of lowest validation loss: where early stopping would have kept weights."""
        return int(self.epochs[self.best])

    @property
    def gap(self) -> float:
        """Validation loss minus training loss at the end."""
        return float(self.validation_loss[-1] - self.train_loss[-1])

    @property
    def rise(self) -> float:
        """Validation loss at the end above its minimum."""
        return float(self.validation_loss[-1] - self.validation_loss.min())

    def quantities(self) -> dict[str, float]:
        """Single numbers by their names in MLflow, tables and search objectives."""
        if self.stopped_epoch is not None:
            return {**self.counted.quantities(), "stopped_epoch": float(self.stopped_epoch)}
        found = {"train_loss_end": float(self.train_loss[-1])}
        if self.validated:
            found |= {
                "validation_loss_end": float(self.validation_loss[-1]),
                "validation_loss_best": float(self.validation_loss.min()),
                "gap": self.gap,
                "rise": self.rise,
                "stop_epoch": float(self.stop_epoch),
            }
        if len(self.train_score) > 0:
            found["train_score_end"] = float(self.train_score[-1])
        if len(self.validation_score) > 0:
            found["validation_score_end"] = float(self.validation_score[-1])
            found["validation_score_best"] = float(np.max(self.validation_score))
        if self.evidence is not None:
            found["cross_fitted_loss"] = self.evidence.cross_fitted_loss.mean
        best = {f"{name}_best": score for name, score in self.scores_best.items()}
        end = {f"{name}_end": score for name, score in self.scores_end.items()}
        return {**best, **end, **found}

    def equals(self, other: "Curves") -> bool:
        """Whether both hold the same numbers, bit for bit (NaN equals NaN)."""
        mine, others = self.to_json(), other.to_json()
        return mine == others

    def to_json(self) -> dict[str, Any]:
        """Plain JSON (NaN as None) from which `curves_from_json` makes equal curves."""
        content: dict[str, Any] = {name: _plain(getattr(self, name)) for name in ARRAYS}
        for name in ("loss_name", "score_name", "train_examples", "validation_examples"):
            content[name] = getattr(self, name)
        content["stopped_epoch"] = self.stopped_epoch
        content["constant_loss"] = _plain_number(self.constant_loss)
        content["evidence"] = None if self.evidence is None else self.evidence.to_json()
        for name in ("scores_best", "scores_end"):
            scores: Mapping[str, float] = getattr(self, name)
            content[name] = {key: _plain_number(value) for key, value in scores.items()}
        return content


ARRAYS = ("epochs", "train_loss", "validation_loss", "train_score", "validation_score")


def curves_from_json(content: Mapping[str, Any]) -> Curves:
    """The curves whose `to_json` gave `content`."""
    values = dict(content)
    for name in ARRAYS:
        values[name] = np.array([_number(x) for x in values[name]], dtype=np.float64)
    values["constant_loss"] = _number(values["constant_loss"])
    if values["evidence"] is not None:
        values["evidence"] = evidence_from_json(values["evidence"])
    for name in ("scores_best", "scores_end"):
        values[name] = {key: _number(value) for key, value in values[name].items()}
    return Curves(**values)


def _plain(array: ArrayLike) -> list[float | None]:
    return [_plain_number(float(value)) for value in np.asarray(array)]


def _plain_number(value: float) -> float | None:
    return None if math.isnan(value) else value


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)
