"""Tables as people's tools write them: read as what they are, whatever they are called."""

import pytest

from harness.curves.logs import read_logs
from tests.curves.written import course

SAME = ([1.0, 2.0], [0.5, 0.4], [0.6, 0.55])
TABLES = {
    "keras csvlogger": "epoch,accuracy,loss,val_accuracy,val_loss\n1,.7,.5,.6,.6\n2,.8,.4,.7,.55\n",
    "keras history csv": "loss,val_loss\n0.5,0.6\n0.4,0.55\n",
    "lightning metrics.csv": "epoch,step,train_loss_epoch,train_loss_step,val_loss\n"
    "1,9,,.7,\n1,9,.5,,\n1,9,,,.6\n2,19,,.1,\n2,19,.4,,\n2,19,,,.55\n",
    "ultralytics results.csv": "   epoch,   train/box_loss,   train/cls_loss,   val/box_loss,"
    "   val/cls_loss\n  1,   .3,   .2,   .4,   .2\n   2,   .2,   .2,   .35,   .2\n",
    "fastai table": "epoch     train_loss  valid_loss  accuracy  time    \n"
    "1         0.500000    0.600000    0.81  00:12     \n"
    "2         0.400000    0.550000    0.82  00:12     \n",
    "w&b export": '"Step","run - train_loss","run - train_loss__MIN","run - val_loss"\n'
    '"1","0.5","0.5","0.6"\n"2","0.4","0.4","0.55"\n',
    "csv with semicolons": "Epoche;Train Loss;Val Loss\n1;0,5;0,6\n2;0,4;0,55\n",
    "tsv": "Epoch\tTraining Loss\tValidation Loss\n1\t0.5\t0.6\n2\t0.4\t0.55\n",
    "table between bars": "| Training Loss | Epoch | Validation Loss |\n|:---:|:---:|:---:|\n"
    "| 0.5 | 1.0 | 0.6 |\n| 0.4 | 2.0 | 0.55 |\n",
    "table": "Fitting\n  epoch    train_loss    valid_loss     dur\n-------  -----  ----\n"
    "      1        0.5000        0.6000  0.0862\n      2        0.4000        0.5500  0.03\n",
    "csv": "epoch,train,val\n1,.5,.6\n2,.4,.55\n",
}


@pytest.mark.parametrize("name", TABLES)
def test_each_tools_table_gives_the_same_curves_and_its_name(written, name):
    log = written.log(TABLES[name])
    epochs, train, validation = course(log)
    assert log.format == name
    assert (epochs, train) == (SAME[0], pytest.approx(SAME[1]))
    assert validation == pytest.approx(SAME[2])


def test_commas_are_decimal_where_they_part_no_cells(written):
    log = written.log(
        "| Training loss | Epoca | Validation loss |\n|---|---|---|\n| 0,5 | 1 | 0,6 |\n"
        "| 0,4 | 2 | 0,55 |\n"
    )
    assert course(log) == SAME


def test_what_was_read_as_what_is_told(written):
    log = written.log(TABLES["keras csvlogger"])
    assert log.columns == {
        "epoch": "epoch",
        "train_loss": "loss",
        "validation_loss": "val_loss",
        "train_score": "accuracy",
        "validation_score": "val_accuracy",
    }
    assert log.curves.validation_score.tolist() == [0.6, 0.7]
    assert log.curves.score_name == "accuracy"


def test_parts_that_the_tool_sums_are_summed_and_that_is_told(written):
    log = written.log(TABLES["ultralytics results.csv"])
    assert log.columns["validation_loss"] == "val/box_loss + val/cls_loss"
    assert "the loss is the sum of its parts: train/box_loss + train/cls_loss" in log.notes


def test_the_score_beside_a_loss_named_train_is_validations(written):
    assert written.log(TABLES["fastai table"]).columns["validation_score"] == "accuracy"


def test_a_header_with_spaces_is_read(written):
    log = read_logs("tests/curves/samples/spaces_in_header.csv")[0]
    assert log.columns["validation_loss"] == "val_loss"
    assert (len(log.curves.epochs), log.curves.validation_loss[-1]) == (31, 0.44783)


def test_one_row_of_lightning_is_a_run_of_one_epoch(written):
    log = read_logs("tests/curves/samples/lightning_metrics_one_row.csv")[0]
    assert course(log) == ([0.0], [0.47890817339028047], [])


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-32", "gb18030"])
def test_a_table_is_read_in_any_encoding(written, encoding):
    text = "轮次,训练损失,验证损失\n1,0.5,0.6\n2,0.4,0.55\n"
    if encoding == "utf-16-le":
        text = "epoch,train_loss,val_loss\n1,0.5,0.6\n2,0.4,0.55\n"
    log = written.log(text.encode(encoding))
    assert course(log) == SAME
    assert log.columns["epoch"] in ("轮次", "epoch")


