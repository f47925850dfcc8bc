"""Runs of somebody else's MLflow, written by MLflow's own client."""

import shutil
import sqlite3

import pytest
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from harness.curves.logs import Columns
from harness.errors import LogError, StoreError
from harness.judge import Ending
from harness.store.clients import mlflow_errors
from harness.store.foreign import runs_of, write_verdicts
from tests.curves.written import course

TRAIN = [1.0, 0.5, 0.25, 0.125]
VALIDATION = [1.0, 0.75, 0.625, 0.875]
STEPS = [0.0, 1.0, 2.0, 3.0]


class Elsewhere:
    """A database of MLflow's that is none of our stores."""

    def __init__(self, path):
        self.uri = f"sqlite:///{path.as_posix()}"
        self.client = MlflowClient(self.uri)

    def run(self, experiment, name, *, at=1, **metrics):
        """A run with metrics as lists of (step, milliseconds, value); its id."""
        found = self.client.get_experiment_by_name(experiment)
        number = found.experiment_id if found else self.client.create_experiment(experiment)
        run = self.client.create_run(number, start_time=at, run_name=name)
        for key, points in metrics.items():
            for step, time, value in points:
                self.client.log_metric(run.info.run_id, key, value, timestamp=time, step=step)
        self.client.set_tag(run.info.run_id, "owner", "somebody")
        self.client.set_terminated(run.info.run_id)
        return run.info.run_id

    def tags(self, run):
        return self.client.get_run(run).data.tags


@pytest.fixture
def elsewhere(fresh_root, tmp_path):
    (tmp_path / "theirs").mkdir()
    shutil.copy(fresh_root / "mlflow.db", tmp_path / "theirs")
    made = Elsewhere(tmp_path / "theirs" / "mlflow.db")
    yield made
    made.client._tracking_client.store.engine.dispose()


def points(values, *, every=10, after=0, first=0):
    return [(first + i, every * i + after, value) for i, value in enumerate(values)]


def both(train="train_loss", validation="val_loss"):
    return {train: points(TRAIN), validation: points(VALIDATION, after=5)}


def only_log(uri, experiment, **columns):
    (run,) = runs_of(uri, experiment, columns=Columns(**columns)).runs
    (log,) = run.logs
    return log


def test_a_run_is_read_by_its_metrics_names(elsewhere):
    once = {"test_loss": [(0, 99, 0.9)], "lr": points([0.1] * 4)}
    run = elsewhere.run("mnist", "first", **both(), val_acc=points([0, 0.25, 0.5, 1]), **once)
    found = runs_of(elsewhere.uri, "mnist")
    assert (found.name, found.left_out) == ("mnist", ())
    assert [(one.id, one.name) for one in found.runs] == [(run, "first")]
    (log,) = found.runs[0].logs
    assert (log.source, log.format) == ("mlflow: mnist/first", "mlflow run")
    assert course(log) == (STEPS, TRAIN, VALIDATION)
    assert log.columns["validation_score"] == "val_acc"
    assert log.notes == ("left out since they were logged once: test_loss",)


def test_runs_come_in_the_order_they_began_and_others_are_named(elsewhere):
    elsewhere.run("mnist", "second", at=20, **both())
    elsewhere.run("mnist", "first", at=10, **both("loss", "eval_loss"))
    elsewhere.run("mnist", "sweep", at=30, trials=points([3.0]))
    found = runs_of(elsewhere.uri, "mnist")
    assert [run.name for run in found.runs] == ["first", "second"]
    assert found.left_out == ("mlflow: mnist/sweep: holds no measure that is called a loss",)


def test_an_experiment_is_found_by_its_number(elsewhere):
    elsewhere.run("mnist", "first", **both())
    number = elsewhere.client.get_experiment_by_name("mnist").experiment_id
    assert runs_of(elsewhere.uri, str(number)).name == "mnist"


@pytest.mark.parametrize("place", ["theirs", "theirs/mlflow.db"])
def test_a_database_is_found_by_its_path(elsewhere, tmp_path, place):
    elsewhere.run("mnist", "first", **both())
    assert course(only_log(str(tmp_path / place), "mnist")) == (STEPS, TRAIN, VALIDATION)


def test_a_folder_of_older_versions_is_read_as_it_is(tmp_path, monkeypatch):
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    client = MlflowClient((tmp_path / "mlruns").as_uri())
    run = client.create_run(client.create_experiment("mnist"), run_name="first").info.run_id
    for key, values in both().items():
        for step, time, value in values:
            client.log_metric(run, key, value, timestamp=time, step=step)
    monkeypatch.delenv("MLFLOW_ALLOW_FILE_STORE")
    before = contents(tmp_path)
    assert course(only_log(str(tmp_path / "mlruns"), "mnist")) == (STEPS, TRAIN, VALIDATION)
    assert course(only_log((tmp_path / "mlruns").as_uri(), "mnist"))[1] == TRAIN
    assert contents(tmp_path) == before


