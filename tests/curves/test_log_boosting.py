"""XGBoost, LightGBM and CatBoost: printed lines, dictionaries, tables."""

import json

import pytest

from harness.curves.logs import read_logs
from harness.errors import LogError
from tests.curves.written import course

XGBOOST = """\
[12:00:01] INFO: learner.cc:782: begins
[0]\tvalidation_0-error:0.14000\tvalidation_0-auc:0.93123\tvalidation_0-logloss:0.55941\t\
validation_1-error:0.31000\tvalidation_1-auc:0.75664\tvalidation_1-logloss:0.62273
[1]\tvalidation_0-error:0.10000\tvalidation_0-auc:0.95885\tvalidation_0-logloss:0.47028\t\
validation_1-error:0.28000\tvalidation_1-auc:0.77778\tvalidation_1-logloss:0.57841
[2]\tvalidation_0-error:0.08500\tvalidation_0-auc:0.97138\tvalidation_0-logloss:0.40849\t\
validation_1-error:0.29000\tvalidation_1-auc:0.79509\tvalidation_1-logloss:0.55210
"""
FOLDS = """\
[0]\ttrain-logloss:0.55358+0.00234\ttest-logloss:0.63806+0.01884
[1]\ttrain-logloss:0.46977+0.00580\ttest-logloss:0.61545+0.03439
"""
LIGHTGBM = """\
[LightGBM] [Info] Number of positive: 104, number of negative: 96
Training until validation scores don't improve for 2 rounds
[1]\ttraining's auc: 0.878947\ttraining's binary_logloss: 0.649315\t\
valid_1's auc: 0.855676\tvalid_1's binary_logloss: 0.648005
[2]\ttraining's auc: 0.88792\ttraining's binary_logloss: 0.614185\t\
valid_1's auc: 0.833736\tvalid_1's binary_logloss: 0.623313
[3]\ttraining's auc: 0.890175\ttraining's binary_logloss: 0.58554\t\
valid_1's auc: 0.837762\tvalid_1's binary_logloss: 0.624654
Early stopping, best iteration is:
[2]\ttraining's auc: 0.88792\ttraining's binary_logloss: 0.614185\t\
valid_1's auc: 0.833736\tvalid_1's binary_logloss: 0.623313
"""
COMMAND_LINE = """\
[LightGBM] [Info] Iteration:1, training auc : 0.941545
[LightGBM] [Info] Iteration:1, training binary_logloss : 0.4
[LightGBM] [Info] Iteration:1, valid_1 binary_logloss : 0.5
[LightGBM] [Info] 160.109477 seconds elapsed, finished iteration 1
[LightGBM] [Info] Iteration:2, training binary_logloss : 0.3
[LightGBM] [Info] Iteration:2, valid_1 binary_logloss : 0.6
"""
CATBOOST = """\
Learning rate set to 0.05
0:\tlearn: 0.68\ttest: 0.69\tbest: 0.69 (0)\ttotal: 1.27ms\tremaining: 2.54ms
1:\tlearn: 0.55\ttest: 0.60\tbest: 0.60 (1)\ttotal: 2.51ms\tremaining: 1.25ms
2:\tlearn: 0.40\ttest: 0.65\tbest: 0.60 (1)\ttotal: 3.72ms\tremaining: 0us
"""
LINES = {
    "xgboost": (XGBOOST, ([0, 1, 2], [0.55941, 0.47028, 0.40849], [0.62273, 0.57841, 0.5521])),
    "folds": (FOLDS, ([0, 1], [0.55358, 0.46977], [0.63806, 0.61545])),
    "lightgbm": (
        LIGHTGBM,
        ([1, 2, 3], [0.649315, 0.614185, 0.58554], [0.648005, 0.623313, 0.624654]),
    ),
    "command line": (COMMAND_LINE, ([1, 2], [0.4, 0.3], [0.5, 0.6])),
    "catboost": (CATBOOST, ([0, 1, 2], [0.68, 0.55, 0.4], [0.69, 0.6, 0.65])),
}
LOGLOSS = ([0.5, 0.4, 0.3], [0.6, 0.5, 0.55])
FOLDED = "[1]\tcv_agg's train l2: 2 + 0.1\tcv_agg's valid l2: 3 + 0.1\n"


