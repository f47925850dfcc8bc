"""Commands whose reader leaves early, as head does."""

import os
import subprocess
import sys

import pytest

from tests.workshop import arms_text

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="pipes break otherwise there")


def left_alone(workshop, *words, lines=0):
    """A command whose reader leaves after some lines: its exit code and what else it wrote."""
    reader, writer = os.pipe()
    with subprocess.Popen(
        [sys.executable, "-m", "harness", *words],
        cwd=workshop.root,
        env=workshop.environment,
        stdout=writer,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        os.close(writer)
        with os.fdopen(reader) as output:
            for _ in range(lines):
                assert output.readline()
        return process.wait(timeout=100), process.stderr.read()


@pytest.mark.parametrize(
    "words", [["--help"], ["study", "--help"], ["schema"], ["plan", "done"], ["report", "done"]]
)
def test_a_reader_that_never_reads_ends_a_command_well(finished, words):
    assert left_alone(finished, *words) == (0, "")


@pytest.mark.parametrize("lines", [0, 1, 3])
def test_a_finished_study_whose_reader_leaves_ends_well(finished, lines):
    assert left_alone(finished, "study", "done", lines=lines) == (0, "")


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_study_whose_reader_leaves_while_it_trains_ends_well(workshop, workers):
    workshop.write("left", arms_text(epochs=20))
    assert left_alone(workshop, "study", "left", "--workers", workers, lines=1) == (0, "")


def test_a_fault_that_nobody_reads_still_has_its_exit_code(workshop):
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "harness", "study", "unheard-of"]
    options = {"cwd": workshop.root, "env": workshop.environment}
    done = subprocess.run(command, stdout=writer, stderr=writer, check=False, **options)
    os.close(writer)
    assert done.returncode == 2
