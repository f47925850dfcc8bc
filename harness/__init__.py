"""Is my model overfitting or underfitting, which setting causes it, what cures it?

    import harness

    prepared = harness.prepare("digits")
    outcome = harness.conduct_study(prepared, progress=harness.Silence())
    print(outcome.findings.answer)

The names below are entered late, so that importing the package costs nothing.
"""

from importlib import import_module
from typing import Any

_NAMES = {
    "harness.conduct": ("Silence", "export", "plan_study", "prepare", "prepare_study"),
    "harness.curves": ("Curves", "Evidence", "Trace"),
    "harness.curves.logs": ("Columns", "Log", "read_logs"),
    "harness.data": ("Dataset",),
    "harness.errors": ("HarnessError", "InputError"),
    "harness.findings": ("Findings", "find"),
    "harness.findings.intervals": ("interval",),
    "harness.findings.seen": (
        "claim",
        "curve",
        "curve_line",
        "epochs_to",
        "mean_of",
        "outcome",
        "paired",
        "runs_of",
        "setting_of",
    ),
    "harness.findings.showing": (
        "Claim",
        "Line",
        "Map",
        "Mark",
        "Outcome",
        "Picture",
        "Sheet",
        "Showing",
    ),
    "harness.findings.checks": ("Check",),
    "harness.judge": ("Kind", "Run", "Verdict", "judge_all", "judge_log"),
    "harness.study": (
        "KNOBS",
        "Arm",
        "Choice",
        "DataSource",
        "Points",
        "Range",
        "Search",
        "Settings",
        "Split",
        "Study",
        "Thresholds",
        "Training",
        "settings_from",
    ),
    "harness.study.files": ("read_study",),
    "harness.training.preflight": ("preflight",),
    "harness.training.verdicts": ("VerdictCallback", "huggingface_callback", "keras_callback"),
}
_ROOMS = {name: room for room, names in _NAMES.items() for name in names}
_RENAMED = {"conduct_study": ("harness.conduct.procedure", "conduct")}

__all__ = sorted([*_ROOMS, *_RENAMED])  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> Any:
    room, inside = _RENAMED.get(name, (_ROOMS.get(name), name))
    if room is None:
        raise AttributeError(f"module harness has no attribute {name}")
    return getattr(import_module(room), inside)
