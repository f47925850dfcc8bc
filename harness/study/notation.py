"""How knobs are written in a study file: plain TOML values → specs, values and arms."""

from collections.abc import Mapping
from typing import Any

from harness.errors import StudyError, raise_all
from harness.study.knobs import KNOBS, Choice, GivenLayer, Knob, KnobSpec, KnobValue, Range
from harness.study.settings import Settings, given_layer, settings_from
from harness.study.specs import RANGED, knob_named, settled, spec_faults, unknown_knob
from harness.study.wording import did_you_mean, shown, written_key

RANGE_KEYS = ("from", "to", "scale", "steps")
SCALES = ("linear", "log")
_OTHER_WORDS = {"low": "from", "min": "from", "start": "from", "high": "to", "max": "to"}


def read_spec(knob: Knob, raw: Any, *, place: str) -> KnobSpec:
    """What a `[knobs]` entry says: a value fixes the knob, a range or a list searches it.

    Raises:
        StudyError: a rule is broken; each line begins with `place`.
    """
    if isinstance(raw, dict):
        spec = _range(knob, raw, place)
    elif isinstance(raw, list) and not _gives_weights(knob, raw):
        spec = Choice(values=tuple(_value(knob, item, place) for item in raw))
    else:
        spec = _value(knob, raw, place)
    raise_all(StudyError, spec_faults(knob, spec, place=place))
    return settled(knob, spec)


def read_arm(
    name: str, raw: Any, *, fixed: Mapping[str, KnobValue], network: str | None = None
) -> Settings:
    """The settings of an arm: the study's fixed knobs with the arm's in their place.

    Raises:
        StudyError: a rule is broken; each line begins with the arm's name.
    """
    place = f"arms.{written_key(name)}"
    if not isinstance(raw, dict):
        raise StudyError(f"{place} must be a table of knobs, got {shown(raw)}")
    faults: list[str] = []
    values: dict[str, KnobValue] = {}
    for key in sorted(raw, key=_rank):
        knob = knob_named(key, network=network)
        if knob is None:
            faults.append(unknown_knob(key, place))
            continue
        try:
            values[key] = _arm_value(knob, raw[key], f"{place}.{written_key(key)}")
        except StudyError as error:
            faults.extend(error.faults)
    raise_all(StudyError, faults)
    try:
        return settings_from({**fixed, **values}, network=network)
    except StudyError as error:
        lines = (fault.removeprefix("knobs.") for fault in error.faults)
        raise StudyError(*(f"{place}.{line}" for line in lines)) from None


def _rank(name: str) -> tuple[int, str]:
    """Unknown and own names first, then the table's in its order."""
    return (list(KNOBS).index(name) + 1, "") if name in KNOBS else (0, name)


def _arm_value(knob: Knob, raw: Any, place: str) -> KnobValue:
    per_layer = knob.kind in ("units", "own") or _gives_weights(knob, raw)
    if isinstance(raw, dict) or (isinstance(raw, list) and not per_layer):
        raise StudyError(f"{place} must be one value in an arm, got {shown(raw)}")
    value = _value(knob, raw, place)
    raise_all(StudyError, spec_faults(knob, value, place=place))
    return value


def _gives_weights(knob: Knob, raw: Any) -> bool:
    tables = isinstance(raw, list) and bool(raw) and all(isinstance(item, dict) for item in raw)
    return knob.kind == "weights" and tables


def _value(knob: Knob, raw: Any, place: str) -> Any:
    """One value in the form that records hold; rules are checked after."""
    if _gives_weights(knob, raw):
        return tuple(_given_layer(layer, f"{place}[{at}]") for at, layer in enumerate(raw))
    return tuple(raw) if isinstance(raw, list) else raw


def _range(knob: Knob, raw: Mapping[str, Any], place: str) -> Range:
    if knob.kind not in RANGED:
        raise StudyError(f"{place} cannot be a range; list its values instead, got {shown(raw)}")
    faults = [_unknown_range_key(key, place) for key in raw if key not in RANGE_KEYS]
    known = {_OTHER_WORDS.get(key, key) for key in raw}
    for end in ("from", "to"):
        if end in raw and not _number(raw[end]):
            faults.append(f"{place}.{end} must be a number, got {shown(raw[end])}")
        elif end not in known:
            faults.append(f"{place}.{end} is missing; a range has from and to")
    scale, steps = raw.get("scale", "linear"), raw.get("steps", 5)
    if scale not in SCALES:
        faults.append(f"{place}.scale must be linear or log, got {shown(scale)}")
    if not _number(steps) or steps != int(steps):
        faults.append(f"{place}.steps must be a whole number, got {shown(steps)}")
    raise_all(StudyError, faults)
    return Range(low=raw["from"], high=raw["to"], scale=scale, steps=int(steps))


def _unknown_range_key(key: str, place: str) -> str:
    word = _OTHER_WORDS.get(key, key)
    hint = f"; did you mean {word}?" if word in RANGE_KEYS else did_you_mean(key, RANGE_KEYS)
    return f"{place}.{written_key(key)} is not a key of a range{hint}"


def _given_layer(raw: Mapping[str, Any], place: str) -> GivenLayer:
    keys = ("weights", "bias")
    faults = [
        f"{place}.{written_key(key)} is not a key of given weights{did_you_mean(key, keys)}"
        for key in raw
        if key not in keys
    ]
    rows, bias = raw.get("weights"), raw.get("bias", [])
    if rows is None:
        faults.append(f"{place}.weights is missing")
    elif not isinstance(rows, list) or not all(_numbers(row) for row in rows):
        rule = "must be a list with one list of numbers per input"
        faults.append(f"{place}.weights {rule}, got {shown(rows)}")
    if not _numbers(bias):
        faults.append(f"{place}.bias must be a list of numbers, got {shown(bias)}")
    raise_all(StudyError, faults)
    try:
        return given_layer(raw)
    except StudyError as error:
        raise StudyError(*(f"{place}.{fault}" for fault in error.faults)) from None


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e300


def _numbers(value: Any) -> bool:
    return isinstance(value, list) and all(_number(item) for item in value)
