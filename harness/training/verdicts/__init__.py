"""Verdicts for anybody's training. In: a training that runs. Out: its curves and verdict.

Measures beside a training and leaves no trace in it; never trains.
"""

from harness.training.verdicts.callback import VerdictCallback
from harness.training.verdicts.optional import huggingface_callback, keras_callback
from harness.training.verdicts.watcher import Measurement, Overdue, Watcher

__all__ = [
    "Measurement",
    "Overdue",
    "VerdictCallback",
    "Watcher",
    "huggingface_callback",
    "keras_callback",
]
