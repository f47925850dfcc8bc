"""What the README says is so: its commands, its examples, its tables, its files."""

import re
import shlex
import shutil
import tomllib
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from harness.cli import main
from harness.study.files import read_study, schema
from tests.readme_tables import MAKEFILE, README, renewed
from tests.study.test_schema import conforms

ROOT = README.parent
TEXT = README.read_text(encoding="utf-8")
PLAIN = re.sub(r"<!-- (.+?): .*?<!-- end of \1 -->", "", TEXT, flags=re.DOTALL)
"""Without the tables, which are code's own words."""
EXAMPLES = re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL)
LINES = [line.strip() for line in PLAIN.splitlines() if line.startswith("    ")]
COMMANDS = [
    shlex.split(line.removeprefix("python -m "))
    for line in LINES + re.findall(r"`([^`\n]+)`", PLAIN)
    if re.match(r"make [a-z]|(python -m )?harness [a-z]", line)
]
MADE = [words for words in COMMANDS if words[0] == "make"]
TYPED = [words[1:] for words in COMMANDS if words[0] == "harness"]
SMALLER = (
    (r"^epochs = \d+", "epochs = 4"),
    (r"^seeds = \d+", "seeds = 2"),
    (r"^trials = \d+", "trials = 2"),
    (r"\bunits = 512\b", "units = 32"),
)
"""What makes a study of minutes one of a second or two."""


def small(text: str) -> str:
    """The same study with fewer and smaller runs."""
    for pattern, instead in SMALLER:
        text = re.sub(pattern, instead, text, flags=re.MULTILINE)
    return text


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A clone's folder as far as commands see it, with the shipped studies made small."""
    (tmp_path / "studies").mkdir()
    for path in sorted(p for p in (ROOT / "studies").iterdir() if p.is_file()):
        text = path.read_text(encoding="utf-8")
        text = small(text) if path.suffix == ".toml" else text
        (tmp_path / "studies" / path.name).write_text(text, encoding="utf-8")
    shutil.copytree(ROOT / "studies" / "lecture", tmp_path / "studies" / "lecture")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*words: str) -> str:
    """The output of a command that must end well."""
    here = ["--workers", "1"] if words[0] in ("study", "lecture") else []
    answer = CliRunner().invoke(main, [*words, *here])
    assert answer.exit_code == 0, answer.output
    return answer.output


def test_the_tables_are_what_the_code_says():
    """Mended by `python -m tests.readme_tables`."""
    assert renewed(TEXT) == TEXT


def test_every_make_command_is_a_target_with_the_names_it_takes():
    targets = dict(re.findall(r"^([a-z-]+):.*?## (.*)$", MAKEFILE.read_text("utf-8"), re.M))
    assert len(MADE) > 10
    for _, target, *given in MADE:
        assert target in targets
        for word in given:
            assert f"{word.partition('=')[0]}=" in targets[target], (target, word)


def test_every_harness_command_and_its_options_exist():
    assert {words[0] for words in TYPED} >= {"study", "plan", "init", "report", "compare", "ui"}
    for name, *words in TYPED:
        command = main.commands[name]
        with click.Context(command) as context:
            command.make_parser(context).parse_args([w for w in words if w != "--help"])


def test_every_file_that_is_named_is_there():
    named = set(re.findall(r"\]\((\.?[\w./-]+)\)", TEXT))
    named |= {
        word
        for word in re.findall(r"`([^`\n]+)`", PLAIN)
        if re.fullmatch(r"[\w./-]+/[\w.-]*", word)
    }
    assert len(named) > 15
    made = {
        "mlruns/",
        "reports/",
        "studies/",
        "reports/bench.json",
        "reports/exam.json",
        "reports/lecture.html",
        "reports/lecture.pdf",
        ".blocks/",
    }
    assert [name for name in named - made if not (ROOT / name).exists()] == []
    rooms = {f"harness/{path.parent.name}/" for path in (ROOT / "harness").glob("*/__init__.py")}
    assert rooms == {name for name in named if re.fullmatch(r"harness/\w+/", name)}


@pytest.mark.parametrize("text", EXAMPLES, ids=["search", "arms"])
def test_an_example_is_read_conforms_and_runs(folder, text):
    path = folder / "studies" / "example.toml"
    path.write_text(text, encoding="utf-8")
    assert read_study(path).question.endswith("?")
    form = schema()
    assert conforms(tomllib.loads(text), form, form)
    path.write_text(small(text) + "\n[training]\nseeds = 2\n" * ("[training]" not in text))
    output = run("study", "example")
    assert "runs trained" in output
    assert (folder / "reports" / "example.html").exists()


@pytest.mark.timeout(120)
def test_every_command_runs_in_the_order_of_the_page(folder):
    """All but `ui`, what asks a server, each with its own tests, and those for developers."""
    run("study", "regularize")  # compared with later
    losses = [f"{n},{1 / n},{1 / n + 0.05 * n}\n" for n in range(1, 21)]
    (folder / "metrics.csv").write_text("epoch,train_loss,val_loss\n" + "".join(losses))
    developers = {"test", "test-all", "check", "bench", "schema", "clean", "help"}
    for words in MADE:
        given = dict(word.split("=", 1) for word in words[2:])
        if words[1] not in developers | {"ui"} and given and "MLFLOW" not in given:
            run(*_typed(words[1], given))
    for words in TYPED:
        if words[0] != "ui" and "--help" not in words:
            (folder / "studies" / "machines.toml").unlink(missing_ok=True)
            run(*words)
    reports = {path.name for path in (folder / "reports").iterdir()}
    assert {"first.html", "first.md", "first.csv", "first-beside-regularize.html"} <= reports


def _typed(target: str, given: dict[str, str]) -> list[str]:
    """What the Makefile calls for a target."""
    if target == "preflight" and "NET" in given:
        return [target, *(f"--{name.lower()}={given[name]}" for name in given)]
    if target == "judge":
        return [target, given["LOG"]]
    names = [given[name] for name in ("NAME", "DATA", "A", "B") if name in given]
    target_column = ["--target", given["TARGET"]] if "TARGET" in given else []
    yes = ["--yes"] if target == "forget" else []
    to = ["--to", given["TO"]] if "TO" in given else []
    return [target, *names, *target_column, *to, *yes]


def test_the_example_of_showing_more_shows(folder):
    (code,) = re.findall(r"```python\n(# shows\.py.*?)```", TEXT, re.DOTALL)
    (folder / "studies" / "shows.py").write_text(code, encoding="utf-8")
    arms = "alone = {}\nl2 = { l2 = 0.01 }\n"
    text = (
        'question = "Does L2 shrink?"\nshows = "shows.py:norms"\n[data]\nsource = "iris"\n'
        f'[training]\nseeds = 6\nepochs = 20\ntrace = "ends"\n[arms]\n{arms}'
    )
    (folder / "studies" / "shrink.toml").write_text(text, encoding="utf-8")
    run("study", "shrink")
    page = (folder / "reports" / "shrink.html").read_text(encoding="utf-8")
    assert "L2 makes weights smaller" in page
    assert '<td class="confirmed">' in page
