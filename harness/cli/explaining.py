"""What a person reads who asks what a verdict means."""

import textwrap
from collections.abc import Sequence

from rich.markup import escape

from harness.cli.judging import STYLES
from harness.cli.terminal import console, say, table
from harness.errors import InputError
from harness.judge import EXPLANATIONS, Fit, Kind, rests_on
from harness.study.wording import did_you_mean

WIDTH = 96


def explain_kinds(words: Sequence[str]) -> None:
    """The kinds that these words name: one, those of a fit ("overfit"), or all in a table.

    Raises:
        InputError: they name none.
    """
    if not words:
        _show_all()
        return
    name = "_".join(words).lower().replace("-", "_").replace(" ", "_")
    kinds = [kind for kind in EXPLANATIONS if name in (kind.value, kind.fit.value)]
    exact = [kind for kind in kinds if kind.value == name]
    if not kinds:
        known = [*(kind.value for kind in EXPLANATIONS), Fit.OVERFIT.value, Fit.UNDERFIT.value]
        raise InputError(f"{name} is no kind of verdict{did_you_mean(name, known)}")
    for kind in exact or kinds:
        _show(kind)


def _show(kind: Kind) -> None:
    explanation = EXPLANATIONS[kind]
    style = STYLES[kind.fit]
    console.print(f"[bold {style}]{escape(kind.words)}[/]  ({kind.value})")
    _indented(explanation.meaning, "  ")
    _listed("rests on", rests_on(kind))
    _listed("try next", explanation.tries)
    _listed("read", explanation.sources)
    say()


def _listed(head: str, lines: Sequence[str]) -> None:
    say(f"\n  {head}")
    for line in lines:
        _indented(line, "  - ")


def _indented(text: str, first: str) -> None:
    rest = " " * len(first)
    for line in textwrap.wrap(text, WIDTH, initial_indent=first, subsequent_indent=rest):
        say(line)


def _show_all() -> None:
    made = table("kind", "people read", "what it means")
    for kind, explanation in EXPLANATIONS.items():
        style = STYLES[kind.fit]
        words = f"[{style}]{escape(kind.words)}[/]"
        made.add_row(kind.value, words, escape(explanation.meaning))
    console.print(made)
    say("\nwhat to try and where to read: python -m harness explain memorises")
