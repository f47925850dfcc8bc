"""What cannot be done is said in a line a fault, with exit code 2, and no stored byte changes."""

import re
import sqlite3
import subprocess

import pandas as pd
import pytest

from tests.workshop import arms_text

TABLE = {"age": range(30), "town": list("abc") * 10, "churned": ["yes", "no"] * 15}


def study(data='source = "iris"', *, training="seeds = 2", knobs="", units="[2, 4]", more=""):
    """A study's text of which a part is wrong."""
    lines = ['question = "Which?"', "[data]", data, "[training]", training, "[knobs]"]
    return "\n".join([*lines, f"units = {units}", knobs, "[search]", "trials = 2", more, ""])


def table(**columns):
    """A study of a CSV file with a column "churned" to predict."""
    return study('source = "churn.csv"\ntarget = "churned"'), TABLE | columns


def function(code):
    """A study of a user's function."""
    return study('source = "mine.py:load"'), code


POINTS = "import numpy as np\n\n\ndef load():\n    return "
LINES = {
    "empty": ("", "is empty: a study needs a question, "),
    "not_toml": ("question = \n", "is not TOML: line 1, column 12: "),
    "types": (
        study().replace('"Which?"', "3"),
        "question must be text, got 3",
    ),
    "knob_types": (study(knobs='dropout = "some"'), 'knobs.dropout must lie in 0..1, got "some"'),
    "upside_down": (
        study(units="{ from = 9, to = 2 }"),
        "knobs.units.from must be below to (2), got 9",
    ),
    "log_from_zero": (
        study(knobs='dropout = { from = 0.0, to = 0.5, scale = "log" }'),
        "knobs.dropout.from must be above 0 on a log scale, got 0.0",
    ),
    "optimizer": (
        study(knobs='optimizer = "adamm"'),
        'knobs.optimizer must be one of sgd, momentum, nesterov, rmsprop, adam, adamw, got "adamm"',
    ),
    "no_seeds": (study(training="seeds = 0"), "training.seeds must be at least 1, got 0"),
    "split": (
        study('source = "iris"\nsplit = { train = 0.8, validation = 0.2, test = 0.1 }'),
        "data.split must sum to at most 1, got 1.1",
    ),
    "unknown_key": (study(more='sampelr = "tpe"'), "search.sampelr is not a key of [search]; did"),
    "unknown_set": (study('source = "irs"'), "data.source must be one of digits, .* mean iris"),
    "gap": (study(more='objective = "gap"'), "search.objective must not be the gap alone, got gap"),
    "grid": (
        study(
            knobs="l1 = { from = 0.0, to = 1.0, steps = 200 }\nl2 = { from = 0.0, to = 1.0,"
            " steps = 200 }",
            more='sampler = "grid"',
        ),
        "search: a grid must have at most 10000 combinations, got 80000",
    ),
    "too_many_examples": (
        study(knobs="train_size = 91"),
        "knobs.train_size must be at most 90, the examples of the training part, got 91",
    ),
    "one_example": (
        *table(churned=["yes", "no"] * 14 + ["no", "maybe"]),
        "churn.csv: target churned: class maybe has 1 example, but 3 parts need at least 3",
    ),
    "no_target": (*table(churned=None), 'churn.csv: has no column "churned" (data.target)'),
    "text_for_numbers": (
        study('source = "churn.csv"\ntarget = "town"\ntask = "regression"'),
        TABLE,
        'churn.csv: target town must hold numbers for a regression, got "a"',
    ),
    "no_rows": (*table(age=[], town=[], churned=[]), "churn.csv: holds 0 rows"),
    "constant": (
        *table(churned=["no"] * 30),
        "churn.csv: target churned is constant: every row holds no",
    ),
    "missing": (
        *table(age=[None, *range(29)]),
        "churn.csv: column age is empty in 1 of 30 rows: fill them, or say data.missing",
    ),
    "no_file": (study('source = "churm.csv"\ntarget = "a"'), "churm.csv: no such file"),
    "nan": (
        *function(f"{POINTS}np.full((9, 2), np.nan), np.arange(9)\n"),
        "mine.py:load: column x1 of x must be finite, got nan in 9 of 9 rows",
    ),
    "raises": (
        *function("def load():\n    raise OSError('the server is asleep')\n"),
        "mine.py:load: raised OSError in line 2: the server is asleep",
    ),
    "shape": (
        *function(f"{POINTS}np.zeros((9, 2, 2)), np.arange(9)\n"),
        "mine.py:load: x must be a table, a row per example and a column per feature, got shape",
    ),
    "no_function": (
        *function("def lode():\n    pass\n"),
        'mine.py:load: mine.py has no function "load"; did you mean lode?',
    ),
    "no_code": (study('source = "mine.py:load"'), "mine.py:load: no such file as mine.py"),
}


@pytest.mark.parametrize("command", ["study", "plan"])
@pytest.mark.parametrize("name", LINES)
def test_a_bad_study_is_refused_in_clear_lines_and_nothing_stored_is_touched(
    finished, name, command
):
    text, *beside, line = LINES[name]
    path = f"studies/{name}.toml"
    finished.write(name, text)
    for content in beside:
        put(finished, content)
    before = finished.files()
    said = finished.say(command, name)
    assert said.exit_code == 2, said.output
    first, *others = said.stderr.splitlines()
    words = first.removeprefix(f"{path}: ")
    assert words != first, first
    assert words.startswith(line) or re.match(line, words), words
    assert all(other.startswith(f"{path}: ") for other in others)
    assert said.stdout == ""
    assert finished.files() == before


def put(workshop, content):
    """A user's table or code beside the studies."""
    if isinstance(content, str):
        workshop.write("mine.py", content)
        return
    columns = {name: list(values) for name, values in content.items() if values is not None}
    pd.DataFrame(columns).to_csv(workshop.root / "studies" / "churn.csv", index=False)


