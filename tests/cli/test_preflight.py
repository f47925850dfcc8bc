"""`harness preflight`: a study's network, or anybody's, looked over before it trains."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.workshop import search_text

NETS = """
from torch import nn


def build(features, outputs, settings):
    width = settings.get("width", 64)
    return nn.Sequential(nn.Linear(features, width), nn.ReLU(), nn.Linear(width, outputs))


def twice(features, outputs, settings=None):
    return nn.Sequential(build(features, outputs, {}), nn.Softmax(1))


def narrow(outputs):
    return nn.Linear(2, outputs)


def flat(features, outputs):
    return nn.Sequential(build(features, 1, {}), nn.Flatten(0))


def nothing(features, outputs):
    build(features, outputs, {})


def much(features, outputs, depth):
    return build(features, outputs, {})


class Net(nn.Module):
    def __init__(self, n, m=3):
        super().__init__()
        self.layers = build(n, m, {})

    def forward(self, x):
        return self.layers(x)
"""
TABLE = "id,size,kind,late\n" + "".join(
    f"n{n},{(n * 37 % 101) / 7},{'ab'[n * 7 % 5 > 2]},{'yes' if n * 37 % 101 > 50 else 'no'}\n"
    for n in range(90)
)


@pytest.fixture
def nets(workshop):
    (workshop.root / "my_nets.py").write_text(NETS)
    (workshop.root / "trains.csv").write_text(TABLE)
    return workshop


def said_of(workshop, net, *more, data="iris"):
    return workshop.say("preflight", "--net", f"my_nets.py:{net}", "--data", data, *more)


def test_a_sound_network_passes_and_a_rate_is_held_against_its_range(nets):
    before = nets.files()
    said = said_of(nets, "build", "--knobs", "width = 48, learning_rate = 0.01")
    assert said.exit_code == 0, said.output
    assert said.stdout.startswith("my_nets.py:build on iris\n  ok     inputs: inputs [90 × 4]")
    assert "  ok     learning rate: 0.01; adam learns from" in said.stdout
    assert said.stdout.endswith("\nall passed\n")
    assert nets.files() == before


def test_a_fault_is_a_line_with_its_remedy_and_ends_with_1(nets):
    said = said_of(nets, "twice")
    assert said.exit_code == 1
    assert re.search(
        r"^  FAILED last activation: outputs come from a softmax, and categorical_crossentropy "
        r"applies a softmax of its own; let the network end in its last layer",
        said.stdout,
        re.MULTILINE,
    )
    assert re.search(r"\n[1-3] of \d+ checks failed\n$", said.stdout)


def test_a_program_reads_one_object(nets):
    said = said_of(nets, "twice", "--json")
    assert said.exit_code == 1
    (line,) = said.stdout.splitlines()
    found = json.loads(line)
    assert (found["network"], found["data"], found["passed"]) == ("my_nets.py:twice", "iris", False)
    (fault,) = [check for check in found["checks"] if check["name"] == "last activation"]
    assert fault["passed"] is False
    assert fault["advice"].startswith("let the network end")


def test_a_table_is_read_as_init_would_and_its_classes_are_one_output(nets):
    said = said_of(nets, "flat", "--target", "late", data="trains.csv")
    assert said.exit_code == 0, said.output
    assert "[54 × 1] outputs, [54 × 1] targets, loss binary_crossentropy" in said.stdout
    assert "inputs [54 × 3]" in said.stdout  # size, and kind in two columns; never the id


def test_a_class_may_stand_in_place_of_a_function(nets):
    said = said_of(nets, "Net")
    assert said.exit_code == 0, said.output


def test_amounts_by_another_loss(nets):
    said = said_of(nets, "build", "--loss", "huber", data="linear")
    assert said.exit_code == 0, said.output
    assert "targets, loss huber" in said.stdout


def study_text(net, more=""):
    own = f"my_nets.py:{net}"
    text = search_text().replace("[data]", f'network = "{own}"\n\n[data]', 1)
    return text.replace('units = { from = 2, to = 16, scale = "log" }', more)


def test_a_studys_own_network_is_looked_at_with_its_default_settings(nets):
    (nets.root / "studies" / "my_nets.py").write_text(NETS)
    nets.write("own", study_text("build", "width = { from = 32, to = 64 }"))
    said = nets.say("preflight", "own")
    assert said.exit_code == 0, said.output
    assert said.stdout.startswith("my_nets.py:build on iris\n")
    assert "learning rate: 0.0" in said.stdout


def test_arms_that_differ_are_looked_at_apart(nets):
    (nets.root / "studies" / "my_nets.py").write_text(NETS)
    text = study_text("build").partition("[knobs]")[0]
    arms = (
        "[arms]\nsmall = { width = 32 }\nlarge = { width = 64 }\n"
        "calm = { width = 64, weight_decay = 0.1 }\nwild = { width = 64, learning_rate = 100.0 }\n"
    )
    nets.write("armed", text + arms)
    said = nets.say("preflight", "armed", "--json")
    found = [json.loads(line) for line in said.stdout.splitlines()]
    names = [f"my_nets.py:build (arm {name})" for name in ("small", "large", "wild")]
    assert [one["network"] for one in found] == names
    assert [one["passed"] for one in found] == [True, True, False]
    assert said.exit_code == 1


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        ([], "name a study, or a network and its data: --net my_nets.py:build --data churn.csv"),
        (["--net", "my_nets.py:build"], "name a study, or a network and its data"),
        (["own", "--net", "my_nets.py:build"], "name a study, or a network and its data"),
        (["own", "--loss", "mse"], "--loss: a study says this itself, leave it out"),
        (["plain"], "studies/plain.toml: preflight looks at a network of one's own, and this"),
        (["absent"], "studies/absent.toml: no such study; there are plain"),
    ],
)
def test_words_that_name_nothing_are_one_line(nets, words, fault):
    nets.write("plain", search_text())
    said = nets.say("preflight", *words)
    assert said.exit_code == 2
    (line,) = said.stderr.splitlines()
    assert fault in line


@pytest.mark.parametrize(
    ("net", "data", "more", "fault"),
    [
        ("nothing", "iris", [], "my_nets.py:nothing must return a torch.nn.Module, got nothing"),
        ("much", "iris", [], "some of them, and needs depth"),
        ("narrow", "iris", [], "my_nets.py:narrow: raised RuntimeError"),
        ("flat", "iris", [], "FAILED outputs and loss"),
        ("absent", "iris", [], 'my_nets.py:absent: my_nets.py has no function "absent"'),
        ("build", "irs", [], 'got "irs"; did you mean iris?'),
        ("build", "no.csv", ["--target", "y"], "no.csv: no such file"),
        ("build", "trains.csv", [], "trains.csv: data.target must name the column to predict"),
        ("build", "trains.csv", ["--target", "x"], 'has no column "x"'),
        ("build", "iris", ["--loss", "rmse"], "loss must be one of mse, mae"),
        ("build", "iris", ["--knobs", "width"], 'knobs must be written as "units = 32, dropout'),
        ("build", "iris", ["--knobs", "with = 3"], "knobs: with is never read by my_nets.py:bui"),
        ("build", "iris", ["--knobs", "learning_rate = -1"], "knobs.learning_rate must"),
    ],
)
def test_what_cannot_be_looked_at_is_one_line(nets, net, data, more, fault):
    said = said_of(nets, net, *more, data=data)
    found = net == "flat"
    assert said.exit_code == (1 if found else 2), said.output
    assert fault in (said.stdout if found else said.stderr)
    assert found or len(said.stderr.splitlines()) == 1


def test_make_hands_its_words_on():
    root = Path(__file__).parents[2]
    words = ["NET=a b.py:c", "DATA=it's.csv", "TARGET=y", "KNOBS=units = 3", "LOSS=mse"]
    done = subprocess.run(
        ["make", "-s", "-o", ".venv/installed", "preflight", 'HARNESS=printf "%s|"', *words],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
        env={
            key: value for key, value in os.environ.items() if not key.startswith(("MAKE", "MFL"))
        },
    )
    assert done.stdout == (
        "preflight||--net|a b.py:c|--data|it's.csv|--target|y|--loss|mse|--knobs|units = 3|"
    )
