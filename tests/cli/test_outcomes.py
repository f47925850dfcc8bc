"""What the table at the end of a study shows."""

import numpy as np
import pytest

from harness.cli.outcomes import show_settings
from harness.findings import find
from harness.study import Choice
from tests.findings.studied import arm_runs, over, searching, under, with_arms
from tests.judge.planted import made, ran
from tests.workshop import arms_text


@pytest.fixture
def shown(capsys):
    def show(study, runs):
        show_settings(find(study, runs))
        return [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]

    return show


def test_a_setting_stands_once_with_all_its_roles(shown):
    runs = [ran(under(0.2), trial=0, seed=s) for s in range(3)]
    runs += [ran(over(0.6), trial=1, seed=s, units=512) for s in range(3)]
    heads, best, sickest, below = shown(searching(), runs)
    assert heads == "verdict validation loss gap accuracy settings"
    assert best.startswith("best, default (trial 0) fits ")
    assert sickest.startswith("sickest (trial 1) overfit: memorises ")
    assert below == "after the last epoch; ± is the 95 % interval of the mean over 3 seeds"


def test_widths_of_several_layers_are_written_as_in_a_study_file(shown):
    study = searching(units=Choice(values=((128, 128), (8, 8))))
    lines = shown(study, [ran(under(0.2), units=(128, 128))])
    assert lines[1].endswith(" units 128, 128")
    assert lines[-1] == "after the last epoch"


def test_without_validation_the_table_shows_training_losses_and_no_verdict(shown):
    arms = {name: [made([], np.linspace(1, end, 9))] for name, end in (("a", 0.5), ("b", 0.25))}
    lines = shown(with_arms(tuple(arms)), arm_runs(arms))
    assert lines == [
        "training loss settings",
        "a 0.5 units 8",
        "b 0.25 units 16",
        "after the last epoch",
    ]


def test_an_arm_without_validation_is_not_judged_beside_others_that_are(shown):
    arms = {"a": [under(0.2)], "b": [made([], [1.0, 0.5, 0.3, 0.2])]}
    _, judged, unjudged, _ = shown(with_arms(tuple(arms)), arm_runs(arms))
    assert judged.startswith("a settled: ")
    assert unjudged == "b not judged – – – units 16"


def test_a_study_of_one_seed_without_validation_part_is_told_in_the_singular(workshop):
    text = arms_text(seeds=1, only=4).replace('"iris"', '"iris"\nsplit = { train = 0.8 }')
    workshop.write("taught", text)
    assert "1 setting × 1 seed = 1 run, 0 stored" in workshop.say("plan", "taught").stdout
    said = workshop.say("study", "taught", "--workers", "1")
    assert said.exit_code == 0, said.output
    assert "taught: 1 run trained in " in said.stdout
    assert "Training loss at the end: only " in " ".join(said.stdout.split())
    again = workshop.say("study", "taught").stdout
    assert again.startswith("taught is done: the only run is stored, so nothing was trained.\n")
