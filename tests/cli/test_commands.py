"""The commands: what each does, says, and leaves alone."""

import json
import re
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from harness.store import Store
from harness.study.files import schema
from tests.workshop import arms_text, search_text

HEAVY = ("torch", "lightning", "mlflow", "scipy", "sklearn", "pyarrow", "pandas", "optuna")


def imported(workshop, *words):
    """The heavy libraries that a command brings, in a fresh process."""
    code = (
        "import sys\nfrom harness.cli import main\n"
        "try:\n    main(sys.argv[1:])\nexcept SystemExit:\n    pass\n"
        f"print(*[name for name in {HEAVY} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *words],
        capture_output=True,
        text=True,
        check=True,
        cwd=workshop.root,
        env=workshop.environment,
    )
    return set(done.stderr.splitlines()[-1].split())


@pytest.mark.parametrize("words", [["--help"], ["study", "--help"], ["study", "faulty"], ["study"]])
def test_help_and_faults_of_a_file_are_answered_without_heavy_libraries(workshop, words):
    workshop.write("faulty", search_text(seeds=0))
    assert imported(workshop, *words) == set()


def test_a_plan_is_answered_without_what_trains(finished):
    finished.write("planned", search_text().replace("iris", "digits"))
    assert not imported(finished, "plan", "planned") & {"torch", "lightning", "mlflow", "sklearn"}


def test_a_plan_trains_and_writes_nothing(workshop):
    workshop.write("planned", search_text(trials=6, seeds=2))
    before = workshop.files()
    said = workshop.say("plan", "planned")
    assert said.exit_code == 0
    assert "6 settings × 2 seeds = 12 runs, 0 stored" in said.stdout
    assert "searched: units from 2 to 16, evenly over orders of magnitude" in said.stdout
    assert re.search(r"about \d+ s on \d+ workers?, a factor of 3 either way", said.stdout)
    assert workshop.files() == before
    assert not (workshop.root / "reports").exists()


def test_a_plan_makes_no_store_where_there_is_none(workshop):
    workshop.store.rename(workshop.root / "kept")
    workshop.write("planned", arms_text())
    assert workshop.say("plan", "planned").exit_code == 0
    assert not workshop.store.exists()


def test_a_plan_counts_what_is_stored(finished):
    finished.write("done", arms_text(seeds=3))
    assert "2 settings × 3 seeds = 6 runs, 4 stored" in finished.say("plan", "done").stdout


def test_a_study_tells_its_runs_its_answer_its_settings_and_what_to_open(workshop):
    workshop.write("told", arms_text())
    said = workshop.say("study", "told", "--workers", "1")
    assert said.exit_code == 0, said.output
    lines = said.stdout.splitlines()
    assert lines[0] == "told: 4 runs; 1 worker on cpu"
    assert lines[1] == "leak: 1 of 30 validation examples are exact copies of train examples"
    assert re.match(r"4/4 runs, .*/s: \d", lines[2])
    assert lines[3] == "learning two cheap models from the same examples, to compare with"
    assert re.match(r"told: 4 runs trained in \d+ s, 4 stored\.", lines[4])
    assert "Does width matter?" in lines
    assert any(line.startswith("small ") for line in lines)
    assert lines[-2] == "report: reports/told.html  (open it in a browser)"
    assert lines[-1] == "every run with its curves: python -m harness ui told"
    assert (workshop.root / "reports" / "told.html").is_file()


def test_diverged_runs_are_named_in_one_line_and_are_no_failure(workshop):
    wild = "".join(f"{name} = {{ learning_rate = 1e38 }}\n" for name in ("wild", "wilder"))
    workshop.write(
        "diverged", arms_text(more=wild.replace("wilder = { ", "wilder = { units = 4, "))
    )
    said = workshop.say("study", "diverged", "--workers", "1")
    assert said.exit_code == 0, said.output
    line = "diverged: 4 runs, 2 of wild, 2 of wilder; a result as any other, not an error"
    assert line in said.stdout.splitlines()


