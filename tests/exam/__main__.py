"""`make exam`: draws the exam, lets judges sit it, prints and stores how they did.

python -m tests.exam                 score on the scoring seed
python -m tests.exam fit             grow the judge's forests anew, on the tuning seed
python -m tests.exam settings        score what four seeds of a setting say together
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from harness.study import Thresholds
from tests.exam.cheap import baselines_of_exam, with_baselines
from tests.exam.drawing import Sheet, draw
from tests.exam.fitting import fitted, write
from tests.exam.oracle import oracle_answers
from tests.exam.peers import PEERS
from tests.exam.plot import reliability_plot
from tests.exam.records import Item, item_from_json
from tests.exam.scoring import (
    Answer,
    answers,
    by_kind,
    procedure,
    reliability,
    stopping,
    too_long,
)
from tests.exam.settings import setting_answers, settings_scored
from tests.exam.truth import truths

TUNING_SEED, SCORING_SEED = 1, 2
"""The judge was grown on the one and has never seen the other."""
TUNING_SHEETS, SCORING_SHEETS, SETTINGS_SHEETS = 168, 108, 36
SEEDS = 4
"""Of each setting in the exam of settings; a divisor of `tests.exam.drawing.ALIKE`."""
JUDGE = Path(__file__).parents[2] / "harness" / "judge"


def main() -> None:
    """Read the command line, draw what is not yet drawn, and fit or score."""
    options = _options()
    seed = options.seed or (TUNING_SEED if options.what == "fit" else SCORING_SEED)
    place = options.reports / "exam"
    if options.what == "settings":
        items = settings_drawn(seed, options.sheets or SETTINGS_SHEETS, place, options.workers)
        _settings(items)
        return
    usual = TUNING_SHEETS if options.what == "fit" else SCORING_SHEETS
    items = runs_drawn(seed, options.sheets or usual, place, options.workers)
    if options.what == "fit":
        seeds = settings_drawn(seed, SETTINGS_SHEETS, place, options.workers)
        write(fitted(items, seeds, thresholds=Thresholds()), JUDGE, seed=seed, items=len(items))
        print(f"wrote forests.npz and sharpness.py, from {len(items):,} runs")
        return
    results = scored(items)
    _print(results, Console(width=118))
    place = options.reports / "exam.json"
    place.write_text(json.dumps({"seed": seed, **results}, indent=1), encoding="utf-8")
    reliability_plot(results["reliability"], options.reports / "exam.png")
    print(f"stored in {place}, the reliability plot beside it")


def drawn(seed: int, *, sheets: int, folder: Path, workers: int, seeds: int = 1) -> list[Item]:
    """The items of so many sheets; each sheet is kept in a file of its own once drawn."""
    kept = folder / str(seed)
    kept.mkdir(parents=True, exist_ok=True)
    missing = [n for n in range(sheets) if not _place(kept, n).exists()]
    fresh: dict[int, list[Item]] = {}
    for item in draw([Sheet(number=n, seed=seed, seeds=seeds) for n in missing], workers=workers):
        fresh.setdefault(item.sheet, []).append(item)
        _keep(kept, fresh, done=item.sheet)
    _keep(kept, fresh, done=None)
    lines = (_place(kept, n).read_text(encoding="utf-8").splitlines() for n in range(sheets))
    return [item_from_json(json.loads(line)) for sheet in lines for line in sheet]


def _keep(folder: Path, fresh: dict[int, list[Item]], *, done: int | None) -> None:
    """Write the sheets that are complete: all but the one that still grows."""
    for number in [n for n in fresh if n != done]:
        items = fresh.pop(number)
        text = "".join(json.dumps(item.to_json()) + "\n" for item in items)
        _place(folder, number).write_text(text, encoding="utf-8")
        print(f"drew sheet {number}: {items[0].task}, {len(items)} runs", file=sys.stderr)


def _place(folder: Path, number: int) -> Path:
    return folder / f"{number:04d}.jsonl"


def runs_drawn(seed: int, sheets: int, folder: Path, workers: int) -> list[Item]:
    """The runs of the exam, with the cheap models of their sheets."""
    items = drawn(seed, sheets=sheets, folder=folder, workers=workers)
    return with_baselines(items, baselines_of_exam(seed, sheets=sheets, folder=folder))


def settings_drawn(seed: int, sheets: int, folder: Path, workers: int) -> list[Item]:
    """The same of the exam of settings, each of a few seeds."""
    kept = folder / "settings"
    items = drawn(seed, sheets=sheets, folder=kept, workers=workers, seeds=SEEDS)
    return with_baselines(items, baselines_of_exam(seed, sheets=sheets, folder=kept))


def _settings(items: Sequence[Item]) -> None:
    row, bins = settings_scored(setting_answers(items, truths(items), thresholds=Thresholds()))
    console = Console(width=118)
    console.print(_table(f"Settings of {SEEDS} seeds", [row]))
    console.print(_table("How sure, and how often right", bins))


def scored(items: Sequence[Item]) -> dict[str, Any]:
    """All that is told of the exam, as plain JSON."""
    truth = truths(items)
    ours: dict[str, list[Answer]] = {
        name: answers(items, truth, thresholds=Thresholds(), knowing=knowing)
        for name, knowing in (
            ("ours, in a study", "reference"),
            ("ours, without cheap models", "runs"),
            ("ours, beside cheap models", "cheap"),
            ("ours, a run alone", "alone"),
            ("ours, from a log", "curves"),
        )
    }
    first = next(iter(ours.values()))
    oracle = oracle_answers(items, truth)
    bins, error = reliability(first)
    tasks = sorted({each.item.task for each in first})
    sizes = sorted({each.validation for each in first})
    return {
        "procedure": [{"judge": name, **procedure(found)} for name, found in ours.items()],
        "kinds": by_kind(first),
        "reliability": bins,
        "calibration error": {
            name: reliability(found)[1] if name != next(iter(ours)) else error
            for name, found in ours.items()
        },
        "too long": too_long(ours),
        "too long by task": too_long(ours, by=lambda each: each.item.task),
        "too long by validation size": too_long(ours, by=lambda each: each.validation),
        "by task": [
            {"task": task, **procedure([e for e in first if e.item.task == task])} for task in tasks
        ],
        "by validation size": [
            {"validation": size, **procedure([e for e in first if e.validation == size])}
            for size in sizes
        ],
        "stopping": stopping(first),
        "oracle": [
            {"validation": size or "all", **procedure(some), **_only_too_long(some)}
            for size in (None, *sizes)
            for some in [[e for e in oracle if size in (None, e.validation)]]
        ],
        "oracle by kind": by_kind(oracle),
    }


def _only_too_long(some: Sequence[Answer]) -> Mapping[str, float]:
    row = too_long({"oracle": some})[0]
    return {'F1 "too long"': row["F1 all"], "false alarms": row["false alarms all"]}


def _print(results: Mapping[str, Any], console: Console) -> None:
    console.print(_table("The whole procedure", results["procedure"]))
    console.print(_table("In a study, by kind", results["kinds"]))
    console.print(_table("In a study, by task", results["by task"]))
    console.print(_table("In a study, by validation examples", results["by validation size"]))
    console.print(_table("How sure, and how often right", results["reliability"]))
    errors = ", ".join(f"{n} {e:.3f}" for n, e in results["calibration error"].items())
    console.print(f"expected calibration error: {errors}")
    console.print(_table('"Trained too long"', results["too long"]))
    by_size = results["too long by validation size"]
    console.print(_table('"Trained too long" by validation examples', by_size))
    by_task = [
        {"judge": row["judge"], **{k[3:]: v for k, v in row.items() if k.startswith("F1")}}
        for row in results["too long by task"]
    ]
    console.print(_table('"Trained too long" by task: macro-F1', by_task))
    console.print(_table("Where to stop", [results["stopping"]]))
    console.print(_table("Chance: an oracle that lacks only the fresh examples", results["oracle"]))
    console.print(_table("The oracle by kind", results["oracle by kind"]))
    console.print("Sources: " + "; ".join(f"{p.name}: {p.source}" for p in PEERS))


def _table(title: str, rows: Sequence[Mapping[str, Any]]) -> Table:
    table = Table(title=title, title_justify="left", box=None, header_style="bold")
    for head in rows[0]:
        table.add_column(str(head), justify="left" if head in ("judge", "kind") else "right")
    for row in rows:
        table.add_row(*(f"{v:.3f}" if isinstance(v, float) else str(v) for v in row.values()))
    return table


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.exam", description=__doc__)
    parser.add_argument("what", nargs="?", choices=("score", "fit", "settings"), default="score")
    parser.add_argument("--seed", type=int, help="of the exam")
    parser.add_argument("--sheets", type=int, help="small studies to draw, 12 to a round of tasks")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--reports", type=Path, default=Path("reports"))
    return parser.parse_args()


if __name__ == "__main__":
    main()
