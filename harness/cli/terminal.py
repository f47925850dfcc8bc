"""The terminal: lines and tables; plain where nobody watches."""

import os
import sys
from typing import NoReturn

from rich.console import Console
from rich.table import Table


def close_quietly() -> NoReturn:
    """End well after the reader of our output has left; nothing more is written.

    What Python still holds back for the output would raise once more at its end.
    """
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(0)


class _Terminal(Console):
    def on_broken_pipe(self) -> None:
        # Rich would answer 1.
        close_quietly()


console = _Terminal(highlight=False, soft_wrap=True, emoji=False)
if not console.is_terminal:
    console.width = 160  # a file has no edge to fold lines at


def say(line: str = "") -> None:
    """A line on standard output, as it is."""
    console.print(line, markup=False)


def table(*columns: str) -> Table:
    """An empty table with these heads, for `console.print`."""
    made = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for column in columns:
        made.add_column(column, overflow="fold")
    return made


def duration(seconds: float) -> str:
    """Seconds as people say them."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