def test_accented_names_in_latin_1_keep_their_letters(written):
    text = "époque,durée,loss,val_loss\n1,3,0.5,0.6\n2,3,0.4,0.55\n"
    log = written.log(text.encode("latin-1"))
    assert course(log) == SAME
    assert log.columns["epoch"] == "époque"


def test_rows_apart_meet_at_their_epoch(written):
    log = written.log(
        "epoch,step,train_loss,val_loss\n0,49,.9,\n0,99,.7,\n0,99,,.85\n1,149,.6,\n1,199,,.75\n"
    )
    assert course(log) == ([0, 1], [pytest.approx(0.8), 0.6], [0.85, 0.75])


def test_several_evaluations_an_epoch_are_told_apart_by_step(written):
    log = written.log(
        "epoch,step,train_loss,val_loss\n0,10,.9,\n0,20,.7,\n0,20,,.85\n0,30,.6,\n0,40,,.75\n"
        "1,50,.5,\n1,60,,.7\n1,70,.4,\n1,80,,.65\n"
    )
    assert course(log) == (
        [20, 40, 60, 80],
        [pytest.approx(0.8), 0.6, 0.5, 0.4],
        [0.85, 0.75, 0.7, 0.65],
    )
    assert "the training loss is averaged between evaluations" in log.notes


def test_nan_in_rows_apart_is_a_missing_cell(written):
    log = written.log("epoch,train_loss,val_loss\n0,.9,nan\n0,nan,.95\n1,.8,nan\n1,nan,.85\n")
    assert course(log) == ([0, 1], [0.9, 0.8], [0.95, 0.85])
    assert log.diverged == ""


def test_a_training_loss_logged_less_often_lies_on_a_line_and_that_is_told(written):
    log = written.log(
        "| Training Loss | Step | Validation Loss |\n| No log | 100 | .9 |\n| .6 | 200 | .8 |\n"
        "| No log | 300 | .7 |\n| .4 | 400 | .6 |\n"
    )
    assert log.curves.train_loss.tolist() == pytest.approx([0.6, 0.6, 0.5, 0.4])
    assert any("on a straight line" in note for note in log.notes)


@pytest.mark.parametrize("header", ["", "epoch,loss,val_loss\n"])
def test_epochs_that_start_again_are_runs_of_their_own(written, header):
    text = f"epoch,loss,val_loss\n0,1,1.1\n1,.5,.7\n2,.3,.6\n{header}0,1.2,1.3\n1,.7,.9\n"
    first, second = written.logs(text)
    assert course(first) == ([0, 1, 2], [1, 0.5, 0.3], [1.1, 0.7, 0.6])
    assert course(second) == ([0, 1], [1.2, 0.7], [1.3, 0.9])
    assert second.source.endswith("log.csv#2")
    line = 5 if header == "" else 6
    assert f"epoch begins again at line {line}: read as 2 runs" in first.notes


def test_a_header_again_parts_runs_without_epochs(written):
    first, second = written.logs("loss,val_loss\n1,1.1\n.5,.6\nloss,val_loss\n2,2.1\n")
    assert (course(first)[1], course(second)[1]) == ([1.0, 0.5], [2.0])


def test_a_run_taken_up_again_keeps_what_came_later(written):
    log = written.log(
        "epoch,loss,val_loss\n0,1,1.1\n1,.5,.7\n2,.3,.6\n3,.2,.5\n2,.31,.61\n3,.21,.51\n4,.1,.4\n"
    )
    assert course(log) == ([0, 1, 2, 3, 4], [1, 0.5, 0.31, 0.21, 0.1], [1.1, 0.7, 0.61, 0.51, 0.4])
    assert any("goes back at line 6: read as taken up again" in note for note in log.notes)


@pytest.mark.parametrize(
    ("rows", "why", "epochs"),
    [
        ("0,.9,1\n1,.8,nan\n2,.7,nan\n", "val_loss is nan from line 3 on", 1),
        ("0,.9,1\n1,.8,.9\n2,inf,.9\n", "loss is infinite from line 4 on", 2),
        ("0,.9,1\n1,nan,nan\n2,nan,nan\n", "loss is nan from line 3 on", 1),
    ],
)
def test_a_loss_that_stays_without_a_number_ends_the_curves(written, rows, why, epochs):
    log = written.log(f"epoch,loss,val_loss\n{rows}")
    assert (log.diverged, len(log.curves.epochs)) == (why, epochs)


def test_a_single_nan_is_left_out_and_told(written):
    log = written.log("epoch,loss,val_loss\n0,.9,1\n1,.8,nan\n2,.7,.9\n")
    assert course(log) == ([0, 2], [0.9, 0.7], [1.0, 0.9])
    assert (log.diverged, log.notes) == ("", ("rows left out where val_loss is not finite: 1",))


def test_a_test_loss_stands_in_for_validation_and_that_is_told(written):
    log = written.log("epoch,train_loss,test_loss\n1,.5,.6\n2,.4,.55\n")
    assert course(log) == SAME
    assert log.notes == ("test_loss was read as validation, since there is no validation loss",)


