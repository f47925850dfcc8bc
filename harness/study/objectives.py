"""What a search can look for: the quantities recorded of every run."""

from collections.abc import Mapping

from harness.study.wording import shown

RECORDED_LOSSES: Mapping[str, str] = {
    "cross_fitted_loss": "validation loss at an epoch chosen on other validation examples",
    "validation_loss_best": "lowest validation loss of the curve (rewards luck)",
    "validation_loss_end": "validation loss after the last epoch",
    "train_loss_end": "training loss after the last epoch",
}
"""Less is better of each, so that a search for one need not say its direction."""

SCORES: Mapping[str, str] = {
    "accuracy": "share of classes predicted right",
    "balanced_accuracy": "share predicted right, every class counting alike",
    "f1": "F1, the mean over classes",
    "roc_auc": "area under the ROC curve, the mean over classes",
    "average_precision": "average precision, the mean over classes",
    "r2": "R² of numbers",
    "mae": "mean absolute error of numbers (less is better)",
}
"""Measured on the validation part: of classes all but the last two, of numbers these."""

_TIMES = {"best": "at the epoch of lowest validation loss", "end": "after the last epoch"}

OBJECTIVES: Mapping[str, str] = {
    **RECORDED_LOSSES,
    "validation_score_best": "highest validation accuracy or R² of the curve (rewards luck)",
    "validation_score_end": "validation accuracy or R² after the last epoch",
    "train_score_end": "training accuracy or R² after the last epoch",
    "rise": "validation loss at the end above its minimum",
    "stop_epoch": "the epoch of lowest validation loss",
    **{
        f"{score}_{time}": f"{meaning}, {when}"
        for score, meaning in SCORES.items()
        for time, when in _TIMES.items()
    },
}
"""All that `Curves.quantities` names but the gap, which is refused alone."""


def objective_fault(name: str) -> str | None:
    """Why a quantity cannot be searched for, as "must ..., got ...", or None."""
    if name in ("gap", "gap_end"):
        why = "a network that learns nothing has the smallest gap of all"
        return f"must not be the gap alone, got {name}: {why}"
    if name not in OBJECTIVES:
        return f"must be one of {', '.join(OBJECTIVES)}, got {shown(name)}"
    return None


def score_of(objective: str) -> str | None:
    """The further score that an objective is about ("roc_auc_end": "roc_auc"), or None."""
    score, _, time = objective.rpartition("_")
    return score if score in SCORES and time in _TIMES else None
