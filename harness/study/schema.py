"""The JSON schema of a study file, for editors that complete and check while one types.

Its tables come from `harness.study.tables`, its knobs from `KNOBS`: nothing is said twice.
"""

import json
import math
from typing import Any, cast

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from harness.study.knobs import KNOBS, Knob
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
    knobs = {name: _searchable(knob) for name, knob in KNOBS.items()}
    tables["knobs"] |= {"type": "object", "properties": knobs}
    arm = {name: _described(knob, _value(knob)) for name, knob in KNOBS.items()}
    arms: dict[str, Any] = {"type": "object", "properties": arm}
    tables["arms"] |= {"minProperties": 1, "additionalProperties": arms}
    # A network of the user's own has knobs of any name.
    names: dict[str, Any] = {"propertyNames": {"enum": list(KNOBS)}}
    found["if"] = {"required": ["network"]}
    found["else"] = {"properties": {"knobs": names, "arms": {"additionalProperties": names}}}
    training = found["$defs"]["TrainingTable"]["properties"]
    training["epochs"] = _searchable(KNOBS["epochs"])
    return found


def schema_text() -> str:
    """The schema as the file beside the studies holds it."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


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
    return _described(knob, {"anyOf": forms})


def _described(knob: Knob, form: dict[str, Any]) -> dict[str, Any]:
    return {"description": knob.meaning, "default": cast(Any, knob.default), **form}


def _number(knob: Knob) -> dict[str, Any]:
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
            return {}
        case "weights":
            return {"anyOf": [words, {"type": "array", "minItems": 1, "items": _given_layer()}]}


def _given_layer() -> dict[str, Any]:
    numbers = {"type": "array", "items": {"type": "number"}}
    keys = {"weights": {"type": "array", "items": numbers}, "bias": numbers}
    return _closed(keys, required=("weights",))
