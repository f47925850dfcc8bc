"""The procedure of a study. In: a study's name. Out: its runs stored, judged and reported.

Puts the rooms below in order and decides where the work is done (this process, workers
beside it). Never computes a network, a verdict or a statistic itself. Its functions are
entered late, so that a plan and a study file's faults are answered before torch is imported.
"""

from importlib import import_module
from typing import Any

from harness.conduct.progress import Progress, Silence

__all__ = [
    "Outcome",
    "Plan",
    "Prepared",
    "Progress",
    "Silence",
    "conduct",
    "export",
    "export_comparison",
    "forget_study",
    "open_pages",
    "plan_study",
    "prepare",
    "prepare_study",
    "start_study",
    "stored_studies",
]

_LATE = {
    "Outcome": "procedure",
    "Plan": "planning",
    "Prepared": "preparing",
    "conduct": "procedure",
    "export": "reporting",
    "export_comparison": "reporting",
    "forget_study": "keeping",
    "open_pages": "keeping",
    "stored_studies": "keeping",
    "plan_study": "planning",
    "prepare": "preparing",
    "prepare_study": "preparing",
    "start_study": "starting",
}


def __getattr__(name: str) -> Any:
    if name not in _LATE:
        raise AttributeError(f"module harness.conduct has no attribute {name}")
    return getattr(import_module(f"harness.conduct.{_LATE[name]}"), name)