def test_the_help_of_a_study_tells_its_exit_codes(workshop):
    said = " ".join(workshop.say("study", "--help").stdout.split())
    assert "Ends with 0 when it is done, also where runs diverged" in said
    assert "3 when runs failed, which means raised an error" in said


def test_runs_of_another_wording_are_said_to_be_unused(finished):
    line = "4 runs of another wording of this study are stored, and are not used"
    assert line not in finished.say("plan", "done").stdout
    finished.write("done", arms_text(epochs=2, seeds=1))
    assert line in finished.say("plan", "done").stdout.splitlines()
    assert line in finished.say("study", "done", "--workers", "1").stdout.splitlines()


def test_notes_on_the_data_come_before_training(workshop):
    rows = [f"{n % 7}.5,{'ab'[n % 9 == 0]}" for n in range(120)]
    (workshop.root / "odd.csv").write_text("\n".join(["x,y", *rows]))
    data = '[data]\nsource = "../odd.csv"\ntarget = "y"\n'
    workshop.write("odd", arms_text().replace('[data]\nsource = "iris"\n', data))
    lines = workshop.say("study", "odd", "--workers", "1").stdout.splitlines()
    notes = lines[1 : next(i for i, line in enumerate(lines) if line.startswith("4/4"))]
    assert any(note.startswith("leak: ") for note in notes)
    assert any(note.startswith("classes are unbalanced (") for note in notes)


def test_a_finished_study_says_so_and_changes_nothing(finished):
    finished.say("study", "done")
    before = finished.files()
    said = finished.say("study", "studies/done.toml")
    assert said.exit_code == 0
    assert said.stdout.startswith("done is done: all 4 runs are stored, so nothing was trained.\n")
    assert finished.files() == before


def test_a_study_that_runs_already_is_refused_with_the_process(finished):
    with Store.open(finished.store, study="done"):
        said = finished.say("study", "done")
    assert said.exit_code == 2
    assert re.fullmatch(
        r"study done is already running in process \d+ \(since \d\d:\d\d\); wait for it or stop"
        r" it\n",
        said.stderr,
    )


def test_a_report_is_exported_in_every_format(finished):
    said = finished.say("report", "done", "--to", "html,md,csv")
    assert said.exit_code == 0
    reports = finished.root / "reports"
    assert {path.name for path in reports.iterdir()} == {"done.html", "done.md", "done.csv"}
    assert said.stdout.splitlines() == [f"wrote reports/done.{to}" for to in ("html", "md", "csv")]


def test_two_studies_are_put_on_one_page(finished):
    finished.write("wider", arms_text(wide=32))
    finished.say("study", "wider", "--workers", "1")
    said = finished.say("compare", "done", "wider")
    assert said.exit_code == 0, said.output
    page = finished.root / said.stdout.removeprefix("wrote ").strip()
    assert "wider" in page.read_text(encoding="utf-8")


def test_forget_asks_and_removes_that_study_alone(finished):
    finished.write("other", arms_text(seeds=1))
    finished.say("study", "other", "--workers", "1")
    before = finished.files()
    said = finished.say("forget", "done", answers="n\n")
    assert "remove the 4 runs of done for good? [y/N]" in said.stdout
    assert said.stdout.endswith("nothing was removed\n")
    assert finished.files() == before
    said = finished.say("forget", "done", answers="y\n")
    assert said.exit_code == 0
    assert said.stdout.endswith("removed 4 runs of done\n")
    assert finished.count("done") == 0
    assert finished.count("other") == 2
    assert len(finished.runs("other")) == 2
    assert (finished.root / "studies" / "done.toml").is_file()
    assert finished.say("forget", "done").exit_code == 2


def test_forget_that_is_not_answered_removes_nothing(finished):
    said = finished.say("forget", "done", answers="")
    assert said.exit_code == 130
    assert finished.count("done") == 4


