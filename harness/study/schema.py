"""The JSON schema of a study file, for editors that complete and check while one types.

Its tables come from `harness.study.tables`, its knobs from `KNOBS`: nothing is said twice.
"""

import json
import math
from collections.abc import Callable
from typing import Any, cast

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from harness.study.knobs import KNOBS, NETWORK_KNOBS, Knob, own_knob
from harness.study.notation import SCALES
from harness.study.specs import RANGED
from harness.study.tables import StudyTable


class _WithoutNull(GenerateJsonSchema):
    """TOML has no null: what may be None is left out instead. Titles only repeat names."""

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        if schema.get("default") is None:
            return self.generate_inner(schema["schema"])
        return super().default_schema(schema)


def schema() -> dict[str, Any]:
    """The JSON schema (draft 2020-12) of a study file, as plain JSON."""
    found = StudyTable.model_json_schema(schema_generator=_WithoutNull)
    found["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    found["title"] = "a study of the overfitting harness"
    tables = found["properties"]
    tables["knobs"] |= _open(_searchable)
    tables["arms"] |= {"minProperties": 1, "additionalProperties": _open(_value)}
    arms = {"additionalProperties": _built_in(_value)}
    found["if"] = {"required": ["network"]}
    found["else"] = {"properties": {"knobs": _built_in(_searchable), "arms": arms}}
    training = found["$defs"]["TrainingTable"]["properties"]
    training["epochs"] = _described(KNOBS["epochs"], _searchable(KNOBS["epochs"]))
    return found


def schema_text() -> str:
    """The schema as the file beside the studies holds it."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


Form = Callable[[Knob], dict[str, Any]]


def _open(form: Form) -> dict[str, Any]:
    """Every knob described, and any other: a network of the user's own reads what it likes."""
    own = form(own_knob("any", "a network"))
    forms = {n: {"anyOf": [form(KNOBS[n]), own]} for n in NETWORK_KNOBS}
    known = {n: _described(knob, forms.get(n) or form(knob)) for n, knob in KNOBS.items()}
    return {"type": "object", "properties": known, "additionalProperties": own}


def _built_in(form: Form) -> dict[str, Any]:
    """What is left where no network is named: the table's knobs, the network's by their rules."""
    network = {name: form(KNOBS[name]) for name in NETWORK_KNOBS}
    return {"propertyNames": {"enum": list(KNOBS)}, "properties": network}


def _closed(properties: dict[str, Any], *, required: tuple[str, ...] = ()) -> dict[str, Any]:
    closed = {"type": "object", "properties": properties, "additionalProperties": False}
    return closed | ({"required": list(required)} if required else {})


def _searchable(knob: Knob) -> dict[str, Any]:
    """A value, a list of values, or a range where the knob can have one."""
    value = _value(knob)
    forms = [value, {"type": "array", "minItems": 1, "items": value}]
    if knob.kind in RANGED:
        ends = _number(knob)
        steps = {"type": "integer", "minimum": 2}
        keys = {"from": ends, "to": ends, "scale": {"enum": list(SCALES)}, "steps": steps}
        forms.append(_closed(keys, required=("from", "to")))
    return {"anyOf": forms}


def _described(knob: Knob, form: dict[str, Any]) -> dict[str, Any]:
    return {"description": knob.meaning, "default": cast(Any, knob.default), **form}


def _number(knob: Knob) -> dict[str, Any]:
    if knob.kind == "own":
        return {"type": "number"}
    kind = "number" if knob.kind in ("real", "train_size") else "integer"
    found: dict[str, Any] = {"type": kind}
    found["exclusiveMinimum" if knob.low_open else "minimum"] = knob.low
    return found | ({"maximum": knob.high} if knob.high < math.inf else {})


def _value(knob: Knob) -> dict[str, Any]:
    words = {"enum": list(knob.choices)}
    match knob.kind:
        case "integer" | "real":
            return _number(knob)
        case "flag":
            return {"type": "boolean"}
        case "choice":
            return words
        case "units":
            return {
                "anyOf": [_number(knob), {"type": "array", "minItems": 1, "items": _number(knob)}]
            }
        case "batch":
            return {"anyOf": [_number(knob), words]}
        case "train_size":
            share = {"type": "number", "exclusiveMinimum": 0, "maximum": 1}
            return {"anyOf": [share, {"type": "integer", "minimum": 1}]}
        case "own":
            single = [{"type": "number"}, {"type": "string"}]
            several = {"type": "array", "minItems": 1, "items": {"anyOf": single}}
            return {"anyOf": [{"type": "boolean"}, *single, several]}
        case "weights":
            return {"anyOf": [words, {"type": "array", "minItems": 1, "items": _given_layer()}]}


def _given_layer() -> dict[str, Any]:
    numbers = {"type": "array", "items": {"type": "number"}}
    keys = {"weights": {"type": "array", "items": numbers}, "bias": numbers}
    return _closed(keys, required=("weights",))
