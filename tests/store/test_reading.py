import pytest

from harness.errors import BusyError, StoreError
from harness.judge import Ending
from harness.store import Store, forget, read_study, studies


def test_a_study_is_read_while_it_runs(root, store, make_run, make_verdict):
    store.write([make_run().judged(make_verdict())], edition="a")
    store.write([make_run(), make_run(seed=1, ending=Ending.FAILED)], edition="b")
    store.set_fact("objective_seeds", "5", edition="b")
    first, second = read_study(root, study="digits")
    assert (first.edition, second.edition) == ("a", "b")
    assert first.runs[0].to_json() == make_run().judged(make_verdict()).to_json()
    assert [run.seed for run in second.failed] == [1]
    assert second.facts["objective_seeds"] == "5"


def test_nothing_stored_is_nothing_read(root, tmp_path):
    assert read_study(root, study="digits") == ()
    assert read_study(tmp_path / "elsewhere", study="digits") == ()
    assert studies(tmp_path / "elsewhere") == ()
    assert not (tmp_path / "elsewhere").exists()


def test_stored_studies_are_counted(root, store, make_run):
    store.write([make_run(), make_run(seed=1, ending=Ending.FAILED)], edition="a")
    store.write([make_run()], edition="b")
    found = {count.study: count for count in studies(root)}
    assert set(found) == {"digits", "first"}
    digits = found["digits"]
    assert (digits.editions, digits.runs, digits.failed) == (2, 2, 1)


def test_a_missing_file_is_named_with_its_run(root, store, make_run):
    store.write([make_run()], edition="a")
    for file in root.glob("artifacts/*/*/artifacts/run.parquet"):
        file.unlink()
    with pytest.raises(StoreError, match=r"run\.parquet: is missing, so run 0000/s0 cannot be"):
        store.runs("a")


def test_a_forgotten_study_leaves_nothing_and_others_everything(root, make_run):
    for study, seeds in (("digits", 3), ("moons", 2)):
        with Store.open(root, study=study) as store:
            store.write([make_run(seed=seed) for seed in range(seeds)], edition="a")
    assert forget(root, study="digits") == 3
    assert read_study(root, study="digits") == ()
    assert {count.study for count in studies(root)} == {"first", "moons"}
    assert len(read_study(root, study="moons")[0].runs) == 2
    assert len(list(root.glob("artifacts/*/*/artifacts/run.parquet"))) == 2
    assert forget(root, study="digits") == 0


def test_a_running_study_is_not_forgotten(root, store):
    with pytest.raises(BusyError, match="study digits is already running in process"):
        forget(root, study="digits")
