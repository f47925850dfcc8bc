"""The procedure of a study. In: a study's name. Out: its runs stored, judged and reported.

Puts the rooms below in order and decides where the work is done (this process, workers
beside it). Never computes a network, a verdict or a statistic itself. Its names are entered
late, so that a plan and a study file's faults are answered before torch is imported.
"""

from importlib import import_module
from typing import Any

__all__ = [
    "Flight",
    "Outcome",
    "Plan",
    "Prepared",
    "Progress",
    "RangeTest",
    "Silence",
    "command_line",
    "conduct",
    "export",
    "export_comparison",
    "forget_study",
    "lecture",
    "open_pages",
    "plan_study",
    "preflight_network",
    "preflight_study",
    "prepare",
    "prepare_study",
    "range_line",
    "range_test",
    "shipped_studies",
    "start_study",
    "stored_runs",
    "stored_studies",
]

_LATE = {
    "Flight": "preflighting",
    "Outcome": "procedure",
    "Plan": "planning",
    "Prepared": "preparing",
    "Progress": "progress",
    "RangeTest": "scanning",
    "Silence": "progress",
    "conduct": "procedure",
    "export": "reporting",
    "export_comparison": "reporting",
    "forget_study": "keeping",
    "lecture": "lessons",
    "open_pages": "keeping",
    "stored_runs": "keeping",
    "stored_studies": "keeping",
    "plan_study": "planning",
    "preflight_network": "preflighting",
    "preflight_study": "preflighting",
    "prepare": "preparing",
    "prepare_study": "preparing",
    "range_line": "scanning",
    "range_test": "scanning",
    "shipped_studies": "preparing",
    "start_study": "starting",
    "command_line": "typed",
}


def __getattr__(name: str) -> Any:
    if name not in _LATE:
        raise AttributeError(f"module harness.conduct has no attribute {name}")
    return getattr(import_module(f"harness.conduct.{_LATE[name]}"), name)
