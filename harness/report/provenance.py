"""How findings were obtained, as far as the findings themselves cannot tell."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class Provenance:
    """How the runs of a report came to be; conduct makes it, the report prints it.

    Args:
        command: what to type to get the same again.
        edition: fingerprint of all that makes results.
        data: lines about the data: source, features, classes, notes.
        units: how to get from a loss to the data's own unit; empty where it is in it.
        examples: how many each part holds, by name ("train", "validation", "test").
        split: how the examples were cut, in a line.
        seeds: the run seeds.
        versions: of Python and the libraries, by name.
        device: "cpu", or the accelerator's name.
        workers: processes that trained side by side.
        started, finished: of the first and the last run, where known.
        training_seconds: time spent training, all workers together.
        runs_per_second: runs finished per second of waiting; 0 where unknown.
    """

    command: str
    edition: str
    data: tuple[str, ...] = ()
    units: str = ""
    examples: Mapping[str, int] = field(default_factory=dict)
    split: str = ""
    seeds: tuple[int, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    device: str = "cpu"
    workers: int = 1
    started: datetime | None = None
    finished: datetime | None = None
    training_seconds: float = 0.0
    runs_per_second: float = 0.0
