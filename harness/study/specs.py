"""The rules of what a study says of a knob: one value, a range, or a list of values."""

import math
from collections.abc import Mapping
from typing import Any, cast

from harness.study.knobs import (
    KNOBS,
    Choice,
    Knob,
    KnobSpec,
    KnobValue,
    Range,
    is_own,
    own_knob,
)
from harness.study.values import number_fault, own_name_fault, value_fault
from harness.study.wording import did_you_mean, shown, written_key

RANGED = ("integer", "real", "units", "batch", "train_size", "own")
"""Kinds of knobs that are numbers, or may be."""


def knobs_faults(knobs: Mapping[str, KnobSpec], *, network: str | None = None) -> list[str]:
    """Every rule that the `knobs` of a study break, alone or together.

    Args:
        knobs: by name.
        network: the user's own, to which names belong that are not the training's.
    """
    faults: list[str] = []
    for name, spec in in_order(knobs, network):
        knob = knob_named(name, spec, network=network)
        if knob is None:
            faults.append(unknown_knob(name, "knobs"))
        else:
            faults.extend(spec_faults(knob, spec, place=f"knobs.{written_key(name)}"))
    return faults or ([] if network is not None else combination_faults(knobs))


def in_order(knobs: Mapping[str, KnobSpec], network: str | None) -> list[tuple[str, KnobSpec]]:
    """Own knobs by name, and unknown ones, then the others as the table of knobs has them."""
    own = sorted(name for name in knobs if is_own(name, network) or name not in KNOBS)
    table = [name for name in KNOBS if name in knobs and name not in own]
    return [(name, knobs[name]) for name in (*own, *table)]


def knob_named(
    name: str, spec: KnobSpec | None = None, *, network: str | None = None
) -> Knob | None:
    """The knob of this name; one of the user's own network takes its default from `spec`.

    None where there is no such knob.
    """
    if network is not None and is_own(name, network):
        return own_knob(name, network, default=_own_default(spec))
    return KNOBS.get(name)


def _own_default(spec: KnobSpec | None) -> KnobValue:
    match spec:
        case None:
            return ""
        case Choice(values=values):
            return values[0] if values else ""
        case Range(low=low, high=high, scale=scale, integer=integer):
            logs = scale == "log" and low > 0 and high > 0
            middle = math.sqrt(low) * math.sqrt(high) if logs else low / 2 + high / 2
            middle = min(max(middle, low), high)
            return round(middle) if integer else middle
        case _:
            return spec


def unknown_knob(name: str, place: str) -> str:
    """The message about a key of `place` that is no knob."""
    return f"{place}.{written_key(name)} is not a knob{did_you_mean(name, KNOBS)}"


def spec_faults(knob: Knob, spec: KnobSpec, *, place: str) -> list[str]:
    """The rules that one knob's value, range or list breaks; lines begin with `place`."""
    if knob.kind == "own" and (fault := own_name_fault(knob.name)) is not None:
        return [f"{place} {fault}"]
    if isinstance(spec, Range):
        return _range_faults(knob, spec, place)
    if isinstance(spec, Choice):
        return _choice_faults(knob, spec, place)
    fault = value_fault(knob, spec)
    return [] if fault is None else [f"{place} {fault}"]


def settled(knob: Knob, spec: KnobSpec) -> KnobSpec:
    """A faultless spec in its one form, so that equal specs are equal records.

    A range is whole where the knob's numbers are; a list of one value is that value; the
    values of a real knob are floats, and so are an own knob's where one of its numbers is.
    """
    match spec:
        case Range():
            return _settled_range(knob, spec)
        case Choice(values=(only,)):
            return _settled_value(knob, only)
        case Choice(values=values) if knob.kind == "own" and {*map(type, values)} == {int, float}:
            return Choice(values=tuple(float(cast(float, value)) for value in values))
        case Choice():
            return Choice(values=tuple(_settled_value(knob, value) for value in spec.values))
        case _:
            return _settled_value(knob, spec)


def combination_faults(knobs: Mapping[str, KnobSpec]) -> list[str]:
    """Lists of units, and given weights, that a run could meet beside other layers.

    A combination of faultless values can be wrong in these two ways only.
    """
    depths = _depths(knobs)
    faults: list[str] = []
    for value in _values(knobs.get("units")):
        others = depths - {0, len(value)} if isinstance(value, tuple) else set()
        if others and "layers" in knobs:
            rule = f"must hold one number for each layer, and layers may be {_spread(others)}"
            faults.append(f"knobs.units {rule}, got {shown(value)}")
    for value in _values(knobs.get("initialization")):
        others = depths - {len(value) - 1} if isinstance(value, tuple) else set()
        if others and ("layers" in knobs or "units" in knobs):
            rule = "must give weights for each layer and the output, and layers may be"
            count = len(cast(tuple[Any, ...], value))
            faults.append(f"knobs.initialization {rule} {_spread(others)}, got {count}")
    return faults


