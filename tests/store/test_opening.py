import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest
from mlflow import MlflowClient

from harness.errors import BusyError, StoreError
from harness.store import Store, read_study
from harness.store.database import MLFLOW, REVISION, plain_errors
from harness.store.files import replace_file
from harness.store.places import Places
from harness.store.tables import newest_revision


def change(root, statement, *values):
    with closing(sqlite3.connect(root / "mlflow.db")) as connection, connection:
        connection.execute(statement, values)


def test_the_schema_is_that_of_the_installed_mlflow():
    import mlflow

    assert (newest_revision(), mlflow.__version__) == (REVISION, MLFLOW)


def test_a_second_process_is_refused_and_the_first_one_named(root):
    busy = (
        rf"^study digits is already running in process {os.getpid()} \(since \d\d:\d\d\);"
        " wait for it or stop it$"
    )
    with (
        Store.open(root, study="digits"),
        pytest.raises(BusyError, match=busy),
        Store.open(root, study="digits"),
    ):
        pass
    with Store.open(root, study="digits"):
        pass


def test_two_studies_run_side_by_side_in_one_store(root, make_run):
    with Store.open(root, study="digits") as digits, Store.open(root, study="moons") as moons:
        digits.write([make_run()], edition="a")
        moons.write([make_run(), make_run(seed=1)], edition="a")
        assert (len(digits.runs("a")), len(moons.runs("a"))) == (1, 2)


def test_a_killed_process_loses_nothing_that_was_stored(root, make_run):
    with Store.open(root, study="digits") as store:
        store.write([make_run()], edition="a")
    hold = (
        "import sys, pathlib\n"
        "from harness.store import Store\n"
        "with Store.open(pathlib.Path(sys.argv[1]), study='digits') as store:\n"
        "    print('open', flush=True)\n"
        "    sys.stdin.read()\n"
    )
    command = [sys.executable, "-c", hold, str(root)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline().strip() == b"open"
        with (
            pytest.raises(BusyError, match=f"in process {process.pid} "),
            Store.open(root, study="digits"),
        ):
            pass
        process.kill()
    with Store.open(root, study="digits") as store:
        assert len(store.runs("a")) == 1


def test_what_a_kill_left_is_removed_and_finished_runs_stay(root, make_run):
    with Store.open(root, study="digits") as store:
        store.write([make_run(), make_run(seed=1)], edition="a")
        store.set_fact("objective_seeds", "5", edition="a")
    change(root, "UPDATE runs SET status = 'RUNNING' WHERE name = '0000/s1'")
    (folder,) = {path.parents[2] for path in root.glob("artifacts/*/*/artifacts/run.parquet")}
    orphan = folder / "0123456789abcdef" / "artifacts"
    orphan.mkdir(parents=True)
    (orphan / "run.parquet.tmp").write_bytes(b"half")
    kept = next(path for path in folder.glob("*/artifacts") if path != orphan)
    (kept / "report.html.tmp").write_bytes(b"half")
    with Store.open(root, study="digits") as store:
        assert [run.seed for run in store.runs("a")] == [0]
        assert store.fact("objective_seeds", edition="a") == "5"
        assert len(list(folder.glob("*/artifacts/run.parquet"))) == 1
        assert list(root.glob("artifacts/**/*.tmp")) == []
        store.write([make_run(seed=1)], edition="a")


def test_dead_runs_of_another_study_are_left_to_it(root, make_run):
    for study in ("digits", "moons"):
        with Store.open(root, study=study) as store:
            store.write([make_run()], edition="a")
    change(root, "UPDATE runs SET status = 'RUNNING'")
    with Store.open(root, study="digits") as store:
        assert store.runs("a") == ()
    with closing(sqlite3.connect(root / "mlflow.db")) as connection:
        left = connection.execute("SELECT count(*) FROM runs WHERE name = '0000/s0'")
        assert left.fetchone() == (1,)


def test_runs_deleted_on_the_pages_are_trained_again(root, make_run):
    with Store.open(root, study="digits") as store:
        store.write([make_run()], edition="a")
    change(root, "UPDATE runs SET lifecycle_stage = 'deleted' WHERE name = '0000/s0'")
    with Store.open(root, study="digits") as store:
        assert store.runs("a") == ()
        store.write([make_run()], edition="a")


def test_a_study_deleted_on_the_pages_begins_anew(root, make_run):
    with Store.open(root, study="digits") as store:
        store.write([make_run()], edition="a")
    change(root, "UPDATE experiments SET lifecycle_stage = 'deleted' WHERE name = 'digits'")
    assert read_study(root, study="digits") == ()
    with Store.open(root, study="digits") as store:
        assert store.runs("a") == ()
    assert list(root.glob("artifacts/**/run.parquet")) == []


def test_a_moved_folder_keeps_its_files_on_the_pages(root, make_run, tmp_path):
    with Store.open(root, study="digits") as store:
        store.write([make_run()], edition="a")
    change(
        root,
        "INSERT INTO experiments (experiment_id, name, artifact_location, lifecycle_stage)"
        " VALUES (77, 'mine', 's3://bucket/artifacts/77', 'active')",
    )
    moved = tmp_path / "other place" / "mlruns"
    moved.parent.mkdir()
    shutil.move(root, moved)
    with Store.open(moved, study="moons"):
        pass
    client = MlflowClient(f"sqlite:///{moved.as_posix()}/mlflow.db")
    number = client.get_experiment_by_name("digits").experiment_id
    runs = client.search_runs([number])
    files = [file.path for run in runs for file in client.list_artifacts(run.info.run_id)]
    assert files == ["run.parquet"]
    assert client.get_experiment("77").artifact_location == "s3://bucket/artifacts/77"
    client._tracking_client.store.engine.dispose()


def test_a_store_begun_and_killed_is_made_again(tmp_path):
    root = tmp_path / "mlruns"
    root.mkdir()
    (root / "mlflow.db").touch()
    (root / "mlflow.db.new").write_bytes(b"half a database")
    with Store.open(root, study="digits") as store:
        assert store.runs("a") == ()


def test_a_file_in_place_of_the_folder_is_named(tmp_path):
    (tmp_path / "mlruns").write_text("not a folder")
    with (
        pytest.raises(StoreError, match=r"mlruns: must be a folder, and a file is in its place$"),
        Store.open(tmp_path / "mlruns", study="digits"),
    ):
        pass


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0,
    reason="root and Windows write into read-only folders",
)
def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    tmp_path.chmod(0o500)
    with (
        pytest.raises(StoreError, match=r"mlruns: cannot be written \(Permission denied\)"),
        Store.open(tmp_path / "mlruns", study="digits"),
    ):
        pass


