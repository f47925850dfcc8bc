"""A first study for somebody's own table."""

import os
from dataclasses import dataclass
from pathlib import Path

from harness.conduct.outside import writing_to
from harness.conduct.preparing import STUDIES
from harness.conduct.typed import command_line
from harness.data import Column, columns, load
from harness.errors import InputError
from harness.study import DataSource
from harness.study.files import read_study, schema_text
from harness.study.writing import SCHEMA_FILE, study_text


@dataclass(frozen=True, kw_only=True)
class Started:
    """A study file just written.

    Args:
        path: of the file.
        columns: what the table's columns hold, and which are learned from.
    """

    path: Path
    columns: tuple[Column, ...]


def start_study(
    data: Path, target: str, *, name: str | None = None, studies: Path = STUDIES
) -> Started:
    """Look at a table's columns and write a commented study that runs at once.

    The schema that its first line names for editors is written beside it where it is missing.

    Args:
        data: the table.
        target: the column to predict.
        name: the study's; None takes the table's file name without its ending.
        studies: the folder to write to.

    Raises:
        InputError: the table cannot be read, the target is not there, nothing is left to
            learn from, the name is a path, or a study of that name exists.
    """
    name = data.stem if name is None else name
    if Path(name).name != name:
        raise InputError(f"a study's name must not be a path, got {name}")
    found = columns(data, target)
    kept = [column for column in found if column.role == "kept"]
    if not kept:
        raise InputError(f"{data}: no column is left to learn {target} from")
    path = studies / f"{name}.toml"
    if path.exists():
        other = command_line("init", str(data), target, f"{name}-2")
        raise InputError(f"{path}: is there already; move it away, or give another name: {other}")
    with writing_to(studies):
        studies.mkdir(parents=True, exist_ok=True)
    source = DataSource(
        source=Path(os.path.relpath(data, studies)).as_posix(),
        target=target,
        features=tuple(column.name for column in kept),
        missing="mean" if any(column.missing for column in kept) else "error",
    )
    dataset = load(source, folder=studies, seed=0)
    text = study_text(
        data_file=str(source.source),
        target=target,
        kept=source.features,
        task=dataset.task.value,
        rows=len(dataset.train) + len(dataset.validation) + len(dataset.test),
        missing=source.missing == "mean",
        name=name,
    )
    schema = studies / SCHEMA_FILE
    with writing_to(studies):
        path.write_text(text, encoding="utf-8")
        if not schema.exists():
            schema.write_text(schema_text(), encoding="utf-8", newline="\n")
    read_study(path)
    return Started(path=path, columns=found)
