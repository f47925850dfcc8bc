"""The lecture in the terminal: a question first, then what was measured, then the answer."""

from rich.markup import escape

from harness import conduct
from harness.cli.outcomes import show_failed
from harness.cli.terminal import console, duration, say, table
from harness.cli.watching import progress_for
from harness.conduct.lessons import Lecture, prepared_lessons, write_lecture
from harness.conduct.procedure import Outcome
from harness.findings import Outcome as Told
from harness.findings import Sheet, Showing
from harness.judge import number
from harness.study import Study

_STYLES = {Told.CONFIRMED: "green", Told.CONTRADICTED: "red", Told.UNDECIDED: "yellow"}
MOST_ROWS = 16


def teach(asked: Lecture, *, workers: int) -> bool:
    """Conduct the lessons one after the other; whether any run failed.

    A single item asks its question and, in a terminal, waits before it shows the result.
    """
    outcomes: list[Outcome] = []
    for prepared in prepared_lessons(asked):
        study = prepared.study
        _show_question(study, wait=asked.item is not None)
        outcome = conduct.conduct(prepared, progress=progress_for(), workers=workers)
        outcomes.append(outcome)
        if asked.item is not None:
            _show_result(study, outcome)
        else:
            _show_claims(outcome.findings.showing or Showing())
        show_failed(outcome.failed)
        say()
    seconds = duration(sum(outcome.seconds for outcome in outcomes))
    html, pdf = write_lecture(asked, outcomes)
    say(f"handout: {html}  (open it in a browser), {pdf}; {seconds} in all")
    return any(outcome.failed for outcome in outcomes)


def _show_question(study: Study, *, wait: bool) -> None:
    console.print(f"[bold]{escape(study.name)}: {escape(study.question)}[/]")
    if study.lesson is None or not study.lesson.predict:
        return
    say(f"Predict: {study.lesson.predict}")
    if wait and console.is_terminal:
        console.input("(press Enter to see) ")


def _show_result(study: Study, outcome: Outcome) -> None:
    showing, lesson = outcome.findings.showing or Showing(), study.lesson
    for part in showing.parts:
        if isinstance(part, Sheet):
            _show_sheet(part)
    _show_claims(showing)
    if lesson is None:
        return
    told = {
        "The answer": lesson.reveal,
        "What the measurement adds": lesson.remark,
        "Try this": lesson.attempt,
    }
    for lead, text in told.items():
        if text:
            console.print(f"[bold]{lead}:[/] {escape(text)}")


def _show_sheet(sheet: Sheet) -> None:
    say()
    say(sheet.title)
    made = table(*map(escape, sheet.columns))
    for row in sheet.rows[:MOST_ROWS]:
        made.add_row(*(escape(_cell(cell)) for cell in row))
    console.print(made)
    if len(sheet.rows) > MOST_ROWS:
        say(f"({len(sheet.rows) - MOST_ROWS} more rows are in the handout)")


def _cell(cell: str | float | int) -> str:
    return number(cell) if isinstance(cell, float) else str(cell)


def _show_claims(showing: Showing) -> None:
    say()
    for claim in showing.claims:
        style = _STYLES[claim.outcome]
        console.print(f"[{style}]{claim.outcome.value:12}[/] {escape(claim.says)}")
        say(f"{'':12} {claim.measured}")
