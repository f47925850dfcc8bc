"""Runs with made-up curves of the shapes that real ones have, from a seeded generator."""

import math
from dataclasses import replace

import numpy as np

from harness.curves import Baseline, Curves, Estimate, Evidence
from harness.judge import Ending, Run
from harness.study import (
    Arm,
    Choice,
    DataSource,
    Range,
    Search,
    Study,
    Training,
    Trial,
    settings_from,
)

CONSTANT = math.log(10)


def search_study(trials=12, **changes):
    asked = {
        "name": "digits",
        "question": "How much capacity do the digits bear before the network memorises them?",
        "data": DataSource(source="digits"),
        "training": Training(seeds=5),
        "knobs": {
            "layers": 2,
            "units": Range(low=4, high=512, scale="log", integer=True),
            "dropout": Range(low=0.0, high=0.6),
            "optimizer": Choice(values=("sgd", "adam")),
            "learning_rate": Range(low=1e-4, high=1e-1, scale="log"),
            "batch": 32,
        },
        "search": Search(trials=trials),
    }
    return Study(**{**asked, **changes})


def arms_study(**changes):
    named = {"small": 4, "right": 32, "large": 512}
    arms = tuple(
        Arm(name=n, settings=settings_from({"units": u, "learning_rate": 0.005}))
        for n, u in named.items()
    )
    asked = {
        "name": "first",
        "question": "Is a network of 4, 32 or 512 units the right size for the digits?",
        "data": DataSource(source="digits"),
        "training": Training(seeds=6),
        "arms": arms,
    }
    return Study(**{**asked, **changes})


def search_runs(study, *, trials, epochs=60, seeds=5, seed=0):
    """Runs of random trials; wide and long ones overfit, slow ones underfit, fast ones diverge."""
    draw = np.random.default_rng(seed)
    runs = []
    for number in range(trials):
        values = {
            **study.fixed,
            "units": int(np.exp(draw.uniform(np.log(4), np.log(512)))),
            "dropout": float(draw.uniform(0, 0.6)),
            "optimizer": str(draw.choice(["sgd", "adam"])),
            "learning_rate": float(10 ** draw.uniform(-4, -1)),
        }
        values = dict(study.default_settings().acting()) if number == 0 else values
        trial = Trial(number=number, settings=settings_from(values), stage="search")
        runs += [made_up_run(trial, s, draw=draw, epochs=epochs) for s in range(seeds)]
    return runs


def arm_runs(study, *, epochs=30, seeds=6, seed=0):
    draw = np.random.default_rng(seed)
    trials = [
        Trial(number=n, settings=arm.settings, stage="arms", name=arm.name)
        for n, arm in enumerate(study.arms)
    ]
    return [made_up_run(t, s, draw=draw, epochs=epochs) for t in trials for s in range(seeds)]


def made_up_run(trial, seed, *, draw, epochs):
    """A run whose speed grows with the learning rate, and whose gap grows with the width."""
    settings = trial.settings
    speed = settings.learning_rate * (60 if settings.optimizer == "adam" else 9)
    width = np.log(settings.widths[0] / 4) / np.log(128)
    appetite = width * (1 - settings.dropout)
    if speed > 2.0:
        return diverged(trial, seed, draw=draw, epochs=epochs)
    t = np.arange(epochs + 1, dtype=float)
    floor = 0.75 * (1 - width) ** 2
    learned = 1 - np.exp(-speed * t)
    train = floor * (1 - 0.9 * appetite) + 0.01 + (CONSTANT - floor) * (1 - learned)
    overshoot = 0.9 * appetite**2 * np.clip(speed * t / 8 - 0.4, 0, None) ** 0.7
    validation = floor + 0.12 + (CONSTANT - floor) * (1 - learned) + overshoot
    luck = 1 + 0.06 * draw.standard_normal()
    curves = Curves(
        epochs=t,
        train_loss=train * (1 + 0.02 * draw.standard_normal(epochs + 1)),
        validation_loss=luck * validation * (1 + 0.02 * draw.standard_normal(epochs + 1)),
        train_score=np.clip(1 - 0.9 * train / CONSTANT, 0, 1),
        validation_score=np.clip(1 - 0.9 * luck * (validation - 0.7 * overshoot) / CONSTANT, 0, 1),
        loss_name="categorical_crossentropy",
        score_name="accuracy",
        constant_loss=CONSTANT,
        train_examples=1078,
        validation_examples=359,
    )
    return Run(
        trial=trial,
        seed=seed,
        ending=Ending.FINISHED,
        curves=replace(curves, evidence=evidence(curves)),
        seconds=0.2,
    )


def baselines(linear, boosted, **changes):
    """Cheap models of these losses, learned from what `made_up_run` learns from."""
    asked = {
        "train_examples": 1078,
        "label_noise": 0.0,
        "learned_from": 1078,
        "seeds": 1,
        "seed_error": 0.0,
        "score_name": "accuracy",
        "seconds": 0.5,
    }
    losses = {"logistic regression": linear, "gradient boosting": boosted}
    luck = Estimate(mean=0.0312, standard_error=0.05, n=359)
    return [
        Baseline(
            name=name,
            validation_loss=Estimate(mean=loss, standard_error=0.02, n=359),
            score=1 - loss / 3,
            hardness=luck if name == "logistic regression" else None,
            **{**asked, **changes},
        )
        for name, loss in losses.items()
    ]


def diverged(trial, seed, *, draw, epochs):
    reached = int(draw.integers(2, 9))
    t = np.arange(reached, dtype=float)
    loss = CONSTANT * np.exp(t * draw.uniform(0.5, 1.2))
    nothing = np.full(reached, 0.1)
    curves = Curves(
        epochs=t,
        train_loss=loss,
        validation_loss=loss * 1.05,
        train_score=nothing,
        validation_score=nothing,
        loss_name="categorical_crossentropy",
        score_name="accuracy",
        constant_loss=CONSTANT,
        train_examples=1078,
        validation_examples=359,
    )
    reason = f"training loss was infinite after epoch {reached - 1}"
    return Run(
        trial=trial,
        seed=seed,
        ending=Ending.DIVERGED,
        reason=reason,
        curves=curves,
        seconds=0.1,
    )


def failed(trial, seed, reason="ValueError: 7 classes <where> 10 were meant"):
    return Run(trial=trial, seed=seed, ending=Ending.FAILED, reason=reason)


def evidence(curves):
    """What a training would have kept: the rise and the losses with plausible errors."""

    def about(mean, n):
        return Estimate(mean=float(mean), standard_error=0.9 * CONSTANT / math.sqrt(n) / 4, n=n)

    end, best = curves.validation_loss[-1], curves.validation_loss.min()
    return Evidence(
        rise=about(end - best, 359),
        cross_fitted_loss=about(best + 0.01, 359),
        validation_loss_end=about(end, 359),
        train_loss_end=about(curves.train_loss[-1], 1078),
    )
