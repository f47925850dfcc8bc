"""What is asked. In: a study file, or records made in Python. Out: a checked `Study`.

Holds the records (study, settings, trial), the table of knobs, the bounds of the judge and
the names of the random streams. It never reads data, trains or stores.
"""

from harness.study.knobs import KNOBS, Choice, GivenLayer, Knob, KnobSpec, KnobValue, Range, written
from harness.study.records import (
    OBJECTIVES,
    Arm,
    DataSource,
    Loss,
    Points,
    Search,
    Split,
    Stage,
    Study,
    Training,
    Trial,
    trial_from_json,
)
from harness.study.seeds import stream_seed
from harness.study.settings import Settings, settings_from, settings_from_json
from harness.study.thresholds import Thresholds

__all__ = [
    "KNOBS",
    "OBJECTIVES",
    "Arm",
    "Choice",
    "DataSource",
    "GivenLayer",
    "Knob",
    "KnobSpec",
    "KnobValue",
    "Loss",
    "Points",
    "Range",
    "Search",
    "Settings",
    "Split",
    "Stage",
    "Study",
    "Thresholds",
    "Training",
    "Trial",
    "settings_from",
    "settings_from_json",
    "stream_seed",
    "trial_from_json",
    "written",
]
