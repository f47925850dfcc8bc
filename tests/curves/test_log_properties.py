"""Whatever a file holds, it is read or refused in a line; a format never changes the numbers."""

import csv
import io
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.curves.logs import read_logs
from harness.errors import LogError

LOSSES = st.floats(1e-6, 1e6)
COURSES = st.lists(st.tuples(LOSSES, LOSSES), min_size=2, max_size=30)
TEXT = "epoch,loss,val_loss\n" + "".join(f"{i},{1 / (i + 1):.4f},{1.1:.2f}\n" for i in range(9))
SEEDS = [
    TEXT,
    json.dumps({"loss": [0.5, 0.4, 0.3], "val_loss": [0.6, 0.5, 0.4]}),
    "Epoch 1: Train Loss=0.5, Val Loss=0.6\nEpoch 2: Train Loss=0.4, Val Loss=0.5\n",
    '{"step": 1, "loss": 0.5}\n{"step": 1, "val_loss": 0.6}\n{"step": 2, "loss": 0.4}\n',
]
PIECES = ["nan", "inf", "-", ",", "\n", "\t", "1e999", "{", "]", '"', "\r", "epoch", "\x00", "é"]
CUTS = st.tuples(st.integers(0, 200), st.integers(0, 9), st.sampled_from(PIECES))


def as_csv(rows, delimiter=","):
    made = io.StringIO()
    csv.writer(made, delimiter=delimiter).writerows([("epoch", "loss", "val_loss"), *rows])
    return made.getvalue()


WRITERS = {
    "csv": as_csv,
    "tsv": lambda rows: as_csv(rows, "\t"),
    "spaces": lambda rows: as_csv(rows, " "),
    "lines": lambda rows: "".join(f"epoch {i}: loss {a!r}, val_loss {b!r}\n" for i, a, b in rows),
    "json": lambda rows: json.dumps(
        [{"epoch": i, "train": {"loss": a}, "val": {"loss": b}} for i, a, b in rows]
    ),
    "json lines": lambda rows: "".join(
        json.dumps({"epoch": i, name: value}) + "\n"
        for i, a, b in rows
        for name, value in (("loss", a), ("val_loss", b))
    ),
}


@pytest.mark.parametrize("name", WRITERS)
@given(course=COURSES)
@settings(max_examples=40)
def test_every_format_gives_back_the_numbers_written(tmp_path_factory, name, course):
    path = tmp_path_factory.getbasetemp() / f"course.{name.replace(' ', '')}"
    rows = [(i, a, b) for i, (a, b) in enumerate(course)]
    path.write_text(WRITERS[name](rows), newline="")
    (log,) = read_logs(path)
    assert log.curves.epochs.tolist() == [i for i, _, _ in rows]
    assert log.curves.train_loss.tolist() == [a for _, a, _ in rows]
    assert log.curves.validation_loss.tolist() == [b for _, _, b in rows]


@given(text=st.sampled_from(SEEDS), cuts=st.lists(CUTS, min_size=1, max_size=5))
@settings(max_examples=300)
def test_a_damaged_log_is_read_or_refused_in_one_line(tmp_path_factory, text, cuts):
    path: Path = tmp_path_factory.getbasetemp() / "damaged.txt"
    for at, length, piece in cuts:
        text = text[:at] + piece + text[at + length :]
    path.write_text(text, newline="")
    said = outcome(path)
    assert len(said) > 0
    assert all(line.startswith(f"{path}") and "\n" not in line for line in said)


def outcome(path):
    """The sources of the runs, or the faults."""
    try:
        return [log.source for log in read_logs(path)]
    except LogError as error:
        return error.faults[:2] if len(error.faults) == 1 else ["more than a line"]
