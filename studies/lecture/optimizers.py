"""What the studies of four optimizers show (item 9): steps to a loss, by rate and by seed."""

import math
from dataclasses import dataclass

import numpy as np

from harness import Claim, Line, Picture, Sheet, Showing, claim, epochs_to, outcome, runs_of
from harness.findings import interval

ORDER = ("sgd", "momentum", "rmsprop", "adam")
ON_BOWL, ON_DIGITS = 0.01, 0.1
"""The training losses that steps are counted to."""


SHOWN = 30
"""Steps that are drawn on the bowl."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Counted:
    """One optimizer's steps to a level.

    Args:
        kind: the optimizer.
        arms: one for each rate, rising.
        steps: to the level, [rate, seed]; infinite where it is not reached.
        limit: steps taken in all.
    """

    kind: str
    arms: list
    steps: np.ndarray
    limit: int

    @property
    def rates(self):
        """Of the arms."""
        return [arm.trial.settings.learning_rate for arm in self.arms]

    @property
    def best(self):
        """The arm with the fewest steps, by every other seed."""
        return int(np.argmin(self.steps[:, ::2].mean(axis=1)))

    @property
    def fresh(self):
        """Steps at that rate of the seeds that had no part in the choice; at most the limit."""
        return np.minimum(self.steps[self.best, 1::2], self.limit)

    @property
    def works(self):
        """At which rates all seeds reach the level."""
        return np.isfinite(self.steps).all(axis=1)


def counted(findings, level):
    """The steps of each optimizer."""
    found = {}
    for kind in ORDER:
        arms = [one for one in findings.settings if one.trial.settings.optimizer == kind]
        arms.sort(key=lambda one: one.trial.settings.learning_rate)
        steps = [[steps_to(run, level) for run in runs_of(arm)] for arm in arms]
        limit = arms[0].trial.settings.epochs * _updates(runs_of(arms[0])[0])
        found[kind] = Counted(kind=kind, arms=arms, steps=np.array(steps), limit=limit)
    return found


def steps_to(run, level):
    """Steps until the training loss is at the level; infinite where it never is."""
    epochs = epochs_to(run, level)
    return epochs * _updates(run) if epochs == epochs else np.inf


def _updates(run):
    return math.ceil(run.curves.train_examples / run.trial.settings.batch)


def on_a_bowl(findings, dataset):
    """Steps down a narrow bowl, and the ways over it."""
    found = counted(findings, ON_BOWL)
    return Showing(
        parts=[_ways(found), _curves(found), _by_rate(found), _table(found)],
        claims=[*_faster_than_sgd(found), _adam_is_first(found)],
    )


def on_digits(findings, dataset):
    """Steps of a network that learns digits."""
    found = counted(findings, ON_DIGITS)
    return Showing(
        parts=[_curves(found), _by_rate(found), _table(found)],
        claims=[*_faster_than_sgd(found), _adam_is_first(found), _forgives(found)],
    )


def _faster_than_sgd(found):
    sgd = found["sgd"].fresh
    claims = []
    for kind in ORDER[1:]:
        times = _times(found[kind].fresh, sgd)
        claims.append(
            Claim(
                says=f"{_named(kind, begins=True)} needs fewer steps than plain SGD",
                outcome=outcome(times, below=True),
                measured=f"{found[kind].fresh.mean():.0f} steps at its best rate, SGD"
                f" {sgd.mean():.0f} at its own: {_with(times)} times as many",
            )
        )
    return claims


def _adam_is_first(found):
    others = min(ORDER[:-1], key=lambda kind: found[kind].fresh.mean())
    times = _times(found["adam"].fresh, found[others].fresh)
    return Claim(
        says="Adam needs the fewest steps of all",
        outcome=outcome(times, below=True),
        measured=f"{found['adam'].fresh.mean():.0f} steps, {_named(others)}"
        f" {found[others].fresh.mean():.0f}: {_with(times)} times as many",
    )


def _forgives(found):
    counts = {kind: int(found[kind].works.sum()) for kind in ORDER}
    rates = found["adam"].rates
    return claim(
        "Adam's rate need not be chosen with care",
        holds=counts["adam"] > max(counts[kind] for kind in ORDER[:-1]),
        measured=f"of {len(rates)} rates from {rates[0]:g} to {rates[-1]:g} all seeds get there in"
        f" time with {', '.join(f'{counts[kind]} ({_named(kind)})' for kind in ORDER)}",
    )


def _curves(found):
    lines = []
    for kind in ORDER:
        runs = runs_of(found[kind].arms[found[kind].best])
        losses = np.array([run.curves.train_loss for run in runs])
        steps = runs[0].curves.epochs * _updates(runs[0])
        lines.append(
            Line(
                x=steps,
                y=np.median(losses, axis=0),
                label=f"{_named(kind)}, rate {found[kind].rates[found[kind].best]:g}",
                low=np.quantile(losses, 0.25, axis=0),
                high=np.quantile(losses, 0.75, axis=0),
            )
        )
    return Picture(
        title="The loss of each at its best rate",
        x_label="step",
        y_label="training loss",
        lines=lines,
        log_y=True,
        note="Median of the seeds; the band holds the half of them around it.",
    )


def _by_rate(found):
    lines = []
    for kind in ORDER:
        steps = found[kind].steps
        lines.append(
            Line(
                x=found[kind].rates,
                y=np.where(found[kind].works, steps.mean(axis=1), np.nan),
                label=_named(kind),
                style="points",
                low=np.where(found[kind].works, steps.min(axis=1), np.nan),
                high=np.where(found[kind].works, steps.max(axis=1), np.nan),
            )
        )
    return Picture(
        title="Steps by learning rate",
        x_label="learning rate",
        y_label="steps",
        lines=lines,
        log_x=True,
        log_y=True,
        note="Only where all seeds get there; mean, lowest and highest.",
    )


def _ways(found):
    own = found["sgd"].arms[0].trial.settings
    knobs = dict(own.own)
    turn = math.radians(knobs["turn"])
    lines = []
    for kind in ORDER:
        run = runs_of(found[kind].arms[found[kind].best])[1]
        w = run.trace.of("w").astype(float)[:SHOWN]
        lines.append(Line(x=w[:, 0], y=w[:, 1], label=_named(kind)))
    lines += [_ring(loss, knobs["ratio"], turn) for loss in (0.3, 3.0)]
    return Picture(
        title=f"{SHOWN} steps over the bowl",
        x_label="first weight",
        y_label="second weight",
        lines=lines,
        note="Dotted: equal loss. One seed, each at its best rate.",
    )


def _ring(height, ratio, turn):
    angle = np.linspace(0, 2 * np.pi, 200)
    along, steep = np.sqrt(2 * height) * np.cos(angle), np.sqrt(2 * height / ratio) * np.sin(angle)
    return Line(
        x=math.cos(turn) * along - math.sin(turn) * steep,
        y=math.sin(turn) * along + math.cos(turn) * steep,
        style="dotted",
    )


def _table(found):
    rows = []
    for kind in ORDER:
        one = found[kind]
        steps = interval(list(one.fresh))
        rows.append(
            (
                _named(kind),
                f"{one.rates[one.best]:g}",
                f"{steps.mean:.0f} ({steps.low:.0f} to {steps.high:.0f})",
                f"{one.works.sum()} of {len(one.rates)}",
            )
        )
    return Sheet(
        title="Steps to the level",
        columns=["optimizer", "best rate", "steps (95 %)", "rates at which all seeds get there"],
        rows=rows,
        note="Half of the seeds choose the rate, the steps are those of the other half.",
    )


def _named(kind, *, begins=False):
    names = {"sgd": "SGD", "rmsprop": "RMSprop", "adam": "Adam"}
    return names.get(kind, kind.capitalize() if begins else kind)


def _times(steps, others):
    """How many times as many, as logarithms: paired over seeds."""
    return interval(list(np.log(np.maximum(steps, 1) / np.maximum(others, 1))))


def _with(times):
    mean, low, high = np.exp([times.mean, times.low, times.high])
    return f"{mean:.2f} (95 %: {low:.2f} to {high:.2f})"
