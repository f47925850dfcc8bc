"""The names a study's `data.source` may have, and the options each of them reads.

Light on purpose: a wrong name is answered without importing any set.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from difflib import get_close_matches
from typing import Any, Literal

from harness.errors import DataError, raise_all
from harness.study import DataSource

FILE_ENDINGS = (".csv", ".tsv", ".parquet", ".npz")
Kind = Literal["points", "file", "function", "built in"]


@dataclass(frozen=True, kw_only=True)
class BuiltIn:
    """What a built-in set is like before it is made.

    Args:
        standardize: whether it is standardised unless the study says otherwise.
        defaults: the options it reads, each with its value where a study says nothing.
    """

    standardize: bool = False
    defaults: Mapping[str, float]


BUILT_IN: Mapping[str, BuiltIn] = {
    "digits": BuiltIn(defaults={}),
    "breast-cancer": BuiltIn(standardize=True, defaults={}),
    "wine": BuiltIn(standardize=True, defaults={}),
    "iris": BuiltIn(standardize=True, defaults={}),
    "diabetes": BuiltIn(standardize=True, defaults={}),
    "moons": BuiltIn(defaults={"examples": 500, "noise": 0.2}),
    "circles": BuiltIn(defaults={"examples": 500, "noise": 0.1}),
    "spirals": BuiltIn(defaults={"examples": 500, "noise": 0.05}),
    "linear": BuiltIn(defaults={"examples": 500, "noise": 0.3, "dimensions": 5}),
    "polynomial": BuiltIn(
        defaults={"examples": 500, "noise": 0.3, "degree": 3, "dimensions": 1},
    ),
    "mnist1d": BuiltIn(defaults={"examples": 5000}),
    "modular-addition": BuiltIn(defaults={"modulus": 59}),
}
_FILE_OPTIONS = ("target", "features", "missing", "group", "time", "stream")
_GENERATOR_OPTIONS = ("examples", "noise", "degree", "dimensions", "modulus")


def kind_of(source: DataSource) -> Kind:
    """Whether the source is points, a file, a function or a built-in set.

    Raises:
        DataError: it is none of them.
    """
    name = source.source
    if name is None:
        return "points"
    if ":" in name and name.rpartition(":")[0].endswith(".py"):
        return "function"
    if name.lower().endswith(FILE_ENDINGS):
        return "file"
    if name in BUILT_IN:
        return "built in"
    if name.endswith(".py"):
        raise DataError(f'data.source must name a function of {name} too: "{name}:load", say')
    raise DataError(_unknown(name))


def check_options(source: DataSource, kind: Kind) -> None:
    """Refuse options that the source would not read."""
    faults: list[str] = []
    here = source.source or kind
    reads = BUILT_IN[here].defaults if kind == "built in" else {}
    given = [f.name for f in fields(source) if getattr(source, f.name) != f.default]
    for name in given:
        if name in _GENERATOR_OPTIONS and name not in reads:
            users = ", ".join(n for n, each in BUILT_IN.items() if name in each.defaults)
            faults.append(f"data.{name} acts on {users} only, not on {here}")
        if name in _FILE_OPTIONS and kind != "file":
            faults.append(f"data.{name} acts on files only, not on {here}")
    if kind == "points" and source.standardize:
        faults.append("data.standardize does not act on points: they train as they are written")
    raise_all(DataError, faults)


def option(source: DataSource, name: str) -> Any:
    """The value of a generated set's option: the study's, or the set's own."""
    value = getattr(source, name)
    return BUILT_IN[source.source or ""].defaults[name] if value is None else value


def nearest(name: str, known: list[str]) -> str:
    """ "; did you mean x?" where a known name is close to `name`, else nothing."""
    close = get_close_matches(name, known, n=1, cutoff=0.5)
    return f"; did you mean {close[0]}?" if close else ""


def _unknown(name: str) -> str:
    built_in = ", ".join(BUILT_IN)
    kinds = 'a file (.csv, .parquet, .npz) or a function ("my_data.py:load")'
    close = nearest(name, list(BUILT_IN))
    return f'data.source must be one of {built_in}, {kinds}, got "{name}"{close}'
