"""What curves mean. In: the curves of a run, and a reference. Out: its verdict with evidence.

Verdicts are pure functions of curves, evidence, thresholds and a reference; this room never
trains, reads or stores, and it never sees the test part.
"""

from harness.judge.alone import judge_alone, judge_log, judge_train_only
from harness.judge.explanations import EXPLANATIONS, Explanation, rests_on
from harness.judge.figures import MINUS, NOT_MEASURED, decimals, number
from harness.judge.reading import Reading, read
from harness.judge.records import (
    Ending,
    Fit,
    Kind,
    Quantity,
    Run,
    StopAt,
    Verdict,
    run_from_json,
    verdict_from_json,
)
from harness.judge.reference import Reference, reference_key, references, run_level
from harness.judge.rules import RULES, Rule
from harness.judge.seeds import SettingVerdict, agree
from harness.judge.smoothing import smoothed
from harness.judge.verdicts import Levels, judge, judge_all
from harness.judge.words import LOSS_UNITS, SAYINGS, SCORE_WORDS, how_sure, told

__all__ = [
    "EXPLANATIONS",
    "LOSS_UNITS",
    "MINUS",
    "NOT_MEASURED",
    "RULES",
    "SAYINGS",
    "SCORE_WORDS",
    "Ending",
    "Explanation",
    "Fit",
    "Kind",
    "Levels",
    "Quantity",
    "Reading",
    "Reference",
    "Rule",
    "Run",
    "SettingVerdict",
    "StopAt",
    "Verdict",
    "agree",
    "decimals",
    "how_sure",
    "judge",
    "judge_all",
    "judge_alone",
    "judge_log",
    "judge_train_only",
    "number",
    "read",
    "reference_key",
    "references",
    "rests_on",
    "run_from_json",
    "run_level",
    "smoothed",
    "told",
    "verdict_from_json",
]
