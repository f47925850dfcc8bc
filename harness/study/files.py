"""Study files: TOML in, a checked `Study` out, or every fault of the file at once."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from harness.errors import StudyError, raise_all
from harness.study.faults import fault_lines
from harness.study.knobs import KNOBS, Choice, KnobSpec, Range
from harness.study.lessons import Lesson
from harness.study.notation import read_arm, read_spec
from harness.study.records import ARM_SEEDS, SEARCH_SEEDS, Arm, Search, Study, Training
from harness.study.schema import schema, schema_text
from harness.study.settings import settings_from
from harness.study.sources import DataSource, Points, Split
from harness.study.specs import combination_faults, knob_named, unknown_knob
from harness.study.tables import DataTable, StudyTable
from harness.study.thresholds import Thresholds
from harness.study.wording import written_key

__all__ = ["read_study", "schema", "schema_text"]


def read_study(path: Path) -> Study:
    """The study in a TOML file; its name is the file's, its folder the file's folder.

    Raises:
        StudyError: the file cannot be read or breaks a rule; one line for each fault, each
            beginning with `path` as it was given.
    """
    try:
        return _study(_document(path), path)
    except StudyError as error:
        raise error.at(str(path)) from None


def _document(path: Path) -> dict[str, Any]:
    text = _text(path)
    try:
        document = tomllib.loads(text)
    except RecursionError:
        raise StudyError("is not TOML: nested too deeply") from None
    except ValueError as error:
        raise StudyError(f"is not TOML: {_toml_fault(str(error))}") from None
    if not document:
        raise StudyError("is empty: a study needs a question, [data], and [search] or [arms]")
    return document


def _text(path: Path) -> str:
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise StudyError(f"no such study; {_neighbours(path)}") from None
    except IsADirectoryError:
        raise StudyError("is a directory; name the study's .toml file in it") from None
    except OSError as error:
        raise StudyError(f"cannot be read: {error.strerror or error}") from None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise StudyError(f"is not UTF-8: line {line} holds byte {content[error.start]}") from None


def _neighbours(path: Path) -> str:
    if not path.parent.is_dir():
        return f"there is no folder {path.parent}"
    names = sorted(file.stem for file in path.parent.glob("*.toml"))
    return f"there are {', '.join(names)}" if names else f"there is none in {path.parent}"


def _toml_fault(message: str) -> str:
    """tomllib's message, with the line first."""
    what, place = message, ""
    if found := re.fullmatch(r"(.*) \(at (.*)\)", message, re.DOTALL):
        what, place = found.groups()
    what = " ".join(what.split())
    return f"{place}: {what[0].lower()}{what[1:]}" if place else what


@contextmanager
def _gathering(faults: list[str]) -> Iterator[None]:
    try:
        yield
    except StudyError as error:
        faults.extend(error.faults)


def _study(document: dict[str, Any], path: Path) -> Study:
    faults: list[str] = []
    table = _sound(document, faults)
    knobs = _knobs(table, faults)
    arms = _arms(table, knobs, faults)
    data, search, thresholds = DataSource(source="?"), None, Thresholds()
    with _gathering(faults):
        data = _data(table.data)
    if table.search is not None:
        search = Search(trials=1, objective=table.search.objective, direction="minimize")
        with _gathering(faults):
            search = Search(**table.search.model_dump())
    with _gathering(faults):
        thresholds = Thresholds(**table.thresholds.model_dump())
    seeds = table.training.seeds or (SEARCH_SEEDS if search is not None else ARM_SEEDS)
    try:
        study = Study(
            name=path.stem,
            question=table.question,
            data=data,
            training=Training(seeds=seeds, loss=table.training.loss, trace=table.training.trace),
            network=table.network,
            knobs=knobs,
            search=search,
            arms=arms,
            seed=table.seed,
            thresholds=thresholds,
            shows=table.shows,
            lesson=_lesson(table),
            folder=path.parent,
        )
    except StudyError as error:
        raise StudyError(*faults, *error.faults) from None
    raise_all(StudyError, faults)
    return study


