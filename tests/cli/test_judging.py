"""`harness judge`: anyone's logs, for people and for programs."""

import json
import os
import subprocess
from pathlib import Path

import pytest
from mlflow import MlflowClient
from mlflow.entities import Metric

from harness.judge import Kind
from harness.store import tables
from tests.cli.test_commands import imported

SAMPLES = Path(__file__).parents[1] / "curves" / "samples"
RISING = "epoch,loss,val_loss\n" + "".join(
    f"{i},{1 / (i + 1)},{1 / (i + 1) + 0.05 * max(i - 8, 0)}\n" for i in range(30)
)


@pytest.fixture
def logs(workshop):
    """The workshop with a log that overfits, one that diverged and one that is none."""
    (workshop.root / "rising.csv").write_text(RISING)
    (workshop.root / "nan.csv").write_text("loss,val_loss\n0.6,0.5\nnan,nan\nnan,nan\n")
    (workshop.root / "prose.txt").write_text("Dear diary,\ntoday nothing was trained.\n")
    return workshop


def test_a_person_reads_the_kind_why_and_what_was_read(logs):
    said = logs.say("judge", "rising.csv")
    assert said.exit_code == 0
    lines = said.stdout.splitlines()
    assert lines[0] == "rising.csv  (keras csvlogger, 30 epochs)"
    assert lines[1].startswith("  overfit: trained too long, confidence ")
    assert "validation loss rises from" in said.stdout
    assert "  read: epoch = epoch, training loss = loss, validation loss = val_loss" in lines
    assert "harness explain trained_too_long" in said.stdout


def test_a_program_reads_an_object_a_run(logs):
    said = logs.say(
        "judge", "rising.csv", "nan.csv", str(SAMPLES / "spaces_in_header.csv"), "--json"
    )
    assert said.exit_code == 0
    first, second, third = (json.loads(line) for line in said.stdout.splitlines())
    assert (first["source"], first["kind"], first["fit"]) == (
        "rising.csv",
        "trained_too_long",
        "overfit",
    )
    assert 0.5 <= first["confidence"] <= 1
    assert {quantity["name"] for quantity in first["quantities"]} >= {"rise", "gap"}
    assert (second["kind"], second["why"]) == ("diverged", "loss is nan from line 3 on")
    assert third["columns"]["validation_loss"] == "val_loss"
    assert third["epochs"] == 31


def test_bad_logs_are_named_after_the_others_were_judged(logs):
    said = logs.say("judge", "prose.txt", "rising.csv", "none.csv", ".")
    assert said.exit_code == 2
    assert "overfit: trained too long" in said.stdout
    told = said.stderr.splitlines()
    assert told[0].startswith("prose.txt: no line says a loss")
    assert told[1].startswith("none.csv: cannot be read: No such file")
    assert told[2].startswith(".: is a directory")
    assert len(told) == 3


def test_columns_are_chosen_by_name(logs):
    (logs.root / "two.csv").write_text("round,a_loss,b_loss,val_a_loss,val_b_loss\n1,1,2,3,4\n")
    unsaid = logs.say("judge", "two.csv")
    assert unsaid.exit_code == 2
    assert "several validation losses and no total: val_a_loss, val_b_loss" in unsaid.stderr
    words = ("--train", "a_loss+b_loss", "--validation", "val_a_loss + val_b_loss")
    said = logs.say("judge", "two.csv", *words, "--epoch", "round", "--json")
    content = json.loads(said.stdout)
    assert content["columns"] == {
        "epoch": "round",
        "train_loss": "a_loss + b_loss",
        "validation_loss": "val_a_loss + val_b_loss",
    }


def test_a_log_left_out_is_asked_for(workshop):
    for words in (("judge",), ("judge", "")):
        said = workshop.say(*words)
        assert said.exit_code == 2
        assert said.stderr == "name a training log: python -m harness judge metrics.csv\n"


def test_a_log_is_judged_without_what_trains_or_stores(logs):
    heavy = {"torch", "lightning", "mlflow", "sklearn", "pandas", "optuna", "pyarrow"}
    assert not imported(logs, "judge", "rising.csv") & heavy


def test_a_kind_is_explained_in_words_rules_and_sources(workshop):
    said = workshop.say("explain", "memorises")
    assert said.exit_code == 0
    assert said.stdout.startswith("overfit: memorises  (memorises)\n  The training loss lies far")
    assert "memorises = 0.225" in " ".join(said.stdout.split())
    assert "Zhang, Bengio, Hardt, Recht, Vinyals (2017)" in said.stdout
    assert all(len(line) <= 100 for line in said.stdout.splitlines())


