"""What is asked. In: a study file, or records made in Python. Out: a checked `Study`.

Holds the records (study, settings, trial), the table of knobs, the bounds of the judge and
the names of the random streams. It never reads data, trains or stores. Study files are read by
`harness.study.files` (`read_study`, `schema`), imported only where one is read: it needs
pydantic.
"""

from harness.study.editions import edition
from harness.study.knobs import KNOBS, Choice, GivenLayer, Knob, KnobSpec, KnobValue, Range
from harness.study.lessons import Lesson
from harness.study.objectives import OBJECTIVES, RECORDED_LOSSES, score_of
from harness.study.records import (
    Arm,
    Loss,
    Search,
    Stage,
    Study,
    Traced,
    Training,
    Trial,
    trial_from_json,
)
from harness.study.seeds import stream_seed
from harness.study.settings import Settings, settings_from, settings_from_json
from harness.study.sources import DataSource, Points, Split
from harness.study.thresholds import Thresholds
from harness.study.wording import written
from harness.study.writing import study_text

__all__ = [
    "KNOBS",
    "OBJECTIVES",
    "RECORDED_LOSSES",
    "Arm",
    "Choice",
    "DataSource",
    "GivenLayer",
    "Knob",
    "KnobSpec",
    "KnobValue",
    "Lesson",
    "Loss",
    "Points",
    "Range",
    "Search",
    "Settings",
    "Split",
    "Stage",
    "Study",
    "Thresholds",
    "Traced",
    "Training",
    "Trial",
    "edition",
    "score_of",
    "settings_from",
    "settings_from_json",
    "stream_seed",
    "study_text",
    "trial_from_json",
    "written",
]