def dictionary(first, second, metric="logloss"):
    """`evals_result()` with two sets."""
    return json.dumps({first: {metric: LOGLOSS[0]}, second: {metric: LOGLOSS[1]}})


@pytest.mark.parametrize("tool", LINES)
def test_printed_lines_are_read_by_iteration(written, tool):
    text, expected = LINES[tool]
    log = written.log(text, "train.log")
    assert course(log) == expected
    assert log.format == "boosting's printed lines"
    assert log.columns["epoch"] == "iteration"
    assert "an iteration of boosting counts as an epoch" in log.notes


def test_the_loss_is_read_beside_the_score_and_what_was_decided_is_said(written):
    log = written.log(XGBOOST, "train.log")
    assert log.columns["train_loss"] == "validation_0-logloss"
    assert log.columns["validation_score"] == "validation_1-auc"
    assert log.curves.score_name == "roc_auc"
    assert any("validation_0 was read as the training set" in note for note in log.notes)


def test_names_with_hyphens_and_parameters_are_read(written):
    text = "[0]\tmy-train-tweedie-nloglik@1.5:3.5\tmy-eval-tweedie-nloglik@1.5:4.5\n"
    log = written.log(text + text.replace("[0]", "[1]"), "train.log")
    assert log.columns["validation_loss"] == "my-eval-tweedie-nloglik@1.5"
    assert course(log) == ([0, 1], [3.5, 3.5], [4.5, 4.5])


def test_lightgbm_folds_are_read(written):
    log = written.log(FOLDED + FOLDED.replace("[1]", "[2]"), "train.log")
    assert course(log) == ([1, 2], [2, 2], [3, 3])


@pytest.mark.parametrize(
    ("first", "second"),
    [("train", "eval"), ("training", "valid_1"), ("learn", "validation"), ("train", "test")],
)
def test_dictionaries_are_read_whatever_the_sets_are_called(written, first, second):
    log = written.log(dictionary(first, second), "evals.json")
    assert course(log) == ([0, 1, 2], *LOGLOSS)
    assert log.format == "boosting's evaluations in json"
    assert log.columns["train_loss"] == f"{first}/logloss"


def test_numbered_sets_are_read_in_order_only_where_the_first_ends_better_fitted(written):
    log = written.log(dictionary("validation_0", "validation_1"), "evals.json")
    assert log.columns["train_loss"] == "validation_0/logloss"
    swapped = json.dumps(
        {"validation_0": {"logloss": LOGLOSS[1]}, "validation_1": {"logloss": LOGLOSS[0]}}
    )
    with pytest.raises(LogError, match="validation_0, validation_1, and none is called the train"):
        written.logs(swapped, "swapped.json")
    log = written.log(
        swapped, "swapped.json", train="validation_1/logloss", validation="validation_0/logloss"
    )
    assert course(log) == ([0, 1, 2], *LOGLOSS)


def test_other_histories_of_two_parts_are_left_to_their_reader(written):
    log = written.log(dictionary("train", "val", metric="loss"), "history.json")
    assert log.format == "json"


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ({"valid_0": {"l2": [1, 2]}}, "evaluations on valid_0, and none is called the training s"),
        ({"train": {"auc": [1, 2]}, "eval": {"auc": [1, 2]}}, "no loss, .* on train and eval; ch"),
        (
            {"train": {"l2": [1]}, "valid_1": {"l2": [1]}, "valid_2": {"l2": [1]}},
            "several sets: valid_1, valid_2; choose one with --validation NAME, of: valid_1/l2",
        ),
        ({"train": {"l2": [1, 2]}, "params": 3}, "params must hold metrics, got 3"),
        ({"train": {"l2": [1, 2], "l1": 3}}, "train: l1 must be a list, got 3"),
        ({"train": {"l2": [1, 2]}, "eval": {"l2": [1]}}, "train/l2 has 2 values and eval/l2 has 1"),
    ],
)
def test_evaluations_that_do_not_say_what_to_read_are_refused(written, content, line):
    with pytest.raises(LogError, match=line) as error:
        written.logs(json.dumps(content), "evals.json")
    assert len(error.value.faults) == 1
    assert error.value.faults[0].startswith(f"{written.folder / 'evals.json'}: ")