def test_a_file_that_is_no_database_is_left_alone(root):
    database = root / "mlflow.db"
    database.write_text("These are my notes, not a database. " * 50)
    before = database.read_bytes()
    with (
        pytest.raises(StoreError, match=r"mlflow\.db: is not an SQLite database, or a damaged one"),
        Store.open(root, study="digits"),
    ):
        pass
    assert database.read_bytes() == before


def test_a_database_of_something_else_is_left_alone(tmp_path):
    root = tmp_path / "mlruns"
    root.mkdir()
    change(root, "CREATE TABLE recipes (name TEXT)")
    with (
        pytest.raises(StoreError, match=r"mlflow\.db: is not MLflow's; move it away"),
        Store.open(root, study="digits"),
    ):
        pass


def test_a_store_of_a_newer_mlflow_is_left_alone(root):
    change(root, "UPDATE alembic_version SET version_num = 'ffff00001111'")
    newer = r"mlflow\.db: written by a newer MLflow than 3\.17\.2 \(schema ffff00001111\)"
    with pytest.raises(StoreError, match=newer), Store.open(root, study="digits"):
        pass


def test_a_store_of_an_older_mlflow_says_how_to_bring_it_up(root):
    change(root, "UPDATE alembic_version SET version_num = '451aebb31d03'")
    older = r"written by an older MLflow; run `python -m mlflow db upgrade sqlite:///.*mlflow\.db`"
    with pytest.raises(StoreError, match=older), Store.open(root, study="digits"):
        pass


def test_a_locked_database_is_one_clear_line(root):
    with closing(sqlite3.connect(root / "mlflow.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with (
            pytest.raises(StoreError, match=r"mlflow\.db: another process has kept it locked"),
            Store.open(root, study="new", busy_s=0.05),
        ):
            pass


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full")
def test_a_full_disk_is_one_clear_line_and_leaves_no_file(tmp_path):
    (tmp_path / "run.parquet.tmp").symlink_to("/dev/full")
    with (
        pytest.raises(StoreError, match="the disk is full; nothing of this step was stored"),
        plain_errors(Places(tmp_path)),
    ):
        replace_file(tmp_path / "run.parquet", lambda file: file.write(b"x" * 100_000))
    assert list(tmp_path.iterdir()) == []
