"""A study's own function that shows its results."""

from dataclasses import replace

import pytest

import harness
from harness.conduct import export
from harness.errors import ShowError
from harness.store.files import read_run

STUDY = """
question = "Does width matter?"
shows = "shows.py:widths"

[data]
source = "iris"

[training]
epochs = 2
seeds = 2
trace = "ends"

[arms]
small = { units = 2 }
large = { units = 8 }
"""
GOOD = """
from harness import Line, Map, Mark, Picture, Sheet, Showing, claim, curve_line, paired, setting_of


def widths(findings, dataset):
    small, large = setting_of(findings, "small"), setting_of(findings, "large")
    apart = paired(small, large, "train_loss_end")
    return Showing(
        parts=[
            Picture(title="Curves", x_label="epoch", y_label="loss",
                    lines=[curve_line(small, "train_loss"), curve_line(large, "train_loss")],
                    marks=[Mark(x=0, y=1, text="begin")], y_limits=(0, 2)),
            Sheet(title="Sizes", columns=["arm", "numbers"],
                  rows=[(one.label, one.runs[0].trace.values.shape[1])
                        for one in findings.settings]),
            Map(title="Nothing", x_label="a", y_label="b", x=["1"], y=["2"], values=[[0.5]],
                label="c"),
        ],
        claims=[claim("More units make a lower loss", holds=apart.mean < 0,
                      measured=f"{len(dataset.train)} examples, {apart.mean:.3f} apart")],
    )
"""


def prepared(folder, code=GOOD):
    (folder / "study.toml").write_text(STUDY, encoding="utf-8")
    (folder / "shows.py").write_text(code, encoding="utf-8")
    return harness.prepare(str(folder / "study.toml"))


def conducted(folder, code=GOOD):
    return harness.conduct_study(
        prepared(folder, code),
        progress=harness.Silence(),
        workers=1,
        store=folder / "mlruns",
        reports=folder / "reports",
    )


def test_what_a_function_shows_stands_in_terminal_findings_and_report(tmp_path):
    outcome = conducted(tmp_path)
    (claim,) = outcome.findings.showing.claims
    assert claim.measured.startswith("90 examples, ")
    assert outcome.findings.showing.parts[1].rows == [("small", 19), ("large", 67)]
    page = outcome.report.read_text(encoding="utf-8")
    for words in ("What it shows", "Curves", "begin", "<td>67</td>", claim.says, claim.measured):
        assert words in page


def test_an_exported_report_shows_it_again_from_the_store(tmp_path):
    first = conducted(tmp_path).report.read_text(encoding="utf-8")
    ready = prepared(tmp_path)
    folders = {"store": tmp_path / "mlruns", "reports": tmp_path / "again"}
    page, text = export(ready, formats=["html", "md"], **folders)
    claims = "More units make a lower loss"
    assert claims in text.read_text(encoding="utf-8")
    assert "| large | 67 |" in text.read_text(encoding="utf-8")
    assert page.read_text(encoding="utf-8").count(claims) == first.count(claims) == 1


def test_traces_come_back_from_the_store_bit_for_bit(tmp_path):
    outcome = conducted(tmp_path)
    files = sorted((tmp_path / "mlruns").rglob("*.parquet"))
    stored = {(run.trial.name, run.seed): run for run in map(read_run, files)}
    assert len(stored) == 4
    for run in outcome.findings.runs:
        assert stored[run.trial.name, run.seed].trace.equals(run.trace)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("def widths(findings, dataset): return 3\n", "must return a harness.Showing, got int"),
        (
            "def widths(findings, dataset):\n    raise KeyError('gone')\n",
            "raised KeyError in line 2: 'gone'",
        ),
        (
            "from harness import setting_of\n"
            "def widths(findings, dataset):\n    setting_of(findings, 'tiny')\n",
            "no setting 'tiny'; there are small, large",
        ),
    ],
)
def test_a_faulty_function_is_told_in_a_line_and_loses_no_run(tmp_path, code, words):
    with pytest.raises(ShowError) as raised:
        conducted(tmp_path, code)
    (line,) = raised.value.faults
    assert line.startswith("shows.py:widths: ")
    assert words in line
    again = conducted(tmp_path)
    assert again.trained == 0
    assert len(again.findings.runs) == 4


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("def other(findings, dataset): ...\n", 'shows.py has no function "widths"'),
        ("import no_such_thing\n", "raised ModuleNotFoundError in line 1"),
    ],
)
def test_a_function_that_is_not_there_is_told_before_anything_trains(tmp_path, code, words):
    with pytest.raises(ShowError, match=f"study.toml: shows.py:widths: .*{words}"):
        prepared(tmp_path, code)


def test_a_name_that_is_no_function_is_a_fault_of_the_study(tmp_path):
    text = STUDY.replace("shows.py:widths", "shows.py")
    (tmp_path / "study.toml").write_text(text, encoding="utf-8")
    rule = r'shows must name a function in a file beside the study, as "shows.py:picture", got'
    with pytest.raises(harness.InputError, match=rule):
        harness.prepare(str(tmp_path / "study.toml"))


def test_words_of_a_lesson_and_showing_change_no_edition(tmp_path):
    plain = prepared(tmp_path)
    told = harness.prepare_study(replace(plain.study, shows=None))
    assert told.edition == plain.edition
