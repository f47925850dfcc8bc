"""What a person, or a program, reads of a network's preflight."""

import json
from collections.abc import Iterable

from rich.markup import escape

from harness import conduct
from harness.cli.terminal import console, say
from harness.conduct.preflighting import Flight
from harness.errors import InputError

_MARKS = {True: "[green]ok    [/]", False: "[bold red]FAILED[/]", None: "[dim]-     [/]"}


def flights(
    name: str, net: str, data: str, *, target: str, loss: str, knobs: str
) -> Iterable[Flight]:
    """The flights asked for, empty words standing for what was left out.

    Raises:
        InputError: neither a study nor a network with its data is named, or both are.
    """
    if bool(name) == bool(net) or (net and not data):
        example = "--net my_nets.py:build --data churn.csv --target churned"
        raise InputError(f"name a study, or a network and its data: {example}")
    if name:
        given = {"--data": data, "--target": target, "--loss": loss, "--knobs": knobs}
        unread = [option for option, value in given.items() if value]
        if unread:
            raise InputError(f"{', '.join(unread)}: a study says this itself, leave it out")
        return conduct.preflight_study(name)
    return [
        conduct.preflight_network(net, data, target=target or None, loss=loss or None, knobs=knobs)
    ]


def show_flights(found: Iterable[Flight], *, as_json: bool) -> bool:
    """A line for each check, or a JSON object for each network; whether one failed."""
    bad = False
    for flight in found:
        bad = bad or bool(flight.failed)
        if as_json:
            say(json.dumps(flight.to_json(), ensure_ascii=False))
        else:
            _show(flight)
    return bad


def _show(flight: Flight) -> None:
    say(f"{flight.network} on {flight.data}")
    for check in flight.checks:
        console.print(f"  {_MARKS[check.passed]} {escape(check.line)}")
    asked = [check for check in flight.checks if check.passed is not None]
    end = f"{len(flight.failed)} of {len(asked)} checks failed" if flight.failed else "all passed"
    say(end)
