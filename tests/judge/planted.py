"""Curves made by hand and curves whose truth is known by construction."""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from harness.curves import Baseline, Curves, Estimate, Evidence
from harness.judge import Ending, Kind, Reference, Run
from harness.study import Trial, settings_from


def made(
    validation: Sequence[float] | np.ndarray,
    train: Sequence[float] | np.ndarray,
    *,
    constant: float = 1.0,
    rise: Estimate | None = None,
    gap_error: float = 0.0,
    accuracy: Sequence[float] | np.ndarray = (),
    cross_fitted: float | None = None,
    loss_name: str = "categorical_crossentropy",
    examples: int = 400,
) -> Curves:
    """Curves from epoch 0 on, with evidence where `rise` or `cross_fitted` is given."""
    validation, train = np.asarray(validation, float), np.asarray(train, float)
    evidence = None
    if rise is not None or cross_fitted is not None:
        level = float(validation.min()) if cross_fitted is None else cross_fitted
        error = gap_error / math.sqrt(2)
        evidence = Evidence(
            rise=rise or Estimate(mean=validation[-1] - level, standard_error=math.nan, n=1),
            cross_fitted_loss=Estimate(mean=level, standard_error=error, n=examples),
            validation_loss_end=Estimate(mean=validation[-1], standard_error=error, n=examples),
            train_loss_end=Estimate(mean=train[-1], standard_error=error, n=examples),
        )
    return Curves(
        epochs=np.arange(len(train), dtype=float),
        train_loss=train,
        validation_loss=validation,
        train_score=np.asarray(accuracy, float),
        validation_score=np.asarray(accuracy, float),
        loss_name=loss_name,
        score_name="accuracy" if len(accuracy) > 0 else "",
        constant_loss=constant,
        train_examples=examples,
        validation_examples=examples,
        evidence=evidence,
    )


def down(end: float) -> np.ndarray:
    """Half of the way from 1 to `end` each epoch, for 20 epochs."""
    return end + (1 - end) * 0.5 ** np.arange(21.0)


def level(loss: float) -> Reference:
    """A reference at `loss`, from enough runs."""
    return Reference(loss=loss, trial=0, runs=30, settings=6, train_examples=400, label_noise=0.0)


def cheap(loss: float, *, examples: int = 400, name: str = "gradient boosting") -> Baseline:
    """A cheap model that reaches `loss`."""
    return Baseline(
        name=name,
        train_examples=examples,
        label_noise=0.0,
        learned_from=examples,
        validation_loss=Estimate(mean=loss, standard_error=0.01, n=examples),
        seeds=1,
        seed_error=0.0,
        score=0.9,
        score_name="accuracy",
        seconds=0.1,
    )


def ran(
    curves: Curves | None,
    *,
    trial: int = 0,
    seed: int = 0,
    name: str | None = None,
    ending: Ending = Ending.FINISHED,
    stage: str = "search",
    **knobs: object,
) -> Run:
    """A run of one setting; `knobs` are its settings."""
    return Run(
        trial=Trial(number=trial, settings=settings_from(knobs), stage=stage, name=name),
        seed=seed,
        ending=ending,
        reason="" if ending is Ending.FINISHED else "loss was not finite after epoch 3",
        curves=curves,
    )


def planted(kind: Kind, rng: np.random.Generator, *, evidence: bool = True) -> Curves:
    """Curves of a run that truly is of this kind, measured on 400 examples.

    Losses are in units of what there is to learn: a constant predicts at 1.2, the best network
    at 0.2. The validation examples' own luck shifts a curve as a whole, and every epoch jumps.
    """
    floor, epochs = 0.2, int(rng.integers(24, 90))
    time = np.arange(epochs + 1) / epochs
    fall = np.exp(-time / rng.uniform(0.05, 0.10))
    if kind is Kind.TRAINED_TOO_LONG:
        least = rng.uniform(0, 0.2)
        validation = floor + least + (1 - least) * fall
        validation += rng.uniform(0.2, 0.8) * np.clip(time - rng.uniform(0.2, 0.4), 0, None) / 0.6
        train = floor * 0.1 + (1.1 - floor * 0.1) * fall
    elif kind is Kind.STOPPED_EARLY:
        validation = floor + np.exp(-time * rng.uniform(0.7, 1.6))
        train = validation - 0.03 * time
    elif kind is Kind.MEMORISES:
        end = floor + rng.uniform(0.0, 0.1)
        gap = rng.uniform(0.30, 0.8)
        end = max(end, gap + 0.01)
        validation = end + (1.2 - end) * fall
        train = (end - gap) + (1.2 - end + gap) * fall
    elif kind is Kind.TOO_WEAK:
        left = rng.uniform(0.28, 0.7)
        validation = floor + left + (1 - left) * fall
        train = validation - 0.03 * time
    elif kind is Kind.CONSTANT:
        validation = np.full(epochs + 1, 1.2) - 0.02 * time
        train = validation - 0.01 * time
    elif kind is Kind.DIVERGED:
        validation = 1.2 + rng.uniform(0.5, 5) * (1 - fall)
        train = validation + 0.02
    else:
        left = rng.uniform(0.0, 0.08)
        validation = floor + left + (1 - left) * fall
        train = validation - rng.uniform(0.0, 0.1) * time
    return _measured(validation, train, rng, evidence=evidence)


def collapsed(rng: np.random.Generator, *, evidence: bool = True) -> Curves:
    """Too large a rate: learns in jumps, falls back to a constant's loss within a few epochs."""
    epochs = int(rng.integers(24, 90))
    time = np.arange(epochs + 1) / epochs
    least = rng.uniform(0.25, 0.9)
    train = least + (1.2 - least) * np.exp(-time / 0.05)
    train *= 1 + rng.uniform(0.0, 0.08) * rng.standard_normal(epochs + 1)
    gone = time > rng.uniform(0.25, 0.8)
    train[gone] = 1.2 + 0.003 * rng.standard_normal(gone.sum())
    return _measured(train + 0.01, train, rng, evidence=evidence)


def overfit_with_a_noisy_rate(rng: np.random.Generator, *, evidence: bool = True) -> Curves:
    """Truly overfit, while the training loss jumps about its floor."""
    curves = planted(Kind.TRAINED_TOO_LONG, rng, evidence=evidence)
    jumps = np.abs(rng.uniform(0.01, 0.05) * rng.standard_normal(len(curves.epochs)))
    return replace(curves, train_loss=curves.train_loss + jumps)


def _measured(
    validation: np.ndarray, train: np.ndarray, rng: np.random.Generator, *, evidence: bool
) -> Curves:
    error = 0.015
    truth = validation[-1] - validation.min()
    validation = validation + rng.normal(0, error) + rng.normal(0, error, len(validation))
    train = train + rng.normal(0, error / 3, len(train))
    rise = Estimate(mean=truth + rng.normal(0, error), standard_error=error, n=400)
    return made(
        validation,
        np.clip(train, 0.0, None),
        constant=1.2,
        rise=rise if evidence else None,
        gap_error=error,
    )
