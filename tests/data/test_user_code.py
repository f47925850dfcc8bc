import sys

import pytest

from harness.data import load_function
from harness.errors import DataError, NetworkError

NETS = "import my_layers\n\ndef build():\n    return my_layers.WIDTH\n"


def test_a_neighbouring_file_can_be_imported_and_is_left_nowhere(tmp_path):
    (tmp_path / "my_layers.py").write_text("WIDTH = 3\n")
    (tmp_path / "my_nets.py").write_text(NETS)
    path, modules = list(sys.path), set(sys.modules)
    user = load_function("my_nets.py:build", folder=tmp_path, error=NetworkError)
    with user.blame:
        assert user.function() == 3
    assert user.code == NETS
    assert sys.path == path
    assert {name for name in set(sys.modules) - modules if "layers" in name} == set()
    assert not (tmp_path / "__pycache__").exists()


def test_neighbours_of_one_name_in_two_folders_do_not_mix(tmp_path):
    found = []
    for width in (3, 4):
        folder = tmp_path / str(width)
        folder.mkdir()
        (folder / "my_layers.py").write_text(f"WIDTH = {width}\n")
        (folder / "my_nets.py").write_text(NETS)
        found.append(load_function("my_nets.py:build", folder=folder))
    for user in [*found, *found]:
        with user.blame:
            assert user.function() == int((found.index(user)) + 3)


def test_an_edited_neighbour_is_read_again_by_the_next_load(tmp_path):
    (tmp_path / "my_nets.py").write_text(NETS)
    for width in (3, 4):
        (tmp_path / "my_layers.py").write_text(f"WIDTH = {width}\n")
        user = load_function("my_nets.py:build", folder=tmp_path)
        assert user.function() == width


def test_a_neighbour_may_be_imported_late_and_stays_the_same_module(tmp_path):
    (tmp_path / "my_layers").mkdir()
    (tmp_path / "my_layers" / "__init__.py").write_text("from my_layers.deep import Layer\n")
    (tmp_path / "my_layers" / "deep.py").write_text("class Layer:\n    pass\n")
    late = "def build():\n    from my_layers import Layer\n    return Layer\n"
    (tmp_path / "my_nets.py").write_text(late)
    user = load_function("my_nets.py:build", folder=tmp_path)
    with user.blame:
        first = user.function()
    with user.blame:
        assert user.function() is first
    assert not any(name.startswith("my_layers") for name in sys.modules)


@pytest.mark.parametrize("error", [DataError, NetworkError])
@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("build = 3\n", r'^my_nets\.py:build: my_nets\.py has no function "build"$'),
        ("def bild():\n    pass\n", r'no function "build"; did you mean bild\?$'),
        ("1 / 0\n", r"^my_nets\.py:build: raised ZeroDivisionError in line 1: division by zero$"),
        ("import my_layers\n", r"raised ValueError in line 2 of my_layers\.py: too thin$"),
        (None, r"^my_nets\.py:build: no such file as my_nets\.py$"),
    ],
)
def test_a_file_that_does_not_work_is_the_error_that_was_asked_for(tmp_path, error, code, message):
    (tmp_path / "my_layers.py").write_text("\nraise ValueError('too thin')\n")
    if code is not None:
        (tmp_path / "my_nets.py").write_text(code)
    with pytest.raises(error, match=message):
        load_function("my_nets.py:build", folder=tmp_path, error=error)


def test_what_the_function_raises_is_blamed_on_its_line(tmp_path):
    (tmp_path / "my_nets.py").write_text("def build():\n    raise KeyError('channels')\n")
    user = load_function("my_nets.py:build", folder=tmp_path, error=NetworkError)
    with (
        pytest.raises(NetworkError, match=r"^my_nets\.py:build: raised KeyError in line 2: 'chan"),
        user.blame,
    ):
        user.function()
