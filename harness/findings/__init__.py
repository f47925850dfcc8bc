"""What many runs together say. In: a study and its judged runs. Out: `Findings`.

Settings over their seeds, what goes with the gap, arms compared in pairs of equal seeds, and
one answer in words, all with intervals. Never trains, judges single runs, draws or stores.
"""

from harness.findings.comparison import Comparison, compare
from harness.findings.find import find
from harness.findings.intervals import holm, interval
from harness.findings.rates import RateAdvice, RateScan, advise
from harness.findings.records import (
    Difference,
    Findings,
    Interval,
    KnobFinding,
    Link,
    SettingFinding,
    ValueMean,
)
from harness.findings.scores import accuracy_misleads
from harness.findings.showing import Claim, Line, Map, Mark, Outcome, Picture, Sheet, Showing
from harness.findings.wording import with_spread
from harness.findings.worth import Standing, Worth, group_of, new_loss, worth

__all__ = [
    "Claim",
    "Comparison",
    "Difference",
    "Findings",
    "Interval",
    "KnobFinding",
    "Line",
    "Link",
    "Map",
    "Mark",
    "Outcome",
    "Picture",
    "RateAdvice",
    "RateScan",
    "SettingFinding",
    "Sheet",
    "Showing",
    "Standing",
    "ValueMean",
    "Worth",
    "accuracy_misleads",
    "advise",
    "compare",
    "find",
    "group_of",
    "holm",
    "interval",
    "new_loss",
    "with_spread",
    "worth",
]
