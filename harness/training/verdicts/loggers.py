"""Writes losses and verdicts to whatever loggers a Trainer has."""

from collections.abc import Iterable, Mapping
from math import isfinite
from typing import Any

from lightning.pytorch.loggers import Logger

from harness.judge import Verdict
from harness.training.verdicts.watcher import Measurement


def log_losses(
    loggers: Iterable[Logger],
    train: Measurement,
    validation: Measurement | None,
    *,
    step: int,
) -> None:
    """The losses and scores of one epoch as metrics `verdict/train_loss` and the like."""
    found = {"verdict/train_loss": train.loss, "verdict/train_score": train.score}
    if validation is not None:
        found["verdict/validation_loss"] = validation.loss
        found["verdict/validation_score"] = validation.score
    known = {name: value for name, value in found.items() if isfinite(value)}
    for logger in loggers:
        logger.log_metrics(known, step=step)


def log_verdict(loggers: Iterable[Logger], verdict: Verdict, *, step: int) -> None:
    """The verdict's figures as metrics, and its words where the logger takes words.

    MLflow gets tags, Weights & Biases its summary, TensorBoard a text, Comet its others;
    other loggers hyperparameters.
    """
    figures = {quantity.name: quantity.value for quantity in verdict.quantities}
    figures["confidence"] = verdict.confidence
    known = {f"verdict/{name}": x for name, x in figures.items() if isfinite(x)}
    words = {"verdict": verdict.kind.value, "fit": verdict.kind.fit.value, "why": verdict.why}
    for logger in loggers:
        logger.log_metrics(known, step=step)
        _write(logger, words)


def _write(logger: Logger, words: Mapping[str, str]) -> None:
    # By what is offered and not by class: their libraries need not be installed.
    place: Any = getattr(logger, "experiment", None)
    run: Any = getattr(logger, "run_id", None)
    if run is not None and hasattr(place, "set_tag"):  # MLflow
        for name, text in words.items():
            place.set_tag(run, name, text)
    elif hasattr(place, "summary"):  # Weights & Biases
        place.summary.update(words)
    elif hasattr(place, "add_text"):  # TensorBoard
        for name, text in words.items():
            place.add_text(f"verdict/{name}", text)
    elif hasattr(place, "log_others"):  # Comet
        place.log_others(words)
    else:
        logger.log_hyperparams(dict(words))
