import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from harness.study import KNOBS, OBJECTIVES
from harness.study.files import read_study, schema
from harness.study.thresholds import Thresholds
from tests.study.samples import ARMS, GRID, POINTS, SAMPLES, SEARCH, write

STUDIES = sorted((Path(__file__).parents[2] / "studies").glob("*.toml"))
TYPES = {
    "object": lambda x: isinstance(x, dict),
    "array": lambda x: isinstance(x, list),
    "string": lambda x: isinstance(x, str),
    "boolean": lambda x: isinstance(x, bool),
    "number": lambda x: isinstance(x, int | float) and not isinstance(x, bool),
    "integer": lambda x: TYPES["number"](x) and x == int(x),
}
BOUNDS = {
    "minimum": lambda x, bound: x >= bound,
    "maximum": lambda x, bound: x <= bound,
    "exclusiveMinimum": lambda x, bound: x > bound,
    "exclusiveMaximum": lambda x, bound: x < bound,
    "minItems": lambda x, bound: len(x) >= bound,
    "minProperties": lambda x, bound: len(x) >= bound,
    "enum": lambda x, words: x in words,
}
SAID = {"description", "default", "title", "$schema", "$defs"}


def conforms(value: Any, form: dict[str, Any], root: dict[str, Any]) -> bool:
    """JSON Schema's rules, as far as our schema uses them; an unknown rule is an error."""
    right = True
    for rule, said in form.items():
        match rule:
            case "$ref":
                right &= conforms(value, root["$defs"][said.removeprefix("#/$defs/")], root)
            case "type":
                right &= TYPES[said](value)
            case "anyOf":
                right &= any(conforms(value, each, root) for each in said)
            case "items" if isinstance(value, list):
                right &= all(conforms(item, said, root) for item in value)
            case "properties" if isinstance(value, dict):
                known = value.keys() & said.keys()
                right &= all(conforms(value[key], said[key], root) for key in known)
            case "additionalProperties" if isinstance(value, dict):
                others = [value[key] for key in value.keys() - form.get("properties", {}).keys()]
                fits = bool(said) if isinstance(said, bool) else None
                right &= all(conforms(x, said, root) if fits is None else fits for x in others)
            case "propertyNames" if isinstance(value, dict):
                right &= all(conforms(name, said, root) for name in value)
            case "if":
                branch = form.get("then" if conforms(value, said, root) else "else", {})
                right &= conforms(value, branch, root)
            case "then" | "else":
                pass
            case "required" if isinstance(value, dict):
                right &= set(said) <= value.keys()
            case _ if rule in BOUNDS:
                right &= not _bounded(value, rule) or BOUNDS[rule](value, said)
            case "items" | "properties" | "additionalProperties" | "required":
                pass
            case _:
                assert rule in SAID, rule
    return right


def _bounded(value: Any, rule: str) -> bool:
    kind = {"minItems": "array", "minProperties": "object"}.get(rule, "number")
    return rule == "enum" or TYPES[kind](value)


def check(text: str) -> bool:
    form = schema()
    return conforms(tomllib.loads(text), form, form)


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_a_study_that_is_read_conforms(tmp_path: Path, name):
    assert read_study(write(tmp_path, SAMPLES[name])).name == "x"
    assert check(SAMPLES[name])


@pytest.mark.parametrize("path", STUDIES, ids=lambda path: path.stem)
def test_a_shipped_study_is_read_and_conforms(path):
    assert read_study(path).name == path.stem
    assert check(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("sample", "old", "new"),
    [
        (SEARCH, 'question = "How', 'qestion = "How'),
        (SEARCH, "to = 0.6", "to = 1.5"),
        (SEARCH, "to = 0.6", "high = 0.6"),
        (SEARCH, '"adam"', '"adma"'),
        (SEARCH, "batch = 32", "batch = 0"),
        (SEARCH, "batch = 32", "bacth = 32"),
        (SEARCH, "from = 1e-4", "from = 0"),
        (SEARCH, "layers = 2", "layers = 2.5"),
        (SEARCH, "trials = 64", "trials = 0"),
        (SEARCH, '"tpe"', '"tp"'),
        (SEARCH, "epochs = 60", "epochs = 0"),
        (SEARCH, "test = 0.2", "test = 2"),
        (ARMS, "units = 8", "units = { from = 1, to = 8 }"),
        (ARMS, "units = 8", "dropout = [0.1, 0.2]"),
        (ARMS, "rise = 0.2", "rise = 1"),
        (POINTS, "x = [[0, 0]", "x = [[0, true]"),
        (POINTS, "weights =", "weight ="),
        (GRID, "bias = [true, false]", "bias = { from = 0, to = 1 }"),
        (GRID, "units = [[64, 32], [16], 8]", "units = []"),
    ],
)
def test_what_one_value_breaks_an_editor_sees_too(sample, old, new):
    assert old in sample
    assert not check(sample.replace(old, new))


def test_the_schema_is_plain_json_and_closed_at_every_level():
    plain = json.loads(json.dumps(schema(), allow_nan=False))
    assert plain == schema()

    def tables(form: Any):
        if isinstance(form, dict):
            if form.get("type") == "object":
                yield form
            for inner in form.values():
                yield from tables(inner)
        elif isinstance(form, list):
            for inner in form:
                yield from tables(inner)

    found = list(tables(plain))
    assert len(found) > 20
    open_ones = [form for form in found if form.get("additionalProperties") is not False]
    arms, knobs = plain["properties"]["arms"], plain["properties"]["knobs"]
    assert open_ones == [knobs, arms, arms["additionalProperties"]]
    closed = plain["else"]["properties"]
    assert closed["knobs"]["propertyNames"] == {"enum": list(KNOBS)}
    assert closed["arms"]["additionalProperties"]["propertyNames"] == {"enum": list(KNOBS)}


def test_with_a_network_of_the_users_own_knobs_may_have_any_name():
    document = tomllib.loads(SEARCH)
    document["knobs"]["channels"] = [4, 8]
    assert not conforms(document, schema(), schema())
    assert conforms({"network": "nets.py:build", **document}, schema(), schema())


def test_every_knob_stands_in_the_schema_with_its_meaning():
    form = schema()
    knobs = form["properties"]["knobs"]["properties"]
    assert list(knobs) == list(KNOBS)
    assert list(form["properties"]["arms"]["additionalProperties"]["properties"]) == list(KNOBS)
    for name, knob in KNOBS.items():
        assert knobs[name]["description"] == knob.meaning
        assert knobs[name]["default"] == knob.default
        if knob.choices:
            assert list(knob.choices) in list(words(knobs[name]))


def words(form: Any):
    """Every `enum` within a form."""
    if isinstance(form, dict):
        if "enum" in form:
            yield form["enum"]
        for inner in form.values():
            yield from words(inner)
    elif isinstance(form, list):
        for inner in form:
            yield from words(inner)


def test_every_key_says_what_it_means():
    form = schema()
    tables = [form, *form["$defs"].values()]
    for table in tables:
        for name, entry in table["properties"].items():
            assert entry.get("description"), name
            assert "None" not in entry["description"], name


def test_thresholds_and_objectives_are_those_of_the_records():
    definitions = schema()["$defs"]
    thresholds = definitions["ThresholdsTable"]["properties"]
    assert {name: entry["default"] for name, entry in thresholds.items()} == vars(Thresholds())
    assert definitions["SearchTable"]["properties"]["objective"]["enum"] == list(OBJECTIVES)
