"""The two cheap models of every study, on the studies of the exam and on fresh examples."""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from harness.conduct.baselines import baselines_of, hardness_of, with_hardness
from harness.curves import Baseline, baseline_from_json
from harness.study import settings_from
from tests.exam.drawing import Sheet, data_of, study_of
from tests.exam.records import Item


def baselines_of_sheet(sheet: Sheet) -> tuple[Baseline, ...]:
    """Learned from the examples of a sheet, which are drawn anew; no network is trained.

    Their test loss is that of the fresh examples, as the true loss of runs.
    """
    dataset = data_of(sheet, sheet.rng)
    study = study_of(sheet, [settings_from({}, network=sheet.task.network)])
    found = baselines_of(study, dataset, (len(dataset.train), 0.0), test=True)
    return with_hardness(found, hardness_of(study, dataset))


def baselines_of_exam(
    seed: int, *, sheets: int, folder: Path
) -> Mapping[int, tuple[Baseline, ...]]:
    """Those of so many sheets; each sheet's are kept in a file beside its runs."""
    kept = folder / str(seed)
    kept.mkdir(parents=True, exist_ok=True)
    return {number: _of(Sheet(number=number, seed=seed), kept) for number in range(sheets)}


def with_baselines(
    items: Sequence[Item], baselines: Mapping[int, tuple[Baseline, ...]]
) -> list[Item]:
    """The items with the cheap models of their sheets."""
    return [replace(item, baselines=baselines.get(item.sheet, ())) for item in items]


def _of(sheet: Sheet, folder: Path) -> tuple[Baseline, ...]:
    place = folder / f"{sheet.number:04d}.baselines.json"
    if not place.exists():
        found = baselines_of_sheet(sheet)
        place.write_text(json.dumps([one.to_json() for one in found]), encoding="utf-8")
        print(f"sheet {sheet.number}: {sum(one.seconds for one in found):.1f} s", file=sys.stderr)
    return tuple(baseline_from_json(one) for one in json.loads(place.read_text("utf-8")))
