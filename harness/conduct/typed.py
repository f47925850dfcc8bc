"""Commands as somebody has to type them here, after a message that tells which comes next."""

import shlex
from pathlib import Path

_WITH_MAKE = {
    "compare": ("A={}", "B={}"),
    "init": ("DATA={}", "TARGET={}", "NAME={}"),
    "judge": ("LOG={}",),
}
_WITHOUT = {"init": ("{}", "--target {}", "--name {}")}


def command_line(command: str, *words: str) -> str:
    """A command with its words, quoted for the shell.

    For make where the harness's own Makefile lies in this folder, else for Python.

    Args:
        command: "study", "ui" ...
        words: the study's name, two of them, or a table and its target
            (and what to call its study).
    """
    if _has_makefile():
        forms = _WITH_MAKE.get(command, ("NAME={}",))
        # In a variable that is given to make, a dollar stands for another variable.
        quoted = [shlex.quote(word.replace("$", "$$")) for word in words]
        start = "make"
    else:
        forms = _WITHOUT.get(command, ("{}",) * len(words))
        quoted = [shlex.quote(word) for word in words]
        start = "python -m harness"
    filled = [form.format(word) for form, word in zip(forms, quoted, strict=False)]
    return " ".join([start, command, *filled])


def _has_makefile() -> bool:
    makefile = Path("Makefile")
    return makefile.is_file() and "-m harness" in makefile.read_text(errors="replace")
