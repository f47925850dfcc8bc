"""What pydantic found wrong with a study file, as lines for people."""

from collections.abc import Sequence
from typing import Any, get_args

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from harness.study.knobs import KNOBS
from harness.study.tables import TABLES, keys_of
from harness.study.wording import did_you_mean, shown, written_key

_TYPES = {
    "string_type": "must be text",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "finite_number": "must be a finite number",
    "bool_type": "must be true or false",
    "model_type": "must be a table",
    "dict_type": "must be a table",
    "list_type": "must be a list",
}
_BOUNDS = ("gt", "ge", "lt", "le")


def fault_lines(error: ValidationError) -> list[str]:
    """One line for each thing wrong: which key, which rule, which value."""
    lines = (_line(detail) for detail in error.errors(include_url=False))
    return list(dict.fromkeys(lines))


def _line(detail: Any) -> str:
    path: tuple[str | int, ...] = detail["loc"]
    if detail["type"] == "missing":
        return f"{_place(path)} is missing"
    if detail["type"] == "extra_forbidden":
        return _unknown_key(path)
    if path[:3] == ("data", "points", "y") and len(path) > 3:
        rule = "must be a number or a class name"
        return f"{_place(path[:4])} {rule}, got {shown(detail['input'])}"
    if detail["type"] == "value_error":
        return f"{_place(path)} {detail['ctx']['error']}"
    return f"{_place(path)} {_rule(detail, path)}, got {shown(detail['input'])}"


def _rule(detail: Any, path: tuple[str | int, ...]) -> str:
    kind: str = detail["type"]
    if kind in _TYPES:
        return _TYPES[kind]
    if kind == "literal_error":
        return f"must be one of {', '.join(_words(_field(path).annotation))}"
    return _bounds(_field(path))


def _field(path: Sequence[str | int]) -> FieldInfo:
    *tables, name = [str(part) for part in path]
    return keys_of(".".join(tables))[name]


def _words(annotation: Any) -> list[str]:
    """The words of a `Literal`, optional or not."""
    inner = get_args(annotation)
    if all(isinstance(word, str) for word in inner):
        return list(inner)
    return _words(inner[0])


def _bounds(field: FieldInfo) -> str:
    inner = [meta for part in get_args(field.annotation) for meta in get_args(part)[1:]]
    marks = [mark for meta in inner for mark in getattr(meta, "metadata", [meta])]
    known: dict[str, Any] = {}
    for mark in (*field.metadata, *marks):
        known |= {name: getattr(mark, name) for name in _BOUNDS if hasattr(mark, name)}
    match known:
        case {"gt": low, "lt": high}:
            return f"must lie between {low} and {high}"
        case {"gt": low, "le": high}:
            return f"must lie above {low} and up to {high}"
        case {"ge": low, "le": high}:
            return f"must lie in {low}..{high}"
        case _:
            return f"must be at least {known['ge']}"


def _unknown_key(path: tuple[str | int, ...]) -> str:
    *tables, last = [str(part) for part in path]
    table = ".".join(tables)
    where = f"of [{table}]" if table else "of a study"
    homes = _homes(last, table)
    hint = f"; it belongs {' or '.join(homes)}" if homes else did_you_mean(last, keys_of(table))
    return f"{_place(path)} is not a key {where}{hint}"


def _homes(key: str, table: str) -> list[str]:
    """Where else in a study a key is known."""
    homes = [f"in [{other}]" for other in TABLES if other != table and key in keys_of(other)]
    if key in KNOBS:
        homes.insert(0, "in [knobs]")
    if table and key in keys_of(""):
        homes.append("at the top, before the first [table]")
    return homes


def _place(path: Sequence[str | int]) -> str:
    text = ""
    for part in path:
        step = f"[{part}]" if isinstance(part, int) else f".{written_key(part)}"
        text += step
    return text.removeprefix(".")