@pytest.mark.parametrize("words", [("trained", "too", "long"), ("trained-too-long",)])
def test_a_kind_is_found_however_it_is_written(workshop, words):
    assert "(trained_too_long)" in workshop.say("explain", *words).stdout


def test_a_fit_explains_its_kinds(workshop):
    said = workshop.say("explain", "overfit").stdout
    assert "(trained_too_long)" in said
    assert "(memorises)" in said
    assert "(too_weak)" not in said


def test_without_a_kind_all_are_listed(workshop):
    said = workshop.say("explain")
    assert said.exit_code == 0
    assert all(kind.value in said.stdout for kind in Kind)


def test_a_kind_written_wrong_is_answered_with_the_nearest(workshop):
    said = workshop.say("explain", "memorizes")
    assert said.exit_code == 2
    assert said.stderr == "memorizes is no kind of verdict; did you mean memorises?\n"


@pytest.fixture
def tracked(workshop):
    """The workshop with an MLflow experiment of somebody's: one run that overfits, one without."""
    tables.quieten()
    client = MlflowClient(f"sqlite:///{(workshop.store / 'mlflow.db').as_posix()}")
    number = client.create_experiment("mnist")
    for name in ("wide", "prepare"):
        run = client.create_run(number, run_name=name, start_time=1).info.run_id
        for step, line in enumerate(RISING.splitlines()[1:] if name == "wide" else []):
            _, train, validation = (float(cell) for cell in line.split(","))
            losses = [Metric("loss", train, step, step), Metric("val_loss", validation, step, step)]
            client.log_batch(run, metrics=losses)
    yield client
    client._tracking_client.store.engine.dispose()


def test_the_runs_of_an_mlflow_experiment_are_judged_and_tagged_when_asked(workshop, tracked):
    words = ("judge", "--mlflow", str(workshop.store), "mnist", "--json")
    said = workshop.say(*words)
    assert said.exit_code == 0
    (line,) = said.stdout.splitlines()
    content = json.loads(line)
    assert (content["source"], content["kind"]) == ("mlflow: mnist/wide", "trained_too_long")
    assert said.stderr == (
        "left out: mlflow: mnist/prepare: holds no measure that is called a loss\n"
    )
    number = tracked.get_experiment_by_name("mnist").experiment_id
    by_name = {run.info.run_name: run for run in tracked.search_runs([number])}
    assert "verdict" not in by_name["wide"].data.tags
    said = workshop.say(*words, "--write-tags")
    assert said.stderr.splitlines()[-1] == "tagged 1 runs of mnist"
    by_name = {run.info.run_name: run for run in tracked.search_runs([number])}
    assert by_name["wide"].data.tags["verdict"] == "trained_too_long"
    assert by_name["wide"].data.tags["verdict.why"] == content["why"]
    assert "verdict" not in by_name["prepare"].data.tags


def test_a_study_of_our_own_is_judged_from_its_store_and_not_tagged(finished):
    said = finished.say("judge", "--mlflow", str(finished.store), "done", "--json")
    contents = [json.loads(line) for line in said.stdout.splitlines()]
    assert len(contents) == 4
    assert {content["format"] for content in contents} == {"harness study"}
    assert {content["epochs"] for content in contents} == {4}
    said = finished.say("judge", "--mlflow", str(finished.store), "done", "--write-tags")
    assert said.exit_code == 2
    assert "done is a study of the harness, which tags its runs itself" in said.stderr


def test_mlflow_without_such_an_experiment_ends_with_one_line(workshop):
    said = workshop.say("judge", "--mlflow", str(workshop.store), "zzz")
    assert said.exit_code == 2
    assert len(said.stderr.splitlines()) == 1
    assert "has no experiment zzz; it has " in said.stderr
    said = workshop.say("judge", "rising.csv", "--write-tags")
    assert said.exit_code == 2
    assert said.stderr.startswith("--write-tags needs --mlflow URI EXPERIMENT")


@pytest.mark.parametrize(
    ("words", "handed"),
    [
        (["LOG=it's a.csv"], "judge|it's a.csv|"),
        (["MLFLOW=sqlite:///x", "EXPERIMENT=a b"], "judge|--mlflow|sqlite:///x|a b|"),
        ([], "judge|"),
    ],
)
def test_make_hands_its_words_on(words, handed):
    done = subprocess.run(
        ["make", "-s", "-o", ".venv/installed", "judge", 'HARNESS=printf "%s|"', *words],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
        env={key: value for key, value in os.environ.items() if not key.startswith("MAKE")},
    )
    assert done.stdout == handed
