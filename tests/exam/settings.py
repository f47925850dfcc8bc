"""The exam of settings: a few seeds of each, and whether what they say together is true.

What is true of a setting is what is true of most of its seeds.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from harness.judge import Levels, SettingVerdict, agree, judge_all
from harness.study import Thresholds
from tests.exam.records import Item, by_sheet
from tests.exam.scoring import UNDECIDED, Rows, calibration
from tests.exam.truth import Truth, most


@dataclass(frozen=True, kw_only=True)
class SettingAnswer:
    """What a setting's seeds say together, beside the truths about each of them."""

    truths: Sequence[Truth]
    verdict: SettingVerdict

    @property
    def decided(self) -> bool:
        """Whether anything was said of the setting."""
        return self.verdict.kind not in (None, *UNDECIDED)

    @property
    def right(self) -> bool | None:
        """Whether the kind is right of most seeds; None where that is grey, or nothing said."""
        kind = self.verdict.kind
        if kind is None or not self.decided:
            return None
        return most([truth.right(kind) for truth in self.truths])

    @property
    def right_fit(self) -> bool | None:
        """The same of overfit, underfit or fits, whatever the kind within."""
        kind = self.verdict.kind
        if kind is None or not self.decided:
            return None
        return most([truth.right_fit(kind) for truth in self.truths])


def setting_answers(
    items: Sequence[Item], truth: Mapping[int, Truth], *, thresholds: Thresholds
) -> list[SettingAnswer]:
    """The judge's answers, every sheet judged as a study."""
    found: list[SettingAnswer] = []
    for places in by_sheet(items).values():
        cheap = items[places[0]].baselines
        every = [items[place].run for place in places]
        runs = judge_all(every, thresholds=thresholds, baselines=cheap)
        levels = Levels(runs, thresholds=thresholds, baselines=cheap)
        for trial in _by_trial(items, places):
            if all(place in truth for place in trial):
                seeds = [runs[places.index(place)] for place in trial]
                verdict = agree(seeds, levels=levels)
                found.append(SettingAnswer(truths=[truth[p] for p in trial], verdict=verdict))
    return found


def _by_trial(items: Sequence[Item], places: Sequence[int]) -> Iterator[Sequence[int]]:
    found: defaultdict[int, list[int]] = defaultdict(list)
    for place in places:
        found[items[place].run.trial.number].append(place)
    yield from found.values()


def settings_scored(found: Sequence[SettingAnswer]) -> tuple[Mapping[str, float], Rows]:
    """How much is decided, how much of it is right, and how sure it was of that."""
    pairs = [(each.verdict.confidence, each.right) for each in found if each.right is not None]
    bins, error = calibration(pairs)
    fits = [each.right_fit for each in found if each.right_fit is not None]
    row = {
        "settings": len(found),
        "decides": float(np.mean([each.decided for each in found])),
        "right": float(np.mean([right for _, right in pairs])),
        "right fit": float(np.mean(fits)),
        "calibration error": error,
    }
    return row, bins
