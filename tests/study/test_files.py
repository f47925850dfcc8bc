import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.errors import StudyError
from harness.study import Choice, Points, Range, Split, Thresholds
from harness.study.files import read_study
from tests.study.samples import ARMS, GRID, POINTS, SAMPLES, SEARCH, faults, write


def test_a_search_is_read(tmp_path: Path):
    study = read_study(write(tmp_path, SEARCH))
    assert (study.name, study.folder, study.training.seeds) == ("x", tmp_path, 5)
    assert study.data.split == Split(train=0.6, validation=0.2, test=0.2)
    assert study.fixed == {"layers": 2, "batch": 32, "epochs": 60}
    assert study.searched == {
        "units": Range(low=4, high=512, scale="log", integer=True),
        "dropout": Range(low=0.0, high=0.6),
        "optimizer": Choice(values=("sgd", "adam")),
        "learning_rate": Range(low=1e-4, high=1e-1, scale="log"),
    }


def test_arms_take_the_fixed_knobs_and_change_some(tmp_path: Path):
    study = read_study(write(tmp_path, ARMS))
    small, deep = study.arms
    assert (small.name, small.settings.units, small.settings.dropout) == ("small", 8, 0.1)
    assert (deep.name, deep.settings.widths, deep.settings.dropout) == ("two layers", (64, 32), 0)
    assert (study.training.seeds, study.seed, study.search) == (10, 3, None)
    assert study.thresholds == Thresholds(rise=0.2)


def test_points_and_weights_are_read_as_written(tmp_path: Path):
    study = read_study(write(tmp_path, POINTS))
    x = ((0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0))
    assert study.data.points == Points(x=x, y=("no", "yes", "yes", "no"))
    (layer,) = study.arms[0].settings.initialization
    assert (layer.weights, layer.bias) == (((0.5, -0.5), (0.25, 0.0)), (0.0, 0.0))


def test_a_nested_list_of_units_is_a_choice_of_shapes(tmp_path: Path):
    study = read_study(write(tmp_path, GRID))
    assert study.searched["units"] == Choice(values=((64, 32), (16,), 8))
    assert study.searched["train_size"] == Range(low=0.1, high=1.0, steps=4)
    assert study.searched["epochs"] == Range(low=10, high=50, integer=True)


@pytest.mark.parametrize(
    ("knob", "low", "high", "integer"),
    [
        ("layers", 1, 3, True),
        ("units", 4.0, 8, True),
        ("batch", 8, 64, True),
        ("train_size", 50, 500, True),
        ("train_size", 0.5, 1, False),
        ("dropout", 0, 1, False),
    ],
)
def test_a_range_is_whole_where_its_knob_is(tmp_path: Path, knob, low, high, integer):
    changed = SEARCH.replace("layers = 2\n", "").replace("batch = 32\n", "")
    for line in ("units", "dropout"):
        changed = re.sub(rf"^{line} = .*\n", "", changed, flags=re.MULTILINE)
    text = changed.replace("[knobs]", f"[knobs]\n{knob} = {{ from = {low}, to = {high} }}")
    spec = read_study(write(tmp_path, text)).searched[knob]
    assert spec == Range(low=low, high=high, integer=integer)


def test_a_list_of_one_shape_fixes_it(tmp_path: Path):
    text = SEARCH.replace("layers = 2\n", "")
    text = re.sub(r"units = .*", "units = [[64, 32]]", text)
    assert read_study(write(tmp_path, text)).fixed["units"] == (64, 32)


def test_shares_left_out_of_a_split_are_zero(tmp_path: Path):
    text = SEARCH.replace("validation = 0.2, test = 0.2", "validation = 0.4")
    split = read_study(write(tmp_path, text)).data.split
    assert split == Split(train=0.6, validation=0.4, test=0.0)


def test_a_file_from_windows_is_read(tmp_path: Path):
    path = tmp_path / "x.toml"
    path.write_bytes(b"\xef\xbb\xbf" + SEARCH.replace("\n", "\r\n").encode())
    assert read_study(path).fixed["layers"] == 2


def test_a_missing_study_names_those_that_are_there(tmp_path: Path):
    write(tmp_path, SEARCH)
    with pytest.raises(StudyError, match=r"digit\.toml: no such study; there are x$"):
        read_study(tmp_path / "digit.toml")
    with pytest.raises(StudyError, match=r"digit\.toml: no such study; there is no folder .*no$"):
        read_study(tmp_path / "no" / "digit.toml")


def test_the_path_stands_as_it_was_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(StudyError, match=r"^studies/x\.toml: no such study"):
        read_study(Path("studies/x.toml"))


def test_a_directory_is_no_study(tmp_path: Path):
    with pytest.raises(StudyError, match=r": is a directory; name the study's \.toml file in it$"):
        read_study(tmp_path)


@pytest.mark.parametrize("text", ["", "\n\n", "# nothing yet\n"])
def test_an_empty_file_is_told_what_it_needs(tmp_path: Path, text):
    (line,) = faults(tmp_path, text)
    assert line == "is empty: a study needs a question, [data], and [search] or [arms]"


def test_bytes_that_are_not_text_are_named_by_their_line(tmp_path: Path):
    path = tmp_path / "x.toml"
    path.write_bytes('question = "a"\n# Größe\n'.encode("latin-1"))
    with pytest.raises(StudyError, match=r"x\.toml: is not UTF-8: line 2 holds byte 246$"):
        read_study(path)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("question\n", "is not TOML: line 1, column 9: expected '=' after a key"),
        ("a = 1\na = 2\n", "is not TOML: line 2, column 6: cannot overwrite a value"),
        ("a = [", "is not TOML: end of document: "),
        ("a = " + "[" * 5000, "is not TOML: nested too deeply"),
        (f"a = {'1' * 5000}", "is not TOML: "),
    ],
)
def test_what_is_not_toml_is_named_by_its_line(tmp_path: Path, text, expected):
    (line,) = faults(tmp_path, text)
    assert line.startswith(expected)


PLAIN = st.recursive(
    st.none().map(lambda _: "''")
    | st.booleans().map(lambda b: str(b).lower())
    | st.integers(-3, 100).map(str)
    | st.floats(width=16).map(str)
    | st.sampled_from(['"adam"', '"log"', '"x"', "1979-05-27", "07:32:00"]),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]")
        | st.dictionaries(st.sampled_from(["from", "to", "units", "a b"]), inner, max_size=3).map(
            lambda table: "{" + ", ".join(f'"{k}" = {v}' for k, v in table.items()) + "}"
        )
    ),
    max_leaves=6,
)


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(name=st.sampled_from(sorted(SAMPLES)), at=st.integers(0, 40), value=PLAIN)
def test_whatever_a_value_is_it_is_read_or_refused(tmp_path: Path, name, at, value):
    lines = SAMPLES[name].splitlines()
    keys = [n for n, line in enumerate(lines) if " = " in line and not line.startswith("#")]
    chosen = keys[at % len(keys)]
    lines[chosen] = f"{lines[chosen].split(' = ')[0]} = {value}"
    path = write(tmp_path, "\n".join(lines))
    found = lines_about(path)
    assert all(line.startswith(f"{path}: ") and "\n" not in line for line in found)


def lines_about(path: Path) -> tuple[str, ...]:
    """The faults of a file, none where it is read."""
    try:
        read_study(path)
    except StudyError as error:
        return error.faults
    return ()
