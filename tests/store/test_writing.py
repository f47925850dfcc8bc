import json
import sqlite3

import mlflow
import pytest

from harness.curves import ARRAYS
from harness.errors import StoreError
from harness.judge import Ending, Kind
from harness.store import Store
from harness.store.rows import run_id


def test_runs_come_back_bit_for_bit_by_trial_and_seed(store, make_run, make_verdict):
    runs = [make_run(number=n, seed=s, units=7, dropout=0.1) for n in (2, 0) for s in (1, 0)]
    runs[0] = runs[0].judged(make_verdict())
    store.write(runs, edition="a")
    found = store.runs("a")
    assert [run.name for run in found] == ["0000/s0", "0000/s1", "0002/s0", "0002/s1"]
    back = {run.name: run for run in found}
    for run in runs:
        assert back[run.name].to_json() == run.to_json()
        for name in ARRAYS:
            mine, theirs = getattr(run.curves, name), getattr(back[run.name].curves, name)
            assert mine.tobytes() == theirs.tobytes()


def test_a_diverged_run_counts_as_finished(store, make_run):
    store.write([make_run(ending=Ending.DIVERGED)], edition="a")
    assert [run.ending for run in store.runs("a")] == [Ending.DIVERGED]


def test_editions_do_not_mix(store, make_run):
    store.write([make_run()], edition="a")
    store.write([make_run(), make_run(seed=1)], edition="b")
    assert (len(store.runs("a")), len(store.runs("b")), store.runs("c")) == (1, 2, ())


def test_a_finished_run_is_never_written_again(store, make_run, make_verdict):
    store.write([make_run().judged(make_verdict())], edition="a")
    with pytest.raises(ValueError, match="already stored and finished: 0000/s0"):
        store.write([make_run(number=1), make_run()], edition="a")
    (run,) = store.runs("a")
    assert run.verdict == make_verdict()


def test_a_run_cannot_stand_twice_in_one_batch(store, make_run):
    with pytest.raises(ValueError, match="must differ in trial, stage or seed"):
        store.write([make_run(), make_run()], edition="a")


def test_a_failed_run_keeps_its_message_until_it_is_written_again(store, make_run):
    store.write([make_run(ending=Ending.FAILED), make_run(seed=1)], edition="a")
    assert [run.seed for run in store.runs("a")] == [1]
    assert [run.reason for run in store.failed("a")] == ["RuntimeError: out of memory"]
    store.write([make_run()], edition="a")
    assert [run.seed for run in store.runs("a")] == [0, 1]
    assert store.failed("a") == ()


def test_a_locked_database_stores_nothing_of_a_batch(root, make_run):
    with Store.open(root, study="digits", busy_s=0.05) as store:
        store.write([make_run()], edition="a")
        other = sqlite3.connect(root / "mlflow.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        locked = r"mlflow\.db: another process has kept it locked for 0\.05 s; nothing of this step"
        with pytest.raises(StoreError, match=locked):
            store.write([make_run(seed=1), make_run(seed=2)], edition="a")
        other.close()
        assert len(store.runs("a")) == 1
        assert len(list(root.glob("artifacts/*/*/artifacts/run.parquet"))) == 1
        store.write([make_run(seed=1), make_run(seed=2)], edition="a")
        assert len(store.runs("a")) == 3


def test_a_full_disk_stores_nothing_of_a_batch(store, root, make_run):
    store.write([make_run()], edition="a")
    (pages,) = store._connection.execute("PRAGMA page_count").fetchone()
    store._connection.execute(f"PRAGMA max_page_count = {pages + 10}")
    with pytest.raises(StoreError, match=r"mlflow\.db: the disk is full; nothing of this step"):
        store.write([make_run(number=n) for n in range(1, 9)], edition="a")
    assert len(store.runs("a")) == 1
    assert len(list(root.glob("artifacts/*/*/artifacts/run.parquet"))) == 1


def test_a_new_judgement_replaces_the_old_one(store, make_run, make_verdict):
    first, second = make_run().judged(make_verdict()), make_run(seed=1).judged(make_verdict())
    store.write([first, second], edition="a")
    fits = make_verdict(Kind.FITS, why="validation loss ends within 0.02 of the reference")
    store.judge([first.judged(fits), second.judged(None)], edition="a")
    assert [run.verdict for run in store.runs("a")] == [fits, None]


def test_judging_what_was_judged_writes_nothing(root, make_run, make_verdict):
    run = make_run().judged(make_verdict())
    with Store.open(root, study="digits", busy_s=0.05) as store:
        store.write([run], edition="a")
        other = sqlite3.connect(root / "mlflow.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        store.judge([run], edition="a")
        other.close()


def test_only_stored_runs_can_be_judged(store, make_run, make_verdict):
    with pytest.raises(ValueError, match="not stored, so it cannot be judged: 0003/s0"):
        store.judge([make_run(number=3).judged(make_verdict())], edition="a")


def test_facts_belong_to_an_edition(store):
    assert store.fact("objective_seeds", edition="a") is None
    store.set_fact("objective_seeds", "3", edition="a")
    store.set_fact("objective_seeds", "5", edition="a")
    assert store.fact("objective_seeds", edition="a") == "5"
    assert store.fact("objective_seeds", edition="b") is None


def test_the_libraries_that_made_results_are_recorded(store, make_run):
    store.write([make_run()], edition="a")
    versions = json.loads(store.fact("versions", edition="a"))
    assert versions["mlflow"] == mlflow.__version__
    assert set(versions) == {"torch", "lightning", "optuna", "numpy", "mlflow"}


def test_a_report_is_attached_and_replaced(store, root, tmp_path):
    report = tmp_path / "report.html"
    for text in ("<p>first</p>", "<p>second</p>"):
        report.write_text(text)
        store.attach(report, edition="a")
    (kept,) = root.glob("artifacts/*/*/artifacts/report.html")
    assert kept.read_text() == "<p>second</p>"


@pytest.mark.parametrize(
    ("knobs", "known"),
    [
        ({}, "2160fe88f6f715f74cf7ba84a81a77aa"),
        (
            {"units": (8, 4), "optimizer": "nesterov", "momentum": 0.5, "train_size": 20},
            "1c837343d3857802e631d71a46a8728c",
        ),
    ],
)
def test_runs_of_before_knobs_joined_keep_their_ids(make_run, knobs, known):
    # Else what an older store holds could neither be judged again nor be told from new runs.
    assert run_id(make_run(number=3, seed=1, **knobs), study="digits", edition="a") == known
