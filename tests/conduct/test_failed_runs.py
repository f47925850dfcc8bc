"""Runs that raise are named, kept apart, and tried again by the same command."""

import re
from pathlib import Path

import pytest

from harness import conduct
from harness.errors import DataError
from harness.judge import Ending
from tests.workshop import little_memory, search_text

needs_proc = pytest.mark.skipif(
    not Path("/proc/self/statm").exists(), reason="how much memory is taken is read from Linux"
)

WIDE = 4096
"""Two layers of so many units want 128 MB for their first weights alone."""
CHOICE = f"units = [4, 8, {WIDE}]\nlayers = 2\n"


@pytest.fixture
def wide(workshop):
    """A search of which some trials want more memory than there will be.

    More than ten trials, so that the last ones depend on the values of those before.
    """
    text = search_text(trials=14, batch=2, seeds=1, epochs=1, batch_size=90)
    workshop.write("wide", re.sub(r"units = .*\n", CHOICE, text))
    workshop.write("warm", text.replace("trials = 14", "trials = 2"))
    workshop.conduct("warm")  # imports and threads take their address space first
    return workshop


@needs_proc
def test_runs_without_memory_fail_and_the_same_command_tries_them_again(wide):
    with little_memory(spare=100 * 2**20):
        said = wide.say("study", "wide", "--workers", "1")
    assert said.exit_code == 3
    failed = wide.edition("wide").failed
    assert {run.ending for run in failed} == {Ending.FAILED}
    assert {run.trial.settings.units for run in failed} == {WIDE}
    assert failed[0].trial.number < 10
    named = re.findall(r"trial (\d+) \(seed 0\)", said.stdout)
    assert [int(number) for number in named] == [run.trial.number for run in failed]
    assert "\nthe same command tries the failed runs again\n" in said.stdout
    before = wide.runs("wide")
    said = wide.say("study", "wide", "--workers", "1")
    assert said.exit_code == 0, said.output
    assert f"wide: {len(failed)} runs trained" in said.stdout
    assert wide.edition("wide").failed == ()
    after = wide.runs("wide")
    assert len(after) == 14
    assert all(after[key].trial == run.trial for key, run in before.items())
    assert wide.conduct("wide").trained == 0


def test_more_training_examples_than_there_are_is_said_before_anything_is_stored(workshop):
    text = search_text().replace("[search]", "train_size = [10, 5000]\n\n[search]")
    workshop.write("large", text)
    line = r"^studies/large\.toml: knobs\.train_size must be at most 90, the examples of the"
    with pytest.raises(DataError, match=line + r" training part, got 5000$"):
        conduct.prepare("large")


def test_given_weights_of_another_shape_than_the_data_are_named(workshop):
    given = "initialization = [{ weights = [[1.0], [2.0]] }, { weights = [[1.0]] }]"
    lines = ['question = "?"', "[data]", 'source = "iris"', "[arms]", f"given = {{ {given} }}"]
    workshop.write("given", "\n".join(lines))
    with pytest.raises(DataError) as raised:
        conduct.prepare("given")
    place = "studies/given.toml: arms.given.initialization"
    assert raised.value.faults == (
        f"{place}[0].weights must have 4 rows, one per feature of the data, got 2",
        f"{place}[1].weights must have 3 columns, one per output, got 1",
    )
