"""A function of the user's own, from a Python file beside the study file."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from importlib import invalidate_caches
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any

from harness.data.sources import nearest
from harness.errors import DataError, InputError

_PREFIX = "harness_user_file_"


class Neighbours:
    """While entered, the files of one folder can be imported, as beside a script of Python's.

    On leaving, the folder is off the path and what came from it out of sys.modules, so that
    files of one name in two folders never stand for each other; entered again, the same
    modules are back.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self._modules: dict[str, ModuleType] = {}
        self._before: frozenset[str] = frozenset()
        self._wrote = False

    def __enter__(self) -> None:
        self._before = frozenset(sys.modules)
        self._wrote = sys.dont_write_bytecode
        sys.modules.update(self._modules)
        sys.path.insert(0, str(self._folder))
        sys.dont_write_bytecode = True  # nor read it back after an edit within the same second
        invalidate_caches()

    def __exit__(self, *raised: object) -> None:
        sys.dont_write_bytecode = self._wrote
        if str(self._folder) in sys.path:
            sys.path.remove(str(self._folder))
        new = [name for name in sys.modules if name not in self._before]
        for name in [name for name in new if self._is_here(name.partition(".")[0])]:
            self._modules[name] = sys.modules[name]
        for name in self._modules:
            sys.modules.pop(name, None)

    def holds(self, path: str) -> bool:
        """Whether a file of the code lies in the folder itself."""
        return Path(path).parent == self._folder

    def _is_here(self, top: str) -> bool:
        """Whether a module lies directly in the folder: never a library in a .venv below it."""
        spec = getattr(sys.modules.get(top), "__spec__", None)
        if spec is None:
            return False
        places = [spec.origin, *(spec.submodule_search_locations or ())]
        return any(self.holds(place) for place in places if place is not None)


class Blame:
    """While entered, whatever a user's code raises becomes `error` with its own message.

    A context manager, because users' code may raise anything, even SystemExit; only a key
    pressed to interrupt passes. It can be entered again and again.

    Args:
        place: begins the message; "my_nets.py:build".
        error: what to raise.
        neighbours: the folder whose files the code may import meanwhile.
    """

    def __init__(
        self, place: str, *, error: type[InputError], neighbours: Neighbours | None = None
    ) -> None:
        self._place = place
        self._error = error
        self._neighbours = neighbours

    def __enter__(self) -> None:
        if self._neighbours is not None:
            self._neighbours.__enter__()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._neighbours is not None:
            self._neighbours.__exit__()
        if isinstance(error, Exception | SystemExit) and not isinstance(error, InputError):
            lines = str(error).strip().splitlines() or ["no message"]
            name, line = type(error).__name__, self._line(trace)
            raise self._error(f"{self._place}: raised {name}{line}: {lines[0]}") from error

    def _line(self, trace: TracebackType | None) -> str:
        """Where the user's own files were when they raised, as " in line 3"."""
        found = ""
        while trace is not None:
            path = trace.tb_frame.f_code.co_filename
            if trace.tb_frame.f_globals.get("__name__", "").startswith(_PREFIX):
                found = f" in line {trace.tb_lineno}"
            elif self._neighbours is not None and self._neighbours.holds(path):
                found = f" in line {trace.tb_lineno} of {Path(path).name}"
            trace = trace.tb_next
        return found


@dataclass(frozen=True, kw_only=True)
class UserFunction:
    """A function of the user's own, ready to be called.

    Args:
        function: call it inside `blame` only.
        code: the whole text of its file, as it was executed.
        blame: turns what the function raises into the error that was asked for, with its line,
            and lets it import the files beside its own.
    """

    function: Callable[..., Any]
    code: str
    blame: Blame


def load_function(place: str, *, folder: Path, error: type[InputError] = DataError) -> UserFunction:
    """The function that `place` ("my_data.py:load") names in a file of `folder`.

    Its module has a name that no other has and stays in sys.modules under it: dataclasses and
    pickles of the user look themselves up there.

    Raises:
        error: the file or the function is not there, or the file raises; one line that begins
            with `place`.
    """
    file, _, name = place.rpartition(":")
    path = (folder / file).resolve()
    code = read_code(place, folder=folder, error=error)
    unique = _PREFIX + blake2b(f"{path}\n{code}".encode(), digest_size=8).hexdigest()
    spec = spec_from_file_location(unique, path)
    assert spec is not None
    module = module_from_spec(spec)
    sys.modules[unique] = module
    blame = Blame(place, error=error, neighbours=Neighbours(path.parent))
    with blame:  # the text that was fingerprinted, never a stale or new .pyc file
        exec(compile(code, path, "exec"), vars(module))
    function = getattr(module, name, None)
    if not callable(function):
        known = [each for each, value in vars(module).items() if callable(value)]
        close = nearest(name, known)
        raise error(f'{place}: {path.name} has no function "{name}"{close}')
    return UserFunction(function=function, code=code, blame=blame)


def read_code(place: str, *, folder: Path, error: type[InputError] = DataError) -> str:
    """The text of the file that `place` ("my_nets.py:build") names, without running it."""
    path = folder / place.rpartition(":")[0]
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as reason:
        raise error(f"{place}: no such file as {path.name}") from reason
    except (OSError, UnicodeDecodeError) as reason:
        why = str(reason).splitlines()[0]
        raise error(f"{place}: {path.name} cannot be read ({why})") from reason