def test_columns_chosen_by_name_win(written):
    text = "round,a,b,loss,val_loss\n1,.5,.6,9,9\n2,.4,.55,9,9\n"
    log = written.log(text, train="a", validation="b", epoch="round")
    assert course(log) == SAME
    assert log.columns == {"epoch": "round", "train_loss": "a", "validation_loss": "b"}


def test_columns_joined_by_plus_are_summed(written):
    log = written.log("a,b,val\n1,2,4\n2,2,5\n", train="a+b", validation="val")
    assert log.curves.train_loss.tolist() == [3.0, 4.0]


def test_scores_in_percent_become_shares(written):
    log = written.log("epoch,loss,val_loss,val_acc\n1,.5,.6,80.5 %\n2,.4,.55,85 %\n")
    assert log.curves.validation_score.tolist() == pytest.approx([0.805, 0.85])
    assert "the score is in percent" in log.notes


def test_a_last_row_cut_off_is_left_out(written):
    log = written.log("epoch,loss,val_loss\n1,.5,.6\n2,.4,.55\n3,.3")
    assert course(log) == SAME


def test_a_loss_by_step_alone_is_averaged_over_its_epochs(written):
    rows = "".join(f"{i // 3},{i},{i}\n" for i in range(12))
    log = written.log(f"epoch,step,train_loss\n{rows}")
    assert course(log)[:2] == ([0, 1, 2, 3], [1, 4, 7, 10])


def test_a_long_loss_by_step_is_averaged_in_blocks(written):
    rows = "".join(f"{i},{i % 2}\n" for i in range(10_000))
    log = written.log(f"step,train_loss\n{rows}")
    assert len(log.curves.epochs) <= 200
    assert set(log.curves.train_loss.tolist()) == {0.5}


@pytest.mark.parametrize(
    "text",
    [
        "epoch,phase,loss,acc\n1,train,.5,.7\n1,val,.6,.6\n2,train,.4,.8\n2,val,.55,.7\n",
        "epoch,metric,value\n1,train_loss,.5\n1,val_loss,.6\n2,train_loss,.4\n2,val_loss,.55\n",
        "split,metric,epoch,value\ntrain,loss,1,.5\nval,loss,1,.6\ntrain,loss,2,.4\nval,loss,2,.55\n",
        '{"mode": "train", "epoch": 1, "loss": 0.5}\n{"mode": "val", "epoch": 1, "loss": 0.6}\n'
        '{"mode": "train", "epoch": 2, "loss": 0.4}\n{"mode": "val", "epoch": 2, "loss": 0.55}\n',
    ],
)
def test_rows_that_name_their_part_or_measure_in_a_cell_are_spread(written, text):
    assert course(written.log(text)) == SAME


def test_measures_one_after_the_other_are_one_run(written):
    rows = [f"{name},{i},{9 - i}" for name in ("train_loss", "val_loss") for i in range(3)]
    log = written.log("key,step,value\n" + "\n".join(rows) + "\n")
    assert course(log) == ([0, 1, 2], [9, 8, 7], [9, 8, 7])


def test_a_column_of_other_words_spreads_nothing(written):
    log = written.log("epoch,name,value,loss,val_loss\n1,a,3,.5,.6\n2,b,3,.4,.55\n")
    assert course(log) == SAME


def test_a_run_without_a_training_loss_is_left_out_and_that_is_told(written):
    text = "epoch,loss,val_loss\n0,1,1.1\n1,.5,.6\n0,,1\n1,,.7\n"
    log = written.log(text)
    assert course(log) == ([0, 1], [1, 0.5], [1.1, 0.6])
    assert log.notes[-1].endswith("log.csv#2: has no row with a finite training loss")


@pytest.mark.parametrize("epoch", ["inf", "nan", ""])
def test_epochs_that_are_no_numbers_do_not_count(written, epoch):
    log = written.log(f"epoch,loss,val_loss\n{epoch},.5,.6\n{epoch},.4,.55\n")
    assert course(log) == SAME
    assert log.columns["epoch"] == "row number"


def test_losses_below_0_and_training_above_validation_get_a_word(written):
    (below,) = written.logs("loss,val_loss\n.5,.6\n-1,-.5\n")
    assert below.notes == ("losses below 0: shares are of what this run itself has learned",)
    (above,) = written.logs("loss,val_loss\n.9,.6\n.8,.5\n")
    assert above.notes[0].startswith("training ends above validation: most tools average it over")


def test_a_validation_score_that_never_changes_gets_a_word(written):
    rows = "".join(f"{i},{1 / i},{i},{i / 9},.5\n" for i in range(1, 7))
    log = written.log(f"epoch,loss,val_loss,acc,val_acc\n{rows}")
    assert log.notes == (
        "the validation score is 0.5 in every epoch: it may be that all validation examples get"
        " the same answer",
    )
