"""Studies of a user's own network, as commands see them."""

from harness import conduct

NETS = """\
from torch import nn
from my_layers import WIDTH

def build(features, outputs, settings):
    width = settings.get("width", WIDTH)
    return nn.Sequential(nn.Linear(features, width), nn.ReLU(), nn.Linear(width, outputs))
"""
STUDY = """\
question = "How wide?"
network = "my_nets.py:build"

[data]
source = "iris"

[training]
epochs = 2
seeds = 2

[arms]
plain = {}
wide = { width = 32 }
"""


def written(workshop, study=STUDY, nets=NETS):
    workshop.write("my_layers.py", "WIDTH = 8\n")
    workshop.write("my_nets.py", nets)
    workshop.write("own", study)


def test_a_plan_names_the_network_and_what_arms_give_it(workshop):
    written(workshop)
    said = workshop.say("plan", "own")
    assert said.exit_code == 0, said.output
    assert "network: my_nets.py:build, " in said.output
    assert "arm plain: as the others" in said.output
    assert "arm wide: width 32" in said.output


def test_an_edition_changes_with_the_text_of_the_networks_file_only(workshop):
    written(workshop)
    first = conduct.prepare("own").edition
    written(workshop, study=f"# about width\n{STUDY}")
    assert conduct.prepare("own").edition == first
    written(workshop, nets=f"# about width\n{NETS}")
    assert conduct.prepare("own").edition != first


def test_arms_of_an_own_network_are_trained_and_found_again(workshop):
    written(workshop)
    workshop.conduct("own")
    runs = workshop.runs("own")
    assert {label for label, _ in runs} == {"plain", "wide"}
    assert runs["wide", 0].trial.settings.own == (("width", 32),)
    before = workshop.files()
    workshop.conduct("own")
    assert workshop.runs("own").keys() == runs.keys()
    assert {path for path in before if path.suffix == ".parquet"} == {
        path for path in workshop.files() if path.suffix == ".parquet"
    }


SEARCH = """\
question = "How wide, and how many?"
network = "my_nets.py:build"

[data]
source = "iris"

[training]
epochs = 2
seeds = 2

[knobs]
sizes = [[4, 2], [8], 3]
gain = { from = 0.1, to = 10, scale = "log" }
units = 5
learning_rate = { from = 1e-3, to = 1e-1, scale = "log" }

[search]
trials = 4
batch = 2
"""
SIZED = """\
from torch import nn

def build(features, outputs, settings):
    sizes, gain = settings["sizes"], settings["gain"]
    width = sum(sizes) if isinstance(sizes, tuple) else sizes
    first, last = nn.Linear(features, width), nn.Linear(width, outputs)
    nn.init.normal_(first.weight, std=gain / settings["units"])
    return nn.Sequential(first, nn.ReLU(), last)
"""


def test_a_search_of_own_knobs_goes_on_where_it_stood(workshop):
    written(workshop, SEARCH, SIZED)
    workshop.conduct("own")
    first = workshop.runs("own")
    written(workshop, SEARCH.replace("trials = 4", "trials = 6"), SIZED)
    workshop.conduct("own")
    then = workshop.runs("own")
    assert len(first) == 8
    assert len(then) == 12
    for key, run in first.items():
        assert then[key].trial == run.trial
        assert then[key].seconds == run.seconds  # not trained anew
        assert [*dict(run.trial.settings.own)] == ["gain", "sizes", "units"]
    assert len({trial.settings.own for trial in (run.trial for run in then.values())}) == 6
