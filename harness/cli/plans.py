"""What a person reads before a study: its plan, and the columns of a table."""

import math
from collections.abc import Sequence

from rich.markup import escape

from harness.cli.terminal import console, duration, say, table
from harness.conduct.planning import Plan
from harness.conduct.present import unused_line
from harness.conduct.scanning import RangeTest, range_line
from harness.data import Column
from harness.findings import RateAdvice, RateScan
from harness.findings.wording import counted
from harness.study import Study


def show_plan(study: Study, plan: Plan) -> None:
    """What would run."""
    say(study.question)
    for line in plan.lines:
        say(f"  {line}")
    sides = (plan.settings, "setting"), (study.training.seeds, "seed")
    planned = " × ".join(counted(n, thing) for n, thing in sides)
    say(f"{planned} = {counted(plan.runs, 'run')}, {plan.stored} stored")
    if plan.unused:
        say(unused_line(plan.unused))
    if plan.stored >= plan.runs:
        say("nothing is left to train")
        return
    side = counted(plan.workers, "worker")
    say(f"about {duration(plan.seconds)} on {side}, a factor of 3 either way; nothing was trained")


def show_rates(found: RangeTest) -> None:
    """What each scan suggests, to be pasted into the study file."""
    for scan, advice in zip(found.scans, found.advice, strict=True):
        say(f"{scan.name}: {_regimes(scan, advice)}")
        if math.isfinite(advice.low):
            say(f"  {range_line(advice)}")
    say(f"\nplot: {found.page}  (open it in a browser)")


def _regimes(scan: RateScan, advice: RateAdvice) -> str:
    if not math.isfinite(advice.low):
        return f"no rate from {scan.rates[0]:g} to {scan.rates[-1]:g} learned anything"
    low = "" if advice.open_low else f"too small below {advice.low:.2g}, "
    high = "" if advice.open_high else f", too large above {advice.high:.2g}"
    beyond = " (smaller ones may do too)" if advice.open_low else ""
    beyond += " (larger ones may do too)" if advice.open_high else ""
    right = f"right from {advice.low:.2g} to {advice.high:.2g}"
    return f"{low}{right}{high}{beyond}; lowest loss at {advice.best:.2g}"


def show_columns(columns: Sequence[Column]) -> None:
    """What a table's columns hold, and which are kept."""
    made = table("column", "type", "missing", "distinct", "", "why")
    for column in columns:
        cells = (column.name, column.type, str(column.missing), str(column.distinct))
        made.add_row(*(escape(cell) for cell in (*cells, column.role, column.why)))
    console.print(made)
