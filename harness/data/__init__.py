"""Examples in, parts out. In: a study's `DataSource`. Out: a `Dataset` of plain arrays.

Reads built-in sets, files and a user's function, cuts and standardises them, says which of
the training examples a run learns from, and scores predictions. It never trains a network and
never goes online. A user's file of code, be it for data or a network, is loaded here too.

Most functions are entered late: they bring pandas and scikit-learn, which rooms that only
need the records can do without.
"""

from importlib import import_module
from typing import Any

from harness.data.blocks import BlockFile
from harness.data.drawn import Index, batch_size, noisy_targets, subset, training_examples
from harness.data.records import LEAST_PROBABILITY, Dataset, Part, StreamedPart, Task

__all__ = [
    "LEAST_PROBABILITY",
    "BlockFile",
    "Column",
    "Dataset",
    "Index",
    "Part",
    "StreamedPart",
    "Task",
    "UserFunction",
    "batch_size",
    "columns",
    "fit_baselines",
    "further_scores",
    "held_out_losses",
    "load",
    "load_function",
    "machine_memory",
    "noisy_targets",
    "read_code",
    "subset",
    "training_examples",
]

_LATE = {
    "Column": "column_roles",
    "UserFunction": "user_code",
    "columns": "column_roles",
    "fit_baselines": "baselines",
    "further_scores": "scores",
    "held_out_losses": "hardness",
    "load": "loading",
    "load_function": "user_code",
    "machine_memory": "memory",
    "read_code": "user_code",
}


def __getattr__(name: str) -> Any:
    if name not in _LATE:
        raise AttributeError(f"module harness.data has no attribute {name}")
    return getattr(import_module(f"harness.data.{_LATE[name]}"), name)
