"""What a function that shows results asks of them: curves of an arm, pairs of arms, outcomes."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from harness.findings.intervals import interval
from harness.findings.records import Findings, Interval, SettingFinding
from harness.findings.showing import Claim, Line, Outcome
from harness.judge import Ending, Run

Floats = NDArray[np.float64]


def setting_of(findings: Findings, name: str) -> SettingFinding:
    """The setting of this name.

    Raises:
        KeyError: there is none, or all its runs failed.
    """
    for setting in findings.settings:
        if setting.label == name:
            return setting
    known = ", ".join(setting.label for setting in findings.settings)
    raise KeyError(f"no setting {name!r}; there are {known}")


def runs_of(setting: SettingFinding) -> list[Run]:
    """The setting's runs that have curves, by seed; a diverged one has them up to its end."""
    return [run for run in setting.runs if run.curves is not None]


def curve(setting: SettingFinding, quantity: str) -> tuple[Floats, Floats]:
    """Epochs [epoch], and a curve of every seed [seed, epoch]; NaN where a run ended before.

    Args:
        setting: whose runs.
        quantity: "train_loss", "validation_loss", "train_score" or "validation_score".
    """
    curves = [run.curves for run in runs_of(setting) if run.curves is not None]
    longest = max(curves, key=lambda one: len(one.epochs))
    values = np.full((len(curves), len(longest.epochs)), np.nan)
    for row, one in zip(values, curves, strict=True):
        found = getattr(one, quantity)
        row[: len(found)] = found
    return np.array(longest.epochs), values


def curve_line(
    setting: SettingFinding, quantity: str, *, label: str = "", dashed: bool = False
) -> Line:
    """The mean curve of a setting's seeds, with a band from the lowest to the highest."""
    epochs, values = curve(setting, quantity)
    kept = np.isfinite(values).all(axis=0)
    values = values[:, kept]
    band = {"low": values.min(axis=0), "high": values.max(axis=0)} if len(values) > 1 else {}
    return Line(
        x=epochs[kept],
        y=values.mean(axis=0),
        label=label or setting.label,
        style="dashed" if dashed else "line",
        **band,
    )


Measure = Callable[[Run], float]
"""One number of a run; NaN where it has none."""


def measure(quantity: str | Measure) -> Measure:
    """A recorded quantity ("validation_loss_end", "gap" ...) of a run, or a function of one."""
    return quantity if callable(quantity) else lambda run: run.objective(quantity)


def mean_of(setting: SettingFinding, quantity: str | Measure) -> Interval:
    """Mean over seeds with its 95 % interval."""
    return interval([measure(quantity)(run) for run in runs_of(setting)])


def paired(a: SettingFinding, b: SettingFinding, quantity: str | Measure) -> Interval:
    """b minus a over pairs of equal seeds, with its 95 % interval."""
    of_a, of_b = (
        {run.seed: measure(quantity)(run) for run in runs_of(setting)} for setting in (a, b)
    )
    return interval([of_b[seed] - of_a[seed] for seed in sorted(of_a.keys() & of_b.keys())])


def outcome(apart: Interval, *, below: bool) -> Outcome:
    """Whether a difference lies below 0 (or above), by its whole interval."""
    if not apart.low <= apart.high or apart.low <= 0 <= apart.high:
        return Outcome.UNDECIDED
    return Outcome.CONFIRMED if (apart.high < 0) == below else Outcome.CONTRADICTED


def claim(says: str, *, holds: bool, measured: str) -> Claim:
    """A statement that one measured fact confirms or contradicts."""
    return Claim(
        says=says, outcome=Outcome.CONFIRMED if holds else Outcome.CONTRADICTED, measured=measured
    )


def epochs_to(run: Run, level: float, *, quantity: str = "train_loss") -> float:
    """The first epoch at which a curve is at `level` or below; NaN where it never is."""
    assert run.curves is not None
    below = np.flatnonzero(getattr(run.curves, quantity) <= level)
    return float(run.curves.epochs[below[0]]) if len(below) else float("nan")


def ended_well(setting: SettingFinding) -> Sequence[Run]:
    """The runs that did not diverge or fail."""
    return [run for run in setting.runs if run.ending is Ending.FINISHED]
