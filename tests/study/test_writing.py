from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.study import Range, study_text
from harness.study.files import read_study
from tests.study.samples import write

TABLE = {
    "data_file": "churn.csv",
    "target": "churned",
    "kept": ["age", "plan"],
    "task": "classification",
    "rows": 800,
    "missing": False,
}
# What a file may hold: no lone surrogates.
NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)


def test_the_study_runs_at_once_and_is_a_modest_search(tmp_path: Path):
    study = read_study(write(tmp_path, study_text(**TABLE)))
    assert (study.search.trials, study.training.seeds) == (32, 5)
    assert list(study.searched) == ["units", "dropout", "optimizer", "learning_rate"]
    assert (study.data.source, study.data.target) == ("churn.csv", "churned")
    assert (study.data.features, study.data.task) == (("age", "plan"), "classification")


def test_the_first_line_names_the_schema_and_the_second_the_command_that_runs_it():
    schema, command, *_ = study_text(**TABLE).splitlines()
    assert schema == "#:schema ./.study.schema.json"
    assert command.endswith("make study NAME=churn")
    named = study_text(**TABLE, name="my churn")
    assert named.splitlines()[1].endswith("make study NAME='my churn'")


def test_every_table_is_explained_before_it_begins():
    lines = study_text(**TABLE).splitlines()
    heads = [at for at, line in enumerate(lines) if line.startswith("[")]
    assert [lines[at] for at in heads] == ["[data]", "[training]", "[knobs]", "[search]"]
    assert all(lines[at - 1].startswith("# ") for at in heads)
    assert max(len(line) for line in lines) <= 100


@pytest.mark.parametrize("missing", [True, False])
def test_empty_cells_are_filled_only_where_there_are_some(tmp_path: Path, missing):
    study = read_study(write(tmp_path, study_text(**{**TABLE, "missing": missing})))
    assert study.data.missing == ("mean" if missing else "error")


@given(few=st.integers(1, 10**7), more=st.integers(0, 10**7))
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_more_rows_mean_wider_networks_and_fewer_epochs(tmp_path: Path, few, more):
    sizes = []
    for rows in (few, few + more):
        study = read_study(write(tmp_path, study_text(**{**TABLE, "rows": rows})))
        assert isinstance(study.searched["units"], Range)
        sizes.append((study.searched["units"].high, study.fixed["batch"], study.fixed["epochs"]))
    assert sizes[0][:2] <= sizes[1][:2]
    assert 20 <= sizes[1][2] <= 100


@pytest.mark.parametrize(
    "name",
    [
        'the "best" one',
        "back\\slash\\",
        "größe (cm)",
        "a b",
        "'",
        '"""',
        "#",
        "= [",
        "\t\n\x00\x7f",
    ],
)
def test_odd_column_names_come_back_as_they_were(tmp_path: Path, name):
    comes_back(tmp_path, file=f"{name}.csv", target=name, kept=[f"{name} 2", "age"])


@given(file=NAMES, target=NAMES, kept=st.lists(NAMES, max_size=12, unique=True))
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_column_names_come_back_as_they_were(tmp_path: Path, file, target, kept):
    kept = [name for name in kept if name != target]
    comes_back(tmp_path, file=f"{file}.csv", target=target, kept=kept)


def comes_back(folder: Path, *, file: str, target: str, kept: list[str]) -> None:
    table = {**TABLE, "data_file": file, "target": target, "kept": kept}
    path = folder / "x.toml"
    path.write_text(study_text(**table), encoding="utf-8", newline="\n")
    data = read_study(path).data
    assert (data.source, data.target, data.features) == (file, target, tuple(kept))
