"""The commands. In: words typed in a terminal. Out: lines for people, and an exit code.

Says what to do and shows what came of it; every step is done by `harness.conduct`.
"""

from harness.cli.commands import main

__all__ = ["main"]