def _sound(document: dict[str, Any], faults: list[str]) -> StudyTable:
    """The document without its faulty keys; where a key is needed another stands in."""
    try:
        return StudyTable.model_validate(document)
    except ValidationError as error:
        faults.extend(fault_lines(error))
        faulty = [tuple(map(str, detail["loc"][:2])) for detail in error.errors()]
    return StudyTable.model_validate(_with_stand_ins(document, faulty))


def _with_stand_ins(document: dict[str, Any], faulty: list[tuple[str, ...]]) -> dict[str, Any]:
    tables = {path[0] for path in faulty}
    rest = {key: value for key, value in document.items() if key not in tables}
    for table in tables & document.keys() - {"thresholds"}:
        content = document[table]
        if isinstance(content, dict) and (table,) not in faulty:
            rest[table] = {key: content[key] for key in content if (table, key) not in faulty}
    stand_ins: dict[str, dict[str, Any]] = {
        "data": {"source": "?"},
        "search": {"trials": 1},
        "arms": {"?": {}},
        "knobs": {"dropout": [0.0, 0.5]} if "search" in document else {},
    }
    if ("search", "direction") in faulty:
        stand_ins["search"]["direction"] = "minimize"
    for table in tables & stand_ins.keys():
        content = rest.setdefault(table, {})
        rest[table] = content if "points" in content else stand_ins[table] | content
    if "network" in tables:
        rest["network"] = "?.py:build"
    return {"question": "?"} | rest


def _knobs(table: StudyTable, faults: list[str]) -> dict[str, KnobSpec]:
    knobs: dict[str, KnobSpec] = {}
    before = len(faults)
    for name, raw in table.knobs.items():
        with _gathering(faults):
            knob = knob_named(name, network=table.network)
            if knob is None:
                raise StudyError(unknown_knob(name, "knobs"))
            knobs[name] = read_spec(knob, raw, place=f"knobs.{written_key(name)}")
    epochs = table.training.epochs
    if epochs is not None and "epochs" in table.knobs:
        faults.append("training.epochs and knobs.epochs must not both be given; keep one of them")
    elif epochs is not None:
        with _gathering(faults):
            knobs["epochs"] = read_spec(KNOBS["epochs"], epochs, place="training.epochs")
    if len(faults) > before and table.search is not None and table.arms is None:
        # The faulty knob may be the one that was to be searched.
        knobs["dropout"] = Choice(values=(0.0, 0.5))
    return knobs


def _arms(table: StudyTable, knobs: Mapping[str, KnobSpec], faults: list[str]) -> tuple[Arm, ...]:
    if table.arms is None:
        return ()
    if not table.arms:
        faults.append("arms must name at least one setting, got none")
    fixed = {name: s for name, s in knobs.items() if not isinstance(s, Range | Choice)}
    if table.network is None and combination_faults(fixed):
        fixed = {}  # said once, of [knobs]
    arms: list[Arm] = []
    for name, raw in table.arms.items():
        with _gathering(faults):
            settings = read_arm(name, raw, fixed=fixed, network=table.network)
            arms.append(Arm(name=name, settings=settings))
    return tuple(arms) or (Arm(name="?", settings=settings_from({}, network=table.network)),)


def _lesson(table: StudyTable) -> Lesson | None:
    if table.lesson is None:
        return None
    said = table.lesson.model_dump()
    return Lesson(**{**said, "definitions": tuple(said["definitions"])})


def _data(table: DataTable) -> DataSource:
    given = {name: getattr(table, name) for name in table.model_fields_set}
    given["features"] = tuple(table.features)
    if table.points is not None:
        if table.split is not None:
            raise StudyError("data.split does not go with data.points, which all train")
        x = tuple(tuple(row) for row in table.points.x)
        given["points"] = Points(x=x, y=tuple(table.points.y))
    if table.split is not None:
        given["split"] = Split(**table.split.model_dump())
    return DataSource(**given)