def test_the_schema_is_json(workshop):
    said = workshop.say("schema")
    assert said.exit_code == 0
    assert json.loads(said.stdout) == schema()


@pytest.fixture
def customers(workshop):
    """A table as people have them: names, a gap, a constant column, text."""
    draw = np.random.default_rng(0)
    age = draw.integers(18, 90, 60).astype(float)
    churned = np.where(age + draw.normal(0, 20, 60) > 55, "yes", "no")
    age[::9] = np.nan
    columns = {
        "customer_id": [f"C{number:05d}" for number in range(60)],
        "age": age,
        "plan": draw.choice(["basic", "plus", "pro"], 60),
        "country": ["DE"] * 60,
        "churned": churned,
    }
    path = workshop.root / "churn.csv"
    pd.DataFrame(columns).to_csv(path, index=False)
    return workshop


def test_init_writes_a_study_that_runs_to_the_end(customers):
    said = customers.say("init", "churn.csv", "--target", "churned")
    assert said.exit_code == 0, said.output
    assert said.stdout.endswith(
        "wrote studies/churn.toml; run it with: python -m harness study churn\n"
    )
    rows = {line.split()[0]: line for line in said.stdout.splitlines() if line.strip()}
    assert "dropped" in rows["customer_id"]
    assert "dropped" in rows["country"]
    assert "kept" in rows["age"]
    assert "kept" in rows["plan"]
    path = customers.root / "studies" / "churn.toml"
    text = path.read_text(encoding="utf-8")
    small = re.sub(r"epochs = \d+", "epochs = 2", text).replace("trials = 32", "trials = 2")
    path.write_text(small.replace("seeds = 5", "seeds = 1"), encoding="utf-8")
    said = customers.say("study", "churn", "--workers", "1")
    assert said.exit_code == 0, said.output
    assert customers.count("churn") == 2


def test_init_makes_the_folder_of_studies(customers):
    (customers.root / "studies").rmdir()
    said = customers.say("init", str(customers.root / "churn.csv"), "--target", "churned")
    assert said.exit_code == 0, said.output
    assert customers.say("plan", "churn").exit_code == 0


def test_init_never_writes_over_a_study(customers):
    path = customers.write("churn", "mine")
    said = customers.say("init", "churn.csv", "--target", "churned")
    assert said.exit_code == 2
    other = "python -m harness init churn.csv --target churned --name churn-2"
    assert said.stderr == (
        f"studies/churn.toml: is there already; move it away, or give another name: {other}\n"
    )
    assert path.read_text() == "mine"


@pytest.mark.parametrize("name", ["churn-2", "churn-2.toml"])
def test_init_gives_a_second_study_of_a_table_another_name(customers, name):
    customers.write("churn", "mine")
    said = customers.say("init", "churn.csv", "--target", "churned", "--name", name)
    assert said.exit_code == 0, said.output
    assert said.stdout.endswith("run it with: python -m harness study churn-2\n")
    assert "make study NAME=churn-2" in (customers.root / "studies" / "churn-2.toml").read_text()
    assert customers.say("plan", "churn-2").exit_code == 0


def test_init_takes_no_path_for_a_name(customers):
    said = customers.say("init", "churn.csv", "--target", "churned", "--name", "a/b")
    assert said.exit_code == 2
    assert said.stderr == "a study's name must not be a path, got a/b\n"


def test_init_without_a_target_lists_the_columns(customers):
    for words in (["--target", ""], []):
        said = customers.say("init", "churn.csv", *words)
        assert said.exit_code == 2
        assert said.stderr.startswith("churn.csv: ")
        assert "churned" in said.stderr
    said = customers.say("init", "churn.csv", "--target", "churn")
    assert said.stderr.startswith('churn.csv: has no column "churn"')
    assert list((customers.root / "studies").iterdir()) == []
