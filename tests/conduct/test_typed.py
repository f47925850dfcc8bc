"""Commands that messages tell people to type."""

import os
import shlex
import subprocess

import pytest

from harness import conduct

NAMES = ["poly searched ü", "it's", "a$HOME", 'say "x"', "plain"]


@pytest.fixture
def with_make(workshop):
    text = 'NAME :=\nexport NAME\nui study:\n\t@printf %s "$$NAME"\n# -m harness\n'
    (workshop.root / "Makefile").write_text(text)


@pytest.mark.parametrize("name", NAMES)
def test_a_shell_reads_the_name_out_of_a_command(workshop, name):
    assert shlex.split(conduct.command_line("ui", name)) == ["python", "-m", "harness", "ui", name]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.usefixtures("with_make")
def test_make_reads_the_name_out_of_a_command(workshop, name):
    command = conduct.command_line("study", name)
    assert command.startswith("make study NAME=")
    # Without what `make test` tells its own children, "print the directory" among it.
    plain = {
        key: value for key, value in os.environ.items() if not key.startswith(("MAKE", "MFLAGS"))
    }
    done = subprocess.run(
        command,
        shell=True,
        capture_output=True,
        text=True,
        check=True,
        cwd=workshop.root,
        env=plain,
    )
    assert done.stdout == name


@pytest.mark.usefixtures("with_make")
def test_two_names_and_a_table_have_words_of_their_own():
    assert conduct.command_line("compare", "a b", "c") == "make compare A='a b' B=c"
    assert conduct.command_line("init", "a b.csv", "y") == "make init DATA='a b.csv' TARGET=y"


def test_without_make_a_table_has_its_target_as_an_option(workshop):
    assert (
        conduct.command_line("init", "t.csv", "y z")
        == "python -m harness init t.csv --target 'y z'"
    )


def test_the_makefile_of_somebody_else_is_not_ours(workshop):
    (workshop.root / "Makefile").write_text("all:\n\techo hello\n")
    assert conduct.command_line("ui", "x") == "python -m harness ui x"
