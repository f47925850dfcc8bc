"""A run as one Parquet file: whole curves as columns, everything else in the schema."""

import json
import os
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from harness.curves import ARRAYS, Trace
from harness.judge import Run, run_from_json
from harness.study import Trial, trial_from_json

_KEY, _TRACE = b"run", b"trace"


def write_run(path: Path, run: Run) -> None:
    """Write all of a run but its verdict; the file is there whole or not at all."""
    content = {**run.to_json(), "verdict": None}
    columns: dict[str, pa.Array] = {}
    if run.curves is not None:
        arrays = {name: np.asarray(getattr(run.curves, name)) for name in ARRAYS}
        columns = {name: pa.array(array) for name, array in arrays.items() if len(array) > 0}
        rest = {key: value for key, value in content["curves"].items() if key not in ARRAYS}
        content["curves"] = rest
    metadata = {_KEY: json.dumps(content).encode()}
    if run.trace is not None:
        metadata[_TRACE] = _packed(run.trace)
    table = pa.table(columns).replace_schema_metadata(metadata)
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, lambda file: pq.write_table(table, file))


def read_run(path: Path) -> Run:
    """The run that `write_run` wrote, without its verdict."""
    table = pq.read_table(path)
    content = json.loads(table.schema.metadata[_KEY])
    if content["curves"] is not None:
        held = {name: table[name].to_numpy() for name in table.column_names}
        content["curves"] |= {name: held.get(name, ()) for name in ARRAYS}
    run, packed = run_from_json(content), table.schema.metadata.get(_TRACE)
    return run if packed is None else replace(run, trace=_unpacked(packed))


def _packed(trace: Trace) -> bytes:
    buffer = BytesIO()
    shapes = json.dumps({name: list(shape) for name, shape in trace.shapes.items()})
    np.savez_compressed(buffer, steps=trace.steps, values=trace.values, shapes=np.array(shapes))
    return buffer.getvalue()


def _unpacked(packed: bytes) -> Trace:
    with np.load(BytesIO(packed), allow_pickle=False) as held:
        shapes = {name: tuple(shape) for name, shape in json.loads(str(held["shapes"])).items()}
        return Trace(steps=held["steps"], shapes=shapes, values=held["values"])


def read_member(path: Path) -> tuple[Trial, int]:
    """Trial and seed of the run that `write_run` wrote; ten times as fast as all of it."""
    content = json.loads(pq.read_schema(path).metadata[_KEY])
    return trial_from_json(content["trial"]), content["seed"]


def replace_file(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """Fill a temporary file, bring it to the disk and give it its name, all or nothing."""
    fresh = path.with_name(f"{path.name}.tmp")
    try:
        with fresh.open("wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