def _depths(knobs: Mapping[str, KnobSpec]) -> set[int]:
    """The numbers of hidden layers that runs can have."""
    layers = knobs.get("layers")
    if isinstance(layers, Range):
        return set(range(int(layers.low), int(layers.high) + 1))
    if layers is not None:
        return {int(cast(int, value)) for value in _values(layers)}
    units = knobs.get("units", KNOBS["units"].default)
    lists = {len(value) for value in _values(units) if isinstance(value, tuple)}
    plain = isinstance(units, Range) or any(isinstance(value, int) for value in _values(units))
    return lists | ({1} if plain else set())


def _values(spec: KnobSpec | None) -> tuple[KnobValue, ...]:
    """The values listed; a range lists none."""
    if spec is None or isinstance(spec, Range):
        return ()
    return spec.values if isinstance(spec, Choice) else (spec,)


def _spread(depths: set[int]) -> str:
    low, high = min(depths), max(depths)
    whole = len(depths) > 2 and len(depths) == high - low + 1
    return f"{low}..{high}" if whole else " or ".join(str(depth) for depth in sorted(depths))


def _range_faults(knob: Knob, spec: Range, place: str) -> list[str]:
    if knob.kind not in RANGED:
        return [f"{place} cannot be a range, it has no order; list its values instead"]
    faults: list[str] = []
    for end, value in (("from", spec.low), ("to", spec.high)):
        fault = _share_fault(spec, value) if _shares(knob, spec) else number_fault(knob, value)
        if fault is not None:
            faults.append(f"{place}.{end} {fault}")
    if spec.scale == "log" and not faults and spec.low <= 0:
        faults.append(f"{place}.from must be above 0 on a log scale, got {shown(spec.low)}")
    if not faults and spec.low >= spec.high:
        faults.append(f"{place}.from must be below to ({spec.high}), got {shown(spec.low)}")
    if spec.steps < 2:
        faults.append(f"{place}.steps must be at least 2, got {spec.steps}")
    return faults


def _choice_faults(knob: Knob, spec: Choice, place: str) -> list[str]:
    if not spec.values:
        return [f"{place} must list at least one value, got []"]
    found = (value_fault(knob, value) for value in spec.values)
    faults = [f"{place} {fault}" for fault in found if fault is not None]
    if faults:
        return faults
    values = [_settled_value(knob, value) for value in spec.values]
    repeated = [value for at, value in enumerate(values) if value in values[:at]]
    if knob.kind == "train_size" and len({type(value) for value in values}) > 1:
        rule = "must list shares (0.5, 1.0) or numbers of examples (50, 100), not both"
        return [f"{place} {rule}, got {shown(values)}"]
    return [f"{place} must list each value once, got {shown(value)} twice" for value in repeated]


def _shares(knob: Knob, spec: Range) -> bool:
    """Whether a range of `train_size` is one of shares, not of numbers of examples."""
    return knob.kind == "train_size" and not _whole_ends(spec)


def _whole_ends(spec: Range) -> bool:
    ends = (spec.low, spec.high)
    return all(isinstance(end, int) and not isinstance(end, bool) and end >= 1 for end in ends)


def _share_fault(spec: Range, value: float) -> str | None:
    if isinstance(value, int | float) and 0 < value <= 1:
        return None
    rule = "must be a share above 0 and up to 1, or both ends whole numbers of examples"
    return f"{rule}, got {shown(value)}"


def _settled_range(knob: Knob, spec: Range) -> Range:
    integer = not _shares(knob, spec) and knob.kind != "real"
    if knob.kind == "own":
        integer = all(isinstance(end, int) for end in (spec.low, spec.high))
    number = int if integer else float
    return Range(
        low=number(spec.low),
        high=number(spec.high),
        scale=spec.scale,
        integer=integer,
        steps=spec.steps,
    )


def _settled_value(knob: Knob, value: KnobValue) -> KnobValue:
    if knob.kind == "real":
        return float(cast(float, value))
    if knob.kind == "integer":
        return int(cast(int, value))
    if isinstance(value, list):
        return tuple(cast(list[int], value))
    return value
