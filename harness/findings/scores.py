"""Scores beside accuracy, and whether accuracy alone misleads."""

import math
from collections.abc import Mapping, Sequence

from harness.findings.intervals import interval
from harness.findings.records import Interval, SettingFinding
from harness.judge import Ending, Run

MISLEADS = 0.05
"""Of accuracy, 0..1. Our choice: classes of nearly equal size bring a point or two."""


def further_scores(runs: Sequence[Run]) -> Mapping[str, Interval]:
    """Every further score after the last epoch, by name; finished seeds only."""
    ended = _ended(runs)
    names = dict.fromkeys(name for scores in ended for name in scores)
    return {name: interval(scores.get(name, math.nan) for scores in ended) for name in names}


def accuracy_misleads(setting: SettingFinding) -> bool:
    """Whether accuracy lies far from balanced accuracy, in which every class counts alike.

    By more than `MISLEADS` beyond the 95 % interval over seeds, where there is one.
    """
    nothing = math.nan
    apart = interval(
        scores.get("accuracy", nothing) - scores.get("balanced_accuracy", nothing)
        for scores in _ended(setting.runs)
    )
    error = apart.half if math.isfinite(apart.half) else 0.0
    return abs(apart.mean) - error > MISLEADS


def _ended(runs: Sequence[Run]) -> list[Mapping[str, float]]:
    return [
        run.curves.scores_end
        for run in runs
        if run.curves is not None and run.ending is Ending.FINISHED
    ]
