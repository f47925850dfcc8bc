"""JSON as people's tools write it."""

import json

import pytest

from harness.curves.logs import read_logs
from tests.curves.written import course

SAME = ([1.0, 2.0], [0.5, 0.4], [0.6, 0.55])
ROWS = [
    {"epoch": 1, "train": {"loss": 0.5}, "val": {"loss": 0.6}},
    {"epoch": 2, "train": {"loss": 0.4}, "val": {"loss": 0.55}},
]
TRAINER = {
    "epoch": 2.0,
    "log_history": [
        {"epoch": 1.0, "loss": 0.5, "grad_norm": 1.0, "step": 10},
        {"epoch": 1.0, "eval_loss": 0.6, "eval_runtime": 3.0, "step": 10},
        {"epoch": 2.0, "loss": 0.4, "step": 20},
        {"epoch": 2.0, "eval_loss": 0.55, "step": 20},
        {"epoch": 2.0, "train_loss": 0.45, "train_runtime": 9.0, "step": 20},
    ],
}
FILES = {
    "keras history json": {"loss": [0.5, 0.4], "val_loss": [0.6, 0.55], "lr": [0.1]},
    "json": {"train": {"loss": [0.5, 0.4]}, "val": {"loss": [0.6, 0.55]}},
    "json rows": ROWS,
    "json by epoch": {"1": ROWS[0], "2": ROWS[1]},
    "hugging face trainer_state.json": TRAINER,
}
DETECTRON = [
    {"iteration": 19, "total_loss": 1.5, "loss_cls": 1.0, "loss_box_reg": 0.5, "lr": 0.001},
    {"iteration": 39, "total_loss": 1.1, "loss_cls": 0.7, "loss_box_reg": 0.4, "lr": 0.001},
    {"iteration": 39, "bbox/AP": 30.0, "validation_loss": 1.4},
    {"iteration": 59, "total_loss": 1.0, "loss_cls": 0.6, "loss_box_reg": 0.4},
    {"iteration": 59, "validation_loss": 1.2},
]


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("indent", [None, 1])
def test_each_tools_json_gives_the_same_curves_and_its_name(written, name, indent):
    log = written.log(json.dumps(FILES[name], indent=indent), "log.json")
    assert (log.format, course(log)) == (name, SAME)


def test_columns_that_pandas_wrote_by_row_are_read(written):
    by_row = {"loss": {"0": 0.5, "1": 0.4}, "val_loss": {"0": 0.6, "1": 0.55}}
    assert course(written.log(json.dumps(by_row))) == SAME


def test_a_history_that_python_printed_is_read(written):
    assert course(written.log(str(FILES["keras history json"]), "history.txt")) == SAME


def test_json_lines_of_detectron_meet_at_their_evaluations(written):
    log = written.log("\n".join(map(json.dumps, DETECTRON)), "metrics.json")
    assert log.format == "detectron2 metrics.json"
    assert log.columns == {
        "epoch": "iteration",
        "train_loss": "total_loss",
        "validation_loss": "validation_loss",
    }
    assert course(log) == ([39, 59], [pytest.approx(1.3), 1.0], [1.4, 1.2])
    assert "other losses in the log: loss_cls, loss_box_reg" in log.notes


def test_json_lines_of_wandb_meet_at_their_epochs(written):
    rows = [
        {"_step": 0, "_runtime": 1.5, "train/loss": 0.6, "epoch": 1},
        {"_step": 1, "_runtime": 1.5, "train/loss": 0.4, "epoch": 1},
        {"_step": 2, "_runtime": 1.5, "val/loss": 0.6, "epoch": 1},
        {"_step": 3, "_runtime": 1.5, "train/loss": 0.4, "epoch": 2},
        {"_step": 4, "_runtime": 1.5, "val/loss": 0.55, "epoch": 2},
    ]
    log = written.log("\n".join(map(json.dumps, rows)), "history.jsonl")
    assert (log.format, course(log)) == ("w&b export", SAME)


def test_nan_in_json_is_a_number_that_is_none(written):
    log = written.log('{"loss": [0.5, NaN, NaN], "val_loss": [0.6, 0.7, "Infinity"]}')
    assert log.diverged == "loss is nan from entry 2 on"


def test_a_last_line_cut_off_is_left_out(written):
    lines = [json.dumps(row) for row in ROWS]
    log = written.log("\n".join([*lines, lines[0][:20]]), "log.jsonl")
    assert (log.format, course(log)) == ("json lines", SAME)


def test_real_histories_are_read():
    (mobile,) = read_logs("tests/curves/samples/keras_history_mobilenet.json")
    assert (len(mobile.curves.epochs), mobile.curves.score_name) == (20, "accuracy")
    assert mobile.curves.validation_loss[0] == 0.2159983366727829
    (three,) = read_logs("tests/curves/samples/keras_history_three_epochs.json")
    assert course(three) == (
        [1, 2, 3],
        [2.00871695790972, 1.2032001529421126, 0.8407806413514274],
        [],
    )
    assert three.notes == ("other losses in the log: LMOutput_loss, MCOutput_loss",)