def test_all_faults_of_a_file_are_said_at_once(finished):
    finished.write("many", study(training="seeds = 0", knobs="dropout = 1.5", more="sampler = 3"))
    said = finished.say("study", "many")
    assert said.exit_code == 2
    assert len(said.stderr.splitlines()) == 3


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["study"], "name a study: python -m harness study done; in studies/ there is done"),
        (["plan", ""], "name a study: python -m harness plan done; in studies/ there is done"),
        (["report"], "name a study: python -m harness report done; in studies/ there is done"),
        (["forget"], "name a study: python -m harness forget done; in the store there is done"),
        (
            ["compare", "done"],
            "name two studies: python -m harness compare done done; in studies/ there ",
        ),
        (
            ["init"],
            "name your table and its target: python -m harness init churn.csv --target churned",
        ),
        (["study", "dome"], "studies/dome.toml: no such study; there are done"),
        (["study", "elsewhere/x.toml"], "elsewhere/x.toml: no such study; there is no folder"),
        (["report", "done", "--to", "pdf"], "format must be one of html, md, csv, got pdf"),
        (["report", "done", "--to", ","], "--to must name a format: html, md, csv, or several"),
        (["compare", "done", "done"], "compare needs two different studies, got done twice"),
        (["forget", "dome"], "dome: nothing is stored of it; stored are done"),
        (["ui", "studies/dome.toml"], "dome: nothing is stored of it; stored are done"),
        (["init", "churn.csv", "--target", "x"], "churn.csv: no such file"),
        (["bogus"], "No such command 'bogus'"),
        (["study", "done", "--workers", "0"], "Invalid value for '--workers': 0 is not in the"),
        (["study", "done", "--fast"], "No such option '--fast'"),
    ],
)
def test_what_was_typed_wrong_is_said_with_what_there_is(finished, words, line):
    before = finished.files()
    said = finished.say(*words)
    assert said.exit_code == 2, said.output
    assert said.stderr.startswith(line)
    assert len(said.stderr.splitlines()) == 1
    assert finished.files() == before


def test_a_study_without_runs_has_no_report_and_no_comparison(finished):
    finished.write("new", arms_text())
    line = "new: nothing is stored of it; run it with: python -m harness study new\n"
    for words in (["report", "new"], ["compare", "new", "done"]):
        said = finished.say(*words)
        assert (said.exit_code, said.stderr) == (2, line)
    finished.write("done", arms_text(epochs=4))
    said = finished.say("report", "done")
    assert said.stderr.startswith("done: nothing is stored of it as it is written now, only of an")


def test_studies_of_other_data_are_not_compared(finished):
    finished.write("other", arms_text().replace("iris", "wine"))
    assert finished.say("study", "other", "--workers", "1").exit_code == 0
    said = finished.say("compare", "done", "other")
    assert said.exit_code == 2
    assert "done and other cannot be compared: data.source is iris in done and wine in other" in (
        said.stderr
    )
    assert not list((finished.root / "reports").glob("*beside*"))


def broken(path):
    path.write_bytes(b"not a database " * 100)


def foreign(path):
    path.unlink()
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE mine (x)")
    other.close()


def newer(path):
    with sqlite3.connect(path) as mine:
        mine.execute("UPDATE alembic_version SET version_num = 'feedc0ffee00'")
    mine.close()


@pytest.mark.parametrize(
    ("harm", "line"),
    [
        (broken, "mlruns/mlflow.db: is not an SQLite database, or a damaged one"),
        (foreign, "mlruns/mlflow.db: is not MLflow's; move it away"),
        (newer, r"mlruns/mlflow.db: written by a newer MLflow than 3\.\d+\.\d+ \(schema feedc0ff"),
    ],
)
@pytest.mark.parametrize("words", [["study", "done"], ["plan", "done"], ["report", "done"]])
def test_a_store_that_is_something_else_is_left_alone(finished, words, harm, line):
    for path in finished.store.glob("mlflow.db-*"):
        path.unlink()
    harm(finished.store / "mlflow.db")
    before = finished.files()
    said = finished.say(*words)
    assert said.exit_code == 2
    assert re.match(line, said.stderr), said.stderr
    assert len(said.stderr.splitlines()) == 1
    assert finished.files() == before


def test_a_file_in_place_of_the_store_is_named(workshop):
    workshop.store.rename(workshop.root / "kept")
    workshop.store.write_text("mine")
    workshop.write("first", arms_text())
    said = workshop.say("study", "first")
    assert said.exit_code == 2
    assert said.stderr == "mlruns: must be a folder, and a file is in its place\n"
    assert workshop.store.read_text() == "mine"


def test_a_file_in_place_of_a_folder_to_write_to_is_named(finished):
    (finished.root / "reports").write_text("mine")
    for words in (["study", "done"], ["report", "done"]):
        said = finished.say(*words)
        line = "reports: must be a folder, and a file is in its place\n"
        assert (said.exit_code, said.stderr) == (2, line)
    assert finished.count("done") == 4


def test_a_store_that_may_not_be_written_is_named(finished):
    done = subprocess.run(
        ["mount", "--bind", "-o", "ro", finished.store, finished.store],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        pytest.skip(f"only root may make a folder unwritable for root ({done.stderr.strip()})")
    try:
        finished.write("done", arms_text(seeds=3))
        said = finished.say("study", "done", "--workers", "1")
    finally:
        subprocess.run(["umount", finished.store], check=True)
    assert said.exit_code == 2, said.output
    assert re.match(r"\S*mlruns\S*: (cannot be written|cannot be used)", said.stderr), said.stderr
    assert len(said.stderr.splitlines()) == 1
