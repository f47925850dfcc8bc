"""What curves mean. In: the curves of a run, and a reference. Out: its verdict with evidence.

Verdicts are pure functions of curves, evidence, thresholds and a reference; this room never
trains, reads or stores, and it never sees the test part.
"""

from harness.judge.records import (
    Ending,
    Fit,
    Kind,
    Quantity,
    Run,
    Verdict,
    run_from_json,
    verdict_from_json,
)

__all__ = [
    "Ending",
    "Fit",
    "Kind",
    "Quantity",
    "Run",
    "Verdict",
    "run_from_json",
    "verdict_from_json",
]
