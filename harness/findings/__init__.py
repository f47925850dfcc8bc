"""What many runs together say. In: a study and its judged runs. Out: `Findings`.

Settings over their seeds, what goes with the gap, arms compared in pairs of equal seeds, and
one answer in words, all with intervals. Never trains, judges single runs, draws or stores.
"""

from harness.findings.records import (
    Difference,
    Findings,
    Interval,
    KnobFinding,
    SettingFinding,
    ValueMean,
)

__all__ = [
    "Difference",
    "Findings",
    "Interval",
    "KnobFinding",
    "SettingFinding",
    "ValueMean",
]
