"""What cannot be read is refused in one line: file, line, rule, value."""

import pytest

from harness.curves.logs import read_logs
from harness.errors import LogError

HEAD = "epoch,loss,val_loss\n"
FAULTS = {
    "empty": ("", "log.csv: is empty"),
    "blank": ("\n \n", "log.csv: is empty"),
    "gzip": (b"\x1f\x8b\x08\x00abc", "log.csv: must be a training log, and is a gzip archive"),
    "bytes": (bytes(range(256)), "must be a training log, and is a binary file of an unknown kind"),
    "hdf5": (b"\x89HDF\r\n\x1a\n", "must be a training log, and is an HDF5 file"),
    "prose": ("Hello\nworld\n", "no line says a loss, such as"),
    "header": (HEAD, "holds a header and no rows"),
    "cell": (f"{HEAD}0,1,1\n1,oops,.6\n2,.3,.4\n", "line 3: loss must be a number, got oops"),
    "short": (f"{HEAD}0,1,1\n1,.5\n2,.3,.4\n", "line 3 must have 3 cells as the header has, got 2"),
    "long": (f"{HEAD}0,1,1\n1,.5,.6,.7\n", "line 3 must have 3 cells as the header has, got 4"),
    "all nan": (f"{HEAD}0,nan,nan\n1,nan,nan\n", "loss is nan from line 2 on, in every row"),
    "falling": (f"{HEAD}3,1,1\n2,.5,.6\n1,.3,.4\n", "line 3: epoch must rise from row to row"),
    "validation only": (
        "epoch,val_loss\n0,1\n1,.5\n",
        "has val_loss but no training loss; choose it with --train NAME; numbers are in epoch",
    ),
    "scores only": ("epoch,acc,val_acc\n0,.1,.1\n", "has no loss, only scores .acc, val_acc.; "),
    "no names": ("0,1,1.1\n1,.5,.6\n", "has no loss; .* numbers are in column 1, column 2, column"),
    "several": (
        "epoch,a_loss,b_loss,val_a_loss,val_b_loss\n1,1,1,1,1\n2,1,1,1,1\n",
        "several validation losses and no total: val_a_loss, val_b_loss; choose one with --valid",
    ),
    "cut json": ('{"loss": [0.5, 0.4', "line 1, column 19: is not JSON: "),
    "json scalars": ('{"loss": "low",\n "val_loss": {}}', "must be a list of objects or an object"),
    "ragged": (
        '{"loss": [4, 3, 2, 1], "val_loss": [4, 2]}',
        "loss has 4 values and val_loss has 2",
    ),
    "json line": ('{"loss": 1}\n{"loss": }\n{"loss": 2}\n', "line 2 must be a JSON object: "),
    "no json object": ('{"loss": 1}\n{"loss": 2}\n[3]\n', "line 3 must be a JSON object, got .3."),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_log_that_cannot_be_read_is_refused_in_one_line(written, name):
    content, line = FAULTS[name]
    with pytest.raises(LogError, match=line) as error:
        written.logs(content)
    assert len(error.value.faults) == 1
    assert error.value.faults[0].startswith(f"{written.folder / 'log.csv'}: ")


@pytest.mark.parametrize(
    ("columns", "line"),
    [
        ({"train": "los"}, "has no column los; did you mean loss?"),
        ({"validation": "zzz"}, "has no column zzz; known are epoch, loss, val_loss, acc, name"),
        ({"train": "name"}, "column name must hold numbers, and holds none"),
        ({"train": "acc"}, "acc is a score, better when higher; a loss is needed"),
        ({"epoch": "round"}, "has no column round"),
    ],
)
def test_a_column_that_does_not_serve_is_refused_by_its_name(written, columns, line):
    text = "epoch,loss,val_loss,acc,name\n1,.5,.6,.9,a\n2,.4,.5,.9,b\n"
    with pytest.raises(LogError, match=line):
        written.logs(text, **columns)


def test_a_missing_file_and_a_directory_are_refused(tmp_path):
    with pytest.raises(LogError, match=r"none.csv: cannot be read: No such file"):
        read_logs(tmp_path / "none.csv")
    with pytest.raises(LogError, match="is a directory without files of TensorBoard"):
        read_logs(tmp_path)


def test_a_file_without_line_breaks_is_refused(written):
    with pytest.raises(LogError, match="line 2 must be at most 1,048,576 characters long"):
        written.logs("loss 0.5\n" + "x" * (1 << 21))
