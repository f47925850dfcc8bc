"""The record between training and everything after. In: measurements. Out: `Curves`.

Never trains, judges or stores. Readers of other tools' logs are in `harness.curves.logs`.
"""

from harness.curves.baselines import Baseline, baseline_from_json, lowest_baselines
from harness.curves.records import (
    ARRAYS,
    Curves,
    Estimate,
    Evidence,
    curves_from_json,
    estimate_from_json,
    evidence_from_json,
)
from harness.curves.traces import Trace

__all__ = [
    "ARRAYS",
    "Baseline",
    "Curves",
    "Estimate",
    "Evidence",
    "Trace",
    "baseline_from_json",
    "curves_from_json",
    "estimate_from_json",
    "evidence_from_json",
    "lowest_baselines",
]
