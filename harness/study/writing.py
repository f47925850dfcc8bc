"""A commented study file for somebody's own table, to start from."""

import shlex
from collections.abc import Sequence
from pathlib import PurePath

from harness.study.wording import written

SCHEMA_FILE = ".study.schema.json"
"""Stands beside the studies; their first line names it, so that editors check and complete."""

_TEMPLATE = """\
#:schema ./{schema}
# Run it:            make study NAME={name}
# What it would do:  make plan NAME={name}
# (without make: python -m harness study {name}, and so on)
question = {question}

# Where the examples come from. Paths are relative to this file.
# Rows of one person, device or site must not be in two parts: say group = "their column".
# Rows in order of time: say time = "the column", and the last rows are tested.
[data]
source = {source}
target = {target}
task = {task}
features = {features}
{missing}
# Shares of the {rows} rows. Networks learn from train, verdicts and the search look at
# validation; test is kept back: nothing learns from it, judges or chooses by it.
split = {{ train = 0.6, validation = 0.2, test = 0.2 }}

# How each network is trained. More seeds make surer answers; at least 6 to claim anything.
[training]
epochs = {epochs}
seeds = 5

# A value fixes a knob; a range or a list is searched. To widen the search, move the ends or
# add values; to leave a knob alone, give it one value. Others to try: layers, activation,
# l1, l2, weight_decay, batch, label_noise (README.md lists them all).
[knobs]
layers = 1
units = {{ from = 2, to = {units}, scale = "log" }}
dropout = {{ from = 0.0, to = 0.6 }}
optimizer = ["sgd", "adam"]
learning_rate = {{ from = 1e-4, to = 1e-1, scale = "log" }}
batch = {batch}

# How settings are chosen: 32 of them, each trained with every seed. More trials look
# further and go on from what is stored. sampler: "tpe", "random", "grid", "qmc" or "gp".
[search]
trials = 32
sampler = "tpe"
"""
_MISSING = """\
# An empty cell is filled with the training rows' mean; "error" would name it instead.
missing = "mean"
"""
_STEPS = 6000
"""Steps of one run that keep a modest search to minutes: our choice."""


def study_text(
    *,
    data_file: str,
    target: str,
    kept: Sequence[str],
    task: str,
    rows: int,
    missing: bool,
    name: str | None = None,
) -> str:
    """The text of a study that runs at once: about 32 trials of 5 seeds, sized by the rows.

    Args:
        data_file: path of the table, relative to where the study will stand.
        target: the column to predict.
        kept: the columns to learn from.
        task: "classification" or "regression".
        rows: examples in the table.
        missing: whether cells are empty, to be filled with the mean.
        name: the study's, as commands take it; None takes the data file's, without its ending.
    """
    batch = 16 if rows < 500 else 32 if rows < 20_000 else 128
    return _TEMPLATE.format(
        schema=SCHEMA_FILE,
        name=_for_a_comment(name or PurePath(data_file).stem),
        question=written(f"Which settings overfit or underfit when a network predicts {target}?"),
        source=written(data_file),
        target=written(target),
        task=written(task),
        features=_list(kept),
        missing=_MISSING if missing else "",
        rows=rows,
        epochs=_epochs(rows, batch),
        units=_most_units(rows),
        batch=batch,
    )


def _for_a_comment(name: str) -> str:
    """A study's name as a shell takes it, without what would break the comment's line."""
    return shlex.quote("".join(char if char.isprintable() else " " for char in name).strip())


def _epochs(rows: int, batch: int) -> int:
    """Epochs for about `_STEPS` steps, rounded to tens, in 20..100."""
    steps = max(1, round(0.6 * rows / batch))
    return min(100, max(20, 10 * round(_STEPS / steps / 10)))


def _most_units(rows: int) -> int:
    """Up to a network that can surely memorise so many rows, within 64..512."""
    return 64 if rows < 200 else 256 if rows < 5000 else 512


def _list(names: Sequence[str]) -> str:
    """A TOML list, one name a line where there are many."""
    line = written(list(names))
    if len(line) <= 80:
        return line
    return "[\n" + "".join(f"  {written(name)},\n" for name in names) + "]"