def test_a_score_that_catboost_prints_is_no_loss(written):
    lines = [f"{i}:\tlearn: .{i + 5}\ttest: .{i + 4}\tbest: .{i + 4} ({i})\t" for i in range(3)]
    text = "".join(f"{line}total: 1ms\tremaining: 1ms\n" for line in lines)
    with pytest.raises(LogError, match="test is a score, since the highest counts as best"):
        written.logs(text, "train.log")


def catboost_folder(folder, *, test="iter\tRMSE\tRMSE:1\tR2\n0\t3\t9\t0\n1\t2\t8\t0.5\n"):
    (folder / "learn_error.tsv").write_text("iter\tRMSE\tR2\n0\t2.5\t0.1\n1\t1.5\t0.6\n")
    if test is not None:
        (folder / "test_error.tsv").write_text(test)
    (folder / "learn").mkdir()
    (folder / "learn" / "events.out.tfevents").write_bytes(b"")


@pytest.mark.parametrize("name", ["", "learn_error.tsv", "test_error.tsv"])
def test_a_catboost_folder_is_read_from_both_tables(tmp_path, name):
    catboost_folder(tmp_path)
    (log,) = read_logs(tmp_path / name)
    assert (log.source, log.format) == (str(tmp_path), "catboost tables")
    assert course(log) == ([0, 1], [2.5, 1.5], [3, 2])
    assert log.curves.validation_score.tolist() == [0, 0.5]
    assert log.columns["validation_loss"] == "test/RMSE"


def test_a_catboost_folder_without_a_test_set_has_no_validation_curve(tmp_path):
    catboost_folder(tmp_path, test=None)
    (log,) = read_logs(tmp_path)
    assert course(log) == ([0, 1], [2.5, 1.5], [])


def test_a_catboost_table_cut_while_it_is_written_is_read_as_far_as_it_goes(tmp_path):
    catboost_folder(tmp_path, test="iter\tRMSE\tR2\n0\t3\t0\n1\t2")
    (log,) = read_logs(tmp_path)
    assert course(log) == ([0], [2.5], [3])


def test_a_catboost_table_with_a_broken_row_is_refused(tmp_path):
    catboost_folder(tmp_path, test="iter\tRMSE\n0\t3\nx\t2\n2\t2\n")
    with pytest.raises(LogError, match=r"test_error.tsv: line 3 must have 2 cells, got x"):
        read_logs(tmp_path)


def test_catboost_training_json_is_read(written):
    rows = [
        {"learn": [a], "test": [b, 0.5], "iteration": i, "passed_time": 0.1, "remaining_time": 0.1}
        for i, (a, b) in enumerate(zip(*LOGLOSS, strict=True))
    ]
    loss = {"best_value": "Min", "name": "Logloss"}
    meta = {
        "test_sets": ["test"],
        "test_metrics": [loss, {"best_value": "Max", "name": "AUC"}],
        "learn_metrics": [loss],
        "launch_mode": "Train",
        "iteration_count": 3,
        "learn_sets": ["learn"],
    }
    content = {"meta": meta, "iterations": rows}
    log = written.log(json.dumps(content), "catboost_training.json")
    assert course(log) == ([0, 1, 2], *LOGLOSS)
    assert log.columns["validation_score"] == "test/AUC"
    del content["meta"]["test_metrics"]
    with pytest.raises(LogError, match="must be as CatBoost writes it, and lacks 'test_metrics'"):
        written.logs(json.dumps(content), "catboost_training.json")
