"""The tables of a study file as pydantic reads them: names, types and bounds.

Rules that one value breaks by itself stand here, so that the JSON schema holds them too;
rules between values are the records'. Descriptions come from the records' docstrings.
"""

import inspect
import re
from collections.abc import Callable
from dataclasses import fields
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, create_model
from pydantic.fields import FieldInfo

from harness.study.lessons import Lesson
from harness.study.objectives import OBJECTIVES, objective_fault
from harness.study.records import Direction, Loss, Sampler, Search, Study, Traced, Training
from harness.study.sources import DataSource, Points, Split
from harness.study.thresholds import Thresholds

_ARGUMENT = re.compile(r"^ {4}(\w[\w, ]*): (.+?)(?=^ {4}\w|^\S|\Z)", re.MULTILINE | re.DOTALL)


def meanings(record: type) -> dict[str, str]:
    """What each field of a record means, from the `Args` of its docstring.

    A study file has no None: there a key is left out.
    """
    _, _, arguments = (inspect.getdoc(record) or "").partition("Args:\n")
    found: dict[str, str] = {}
    for names, text in _ARGUMENT.findall(arguments):
        meaning = " ".join(text.split()).rstrip(".").replace("None", "left out")
        found |= {name.strip(): meaning for name in names.split(",")}
    return found


def _described(*records: type) -> Callable[[dict[str, Any]], None]:
    def describe(schema: dict[str, Any]) -> None:
        known = {name: text for record in records for name, text in meanings(record).items()}
        for name, entry in schema["properties"].items():
            if name in known:
                entry.setdefault("description", known[name])

    return describe


def _config(*records: type) -> ConfigDict:
    return ConfigDict(
        strict=True,
        extra="forbid",
        frozen=True,
        allow_inf_nan=False,
        json_schema_extra=_described(*records),
    )


Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=1)]


def _objective(name: str) -> str:
    fault = objective_fault(name)
    if fault is not None:
        raise ValueError(fault)
    return name


class SplitTable(BaseModel):
    """`[data.split]`: shares left out of it are 0."""

    model_config = _config(Split)

    train: Annotated[float, Field(gt=0, le=1)]
    validation: Share = 0.0
    test: Share = 0.0


class PointsTable(BaseModel):
    """`[data.points]`: examples written out."""

    model_config = _config(Points)

    x: list[list[float]]
    y: list[Annotated[float | str, Field(union_mode="left_to_right")]]


class DataTable(BaseModel):
    """`[data]`: where examples come from and how they are cut."""

    model_config = _config(DataSource)

    source: str | None = None
    points: PointsTable | None = None
    split: SplitTable | None = None
    target: str | None = None
    features: list[str] = []
    missing: Literal["error", "mean"] = "error"
    standardize: bool | None = None
    group: str | None = None
    time: str | None = None
    stream: bool | None = None
    task: Literal["classification", "regression"] | None = None
    examples: Count | None = None
    noise: Annotated[float, Field(ge=0)] | None = None
    degree: Count | None = None
    dimensions: Count | None = None
    modulus: Count | None = None


class TrainingTable(BaseModel):
    """`[training]`: seeds, epochs, loss and trace."""

    model_config = _config(Training)

    epochs: Any = None
    seeds: Count | None = None
    loss: Loss | None = None
    trace: Traced | None = None


class SearchTable(BaseModel):
    """`[search]`: how trials are chosen."""

    model_config = _config(Search)

    trials: Count | None = None
    sampler: Sampler = "tpe"
    batch: Count = 16
    objective: Annotated[
        str, AfterValidator(_objective), Field(json_schema_extra={"enum": list(OBJECTIVES)})
    ] = "cross_fitted_loss"
    direction: Direction | None = None


def _threshold(default: float) -> Any:
    whole = isinstance(default, int)
    return (Count, default) if whole else (Annotated[float, Field(gt=0, lt=1)], default)


ThresholdsTable: type[BaseModel] = create_model(
    "ThresholdsTable",
    __config__=_config(Thresholds),
    __doc__="`[thresholds]`: the bounds that verdicts are read against.",
    **{field.name: _threshold(field.default) for field in fields(Thresholds)},  # pyright: ignore[reportArgumentType]
)


class LessonTable(BaseModel):
    """`[lesson]`: what the study teaches."""

    model_config = _config(Lesson)

    predict: str = ""
    reveal: str = ""
    attempt: str = ""
    remark: str = ""
    keras: str = ""
    definitions: list[str] = []


class StudyTable(BaseModel):
    """A study file: a question and everything needed to answer it."""

    model_config = _config(Study)

    question: str
    seed: int = 0
    network: str | None = None
    data: DataTable
    training: TrainingTable = TrainingTable()
    knobs: dict[str, Any] = {}
    search: SearchTable | None = None
    arms: dict[str, Any] | None = None
    thresholds: ThresholdsTable = ThresholdsTable()  # pyright: ignore[reportInvalidTypeForm]
    shows: str | None = None
    lesson: LessonTable | None = None


TABLES: dict[str, type[BaseModel]] = {
    "data": DataTable,
    "data.split": SplitTable,
    "data.points": PointsTable,
    "training": TrainingTable,
    "search": SearchTable,
    "thresholds": ThresholdsTable,
    "lesson": LessonTable,
}
"""The tables whose keys are known, by their place in the file."""


def keys_of(place: str) -> dict[str, FieldInfo]:
    """The keys that the table at `place` knows ("" for the top of the file)."""
    return (TABLES[place] if place else StudyTable).model_fields
