"""The name of a study as an argument, and what is said where it was left out."""

from collections.abc import Callable
from typing import Any

import click

from harness import conduct
from harness.errors import InputError


def named(argument: str, *, stored: bool = False) -> Callable[..., Any]:
    """A study's name as a command's argument.

    Args:
        argument: the parameter it is given to.
        stored: whether stored studies are listed where it is missing, or study files.
    """

    def check(context: click.Context, _: click.Parameter, value: str | None) -> str:
        if value:
            return value
        known = tuple(conduct.stored_studies()) if stored else conduct.shipped_studies()
        raise InputError(_missing(context.info_name or "", known, stored=stored))

    return click.argument(argument, required=False, callback=check)


def _missing(command: str, known: tuple[str, ...], *, stored: bool) -> str:
    place = "the store" if stored else "studies/"
    if not known:
        return f"name a study; there is none in {place}"
    what = "name two studies" if command == "compare" else "name a study"
    words = (known[0], known[-1]) if command == "compare" else known[:1]
    return f"{what}: {conduct.command_line(command, *words)}; {_there(known, place)}"


def _there(known: tuple[str, ...], place: str) -> str:
    return f"in {place} there {'is' if len(known) == 1 else 'are'} {', '.join(known)}"