def contents(folder):
    """What every file below a folder holds."""
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_batches_and_epochs_as_steps_meet_by_time(elsewhere):
    batches = [(i, 10 * (i // 3) + i % 3, TRAIN[i // 3]) for i in range(12)]
    elsewhere.run("mnist", "first", train_loss=batches, val_loss=points(VALIDATION, after=5))
    log = only_log(elsewhere.uri, "mnist")
    assert course(log) == (STEPS, TRAIN, VALIDATION)
    assert log.columns["epoch"] == "step of val_loss"


def test_metrics_without_steps_are_counted_in_order(elsewhere):
    unsaid = {name: [(0, t, v) for _, t, v in values] for name, values in both().items()}
    elsewhere.run("mnist", "first", **unsaid)
    log = only_log(elsewhere.uri, "mnist")
    assert course(log) == (STEPS, TRAIN, VALIDATION)
    assert "logged without steps: counted in the order of writing" in log.notes


def test_a_run_that_diverged_is_read_up_to_where(elsewhere):
    elsewhere.run(
        "mnist",
        "first",
        train_loss=points([*TRAIN, float("nan"), float("nan")]),
        val_loss=points([*VALIDATION, float("nan"), float("nan")], after=5),
    )
    log = only_log(elsewhere.uri, "mnist")
    assert log.diverged == "train_loss is nan from step 4 on"
    assert course(log) == (STEPS, TRAIN, VALIDATION)


def test_metrics_are_chosen_by_name(elsewhere):
    elsewhere.run("mnist", "first", **both("a", "b"))
    with pytest.raises(LogError, match="mlflow: mnist/first: holds no measure that is called a l"):
        runs_of(elsewhere.uri, "mnist")
    log = only_log(elsewhere.uri, "mnist", train="a", validation="b")
    assert course(log) == (STEPS, TRAIN, VALIDATION)


def test_verdicts_become_tags_and_nothing_else_changes(elsewhere, make_verdict):
    run = elsewhere.run("mnist", "first", **both())
    other = elsewhere.run("mnist", "second", **both())
    before, others = elsewhere.tags(run), elsewhere.tags(other)
    write_verdicts(elsewhere.uri, {run: make_verdict()})
    added = {
        "verdict": "trained_too_long",
        "fit": "overfit",
        "confidence": "0.80, uncalibrated",
        "verdict.why": "validation loss ends 0.21 above its minimum",
    }
    assert elsewhere.tags(run) == {**before, **added}
    assert elsewhere.tags(other) == others


def test_a_study_of_another_folder_is_read_whole(store, root, make_run):
    good, bad = make_run(), make_run(seed=1, ending=Ending.DIVERGED)
    store.write([good, bad, make_run(seed=2, ending=Ending.FAILED)], edition="a")
    found = runs_of(str(root), "digits")
    assert [run.name for run in found.runs] == ["0000/s0", "0000/s1"]
    first, second = (run.logs[0] for run in found.runs)
    assert first.curves.equals(good.curves)
    assert (first.source, first.format) == ("mlflow: digits/0000/s0", "harness study")
    assert second.curves.equals(bad.curves)
    assert found.left_out == ("mlflow: digits/0000/s2: failed: RuntimeError: out of memory",)


def test_a_study_is_tagged_by_its_own_store_alone(store, root, make_run, make_verdict):
    store.write([make_run()], edition="a")
    (run,) = runs_of(f"sqlite:///{root.as_posix()}/mlflow.db", "digits").runs
    with pytest.raises(StoreError, match="digits is a study of the harness, which tags its runs"):
        write_verdicts(str(root), {run.id: make_verdict()})


def test_what_is_not_there_is_refused_in_one_line_and_not_made(elsewhere, tmp_path):
    elsewhere.run("mnist", "first", **both())
    other = elsewhere.client.create_experiment("empty")
    assert other
    cases = [
        (elsewhere.uri, "mnits", "has no experiment mnits; did you mean mnist?"),
        (elsewhere.uri, "zzz", "has no experiment zzz; it has empty, mnist"),
        (elsewhere.uri, "empty", "experiment empty has no runs"),
        (f"sqlite:///{tmp_path}/none.db", "x", "none.db: does not exist; name a tracking URI"),
        (str(tmp_path / "none"), "x", "none: does not exist; name a tracking URI"),
        (str(tmp_path), "x", "holds no store of MLflow; name a tracking URI"),
        ("foo://bar", "x", "foo://bar: cannot be read by MLflow: .* unsupported URI 'foo://bar'"),
        ("postgresql://u@localhost/x", "x", "needs the package psycopg"),
    ]
    for uri, experiment, line in cases:
        with pytest.raises(StoreError, match=line) as error:
            runs_of(uri, experiment)
        assert len(error.value.faults) == 1
        assert "\n" not in error.value.faults[0]
    assert [path.name for path in tmp_path.iterdir()] == ["theirs"]


def test_another_database_is_left_as_it_is(tmp_path):
    path = tmp_path / "shop.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE orders (id INTEGER)")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(StoreError, match="is a database, and not MLflow's"):
        runs_of(f"sqlite:///{path.as_posix()}", "x")
    assert path.read_bytes() == before
    path.write_text("not a database " * 100)
    with pytest.raises(StoreError, match="cannot be read by MLflow: file is not a database"):
        runs_of(str(path), "x")


def test_a_server_that_does_not_answer_is_named():
    said = "API request failed with HTTPConnectionPool: Max retries exceeded with url: /x"
    line = "http://nowhere: no server answers there"
    with pytest.raises(StoreError, match=line), mlflow_errors("http://nowhere"):
        raise MlflowException(said)


def test_a_run_that_is_not_there_gets_no_tags(elsewhere, make_verdict):
    with pytest.raises(StoreError, match="cannot be read by MLflow: Run with id=abc not found"):
        write_verdicts(elsewhere.uri, {"abc": make_verdict()})
