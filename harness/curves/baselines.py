"""What models other than networks reach on a study's data."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from harness.curves.records import Estimate, estimate_from_json


@dataclass(frozen=True, kw_only=True)
class Baseline:
    """What one cheap model reaches, learned from what a network's run learns from.

    Args:
        name: "logistic regression", "ridge regression" or "gradient boosting".
        train_examples, label_noise: what it learned from, as for runs that are comparable.
        learned_from: examples used, fewer where there were too many for a cheap model.
        validation_loss: mean over the validation examples and over `seeds`, in the study's
            loss; its standard error counts both: sqrt(var(seeds)/S + var(examples)/n).
        seeds: draws of examples and wrong targets; 1 where every seed draws the same.
        seed_error: the part of that error that is the draws'; 0 for one seed.
        score: mean accuracy or R² on the validation part; NaN where it is not defined.
        score_name: "accuracy" or "r2".
        test_loss, test_score: the same on the test part; None where that was not asked.
        hardness: by how much its mean loss over the validation examples lies above that over
            training and validation examples together, each answered by a model that did not
            learn from it; the error is that of a random draw of so many. It is the luck of the
            split. None where that was not measured.
        seconds: learning took, all seeds together.
    """

    name: str
    train_examples: int
    label_noise: float
    learned_from: int
    validation_loss: Estimate
    seeds: int
    seed_error: float
    score: float
    score_name: str
    test_loss: Estimate | None = None
    test_score: float | None = None
    hardness: Estimate | None = None
    seconds: float

    @property
    def key(self) -> tuple[int, float]:
        """The group of runs that it may be compared with."""
        return self.train_examples, self.label_noise

    def to_json(self) -> dict[str, Any]:
        """Plain JSON from which `baseline_from_json` makes an equal baseline."""
        score, tested = self.score, self.test_score
        return {
            **vars(self),
            "validation_loss": self.validation_loss.to_json(),
            "score": None if math.isnan(score) else score,
            "test_loss": None if self.test_loss is None else self.test_loss.to_json(),
            "test_score": None if tested is None or math.isnan(tested) else tested,
            "hardness": None if self.hardness is None else self.hardness.to_json(),
        }


def baseline_from_json(content: Mapping[str, Any]) -> Baseline:
    """The baseline whose `to_json` gave `content`."""
    score, test_loss, tested = content["score"], content["test_loss"], content["test_score"]
    unscored = None if test_loss is None else math.nan
    hardness = content["hardness"]
    values = {
        **content,
        "validation_loss": estimate_from_json(content["validation_loss"]),
        "score": math.nan if score is None else score,
        "test_loss": None if test_loss is None else estimate_from_json(test_loss),
        "test_score": unscored if tested is None else tested,
        "hardness": None if hardness is None else estimate_from_json(hardness),
    }
    return Baseline(**values)


def lowest_baselines(baselines: Iterable[Baseline]) -> Mapping[tuple[int, float], Baseline]:
    """The baseline of lowest validation loss for every group of comparable runs.

    Groups are (train_examples, label_noise), as `harness.judge.reference_key` gives them.
    """
    found: dict[tuple[int, float], Baseline] = {}
    for one in baselines:
        held = found.get(one.key)
        if held is None or one.validation_loss.mean < held.validation_loss.mean:
            found[one.key] = one
    return found
