"""How judges do in the exam: right and wrong, by task and validation size, and how sure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.metrics import f1_score

from harness.judge import Ending, Kind, Levels, Verdict, judge
from harness.study import Thresholds
from tests.exam.fitting import as_log
from tests.exam.peers import PEERS
from tests.exam.records import Item, by_sheet
from tests.exam.truth import Flag, Truth

UNDECIDED = (Kind.UNCLEAR, Kind.SETTLED)
BINS = 8
Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a judge said of an item, beside the truth."""

    item: Item
    truth: Truth
    verdict: Verdict

    @property
    def decided(self) -> bool:
        """Whether the judge said anything of the item."""
        return self.verdict.kind not in UNDECIDED

    @property
    def right(self) -> bool | None:
        """Whether the verdict is right; None where that is grey, or where it says nothing."""
        return self.truth.right(self.verdict.kind) if self.decided else None

    @property
    def right_fit(self) -> bool | None:
        """Whether overfit, underfit or fits is right, whatever the kind within."""
        if not self.decided:
            return None
        return self.truth.right_fit(self.verdict.kind)

    @property
    def validation(self) -> int:
        """Validation examples."""
        return self._curves.validation_examples

    @property
    def said_too_long(self) -> bool:
        """Whether "trained too long" was more likely than not."""
        return self.verdict.chances.get(Kind.TRAINED_TOO_LONG, 0.0) > 0.5

    @property
    def _curves(self) -> Any:
        assert self.item.run.curves is not None
        return self.item.run.curves


def answers(
    items: Sequence[Item],
    truth: Mapping[int, Truth],
    *,
    thresholds: Thresholds,
    knowing: str = "reference",
) -> list[Answer]:
    """Our judge's answers.

    Args:
        items: whole sheets.
        truth: about each that is asked about.
        thresholds: the bounds.
        knowing: "reference" as a study's runs are judged, "runs" the same without its cheap
            models, "cheap" beside them alone, "alone", or "curves" as logs of others.
    """
    found: list[Answer] = []
    for places in by_sheet(items).values():
        runs, baselines = [items[place].run for place in places], items[places[0]].baselines
        cheap = () if knowing == "runs" else baselines
        levels = Levels(runs, thresholds=thresholds, baselines=cheap)
        for place in places:
            if place not in truth:
                continue
            if knowing == "cheap":
                levels = Levels([items[place].run], thresholds=thresholds, baselines=baselines)
            verdict = _verdict(items[place], levels, thresholds, knowing=knowing)
            found.append(Answer(item=items[place], truth=truth[place], verdict=verdict))
    return found


def _verdict(item: Item, levels: Levels, thresholds: Thresholds, *, knowing: str) -> Verdict:
    run = item.run
    assert run.curves is not None
    if knowing in ("reference", "runs", "cheap") or len(run.curves.epochs) == 1:
        verdict = levels.judge(run)
    else:
        curves = run.curves if knowing == "alone" else as_log(run.curves)
        verdict = judge(
            curves, ending=run.ending, reason=run.reason, reference=None, thresholds=thresholds
        )
    assert verdict is not None
    return verdict


def procedure(found: Sequence[Answer]) -> Mapping[str, float]:
    """How much is decided, and how much of that is right; and of the most likely kinds."""
    scored = [each.right for each in found if each.right is not None]
    forced = [right for each in found if (right := _forced(each)) is not None]
    return {
        "items": len(found),
        "decides": float(np.mean([each.decided for each in found])),
        "right": float(np.mean(scored)) if scored else np.nan,
        "right fit": _mean([fit for each in found if (fit := each.right_fit) is not None]),
        "right if forced": float(np.mean(forced)) if forced else np.nan,
    }


def _forced(answer: Answer) -> bool | None:
    asked = [kind for kind in answer.verdict.chances if kind not in UNDECIDED]
    return answer.truth.right(asked[0]) if asked else None


def by_kind(found: Sequence[Answer]) -> Rows:
    """Recall and precision of every kind."""
    rows: list[Mapping[str, Any]] = []
    for kind in found[0].truth.flags:
        true = [each for each in found if each.truth.kind is kind]
        said = [each.right for each in found if each.verdict.kind is kind]
        scored = [right for right in said if right is not None]
        rows.append({
            "kind": kind.words,
            "true of": len(true),
            "recall": _mean([each.verdict.kind is kind for each in true]),
            "precision": _mean(scored),
        })  # fmt: skip
    return rows


def reliability(found: Sequence[Answer]) -> tuple[Rows, float]:
    """Confidence against the share that is right, and the mean distance."""
    return calibration([(a.verdict.confidence, a.right) for a in found if a.right is not None])


def calibration(pairs: Sequence[tuple[float, bool]]) -> tuple[Rows, float]:
    """Confidence against the share that is right, in bins of equal size, and the mean distance.

    The distance is the expected calibration error (Naeini et al., 2015).
    """
    sorted_pairs = np.array(sorted(pairs), dtype=float)
    parts = [part for part in np.array_split(sorted_pairs, BINS) if len(part)]
    rows: list[Mapping[str, Any]] = [
        {"confidence": part[:, 0].mean(), "right": part[:, 1].mean(), "verdicts": len(part)}
        for part in parts
    ]
    error = sum(abs(row["confidence"] - row["right"]) * row["verdicts"] for row in rows)
    return rows, float(error / len(pairs))


def stopping(found: Sequence[Answer]) -> Mapping[str, float]:
    """How good the epochs are at which the judge would have stopped.

    `inside`: the share of runs whose true loss is lowest within the bounds that were given.
    `lost`: what stopping there costs against the true minimum, as a share of what there is to
    learn, on average; `lost at the end`: the same of not stopping.
    """
    inside, lost, at_end = [], [], []
    for each in found:
        stop, course = each.verdict.stop_at, each.item.course
        if stop is None:
            continue
        losses = course.steady
        lowest = float(course.epochs[int(np.argmin(losses))])
        inside.append(stop.low <= lowest <= stop.high)
        chosen = float(np.interp(stop.epoch, course.epochs, losses))
        lost.append((chosen - losses.min()) / each.truth.scale)
        at_end.append((losses[-1] - losses.min()) / each.truth.scale)
    return {
        "runs": len(inside),
        "inside": _mean(inside),
        "lost": _mean(lost),
        "lost at the end": _mean(at_end),
    }


def too_long(
    ours: Mapping[str, Sequence[Answer]], *, by: Callable[[Answer], Any] = lambda answer: "all"
) -> Rows:
    """Macro-F1 and false alarms at "trained too long" of our judge and of others' rules."""
    rows: list[Mapping[str, Any]] = []
    first = next(iter(ours.values()))
    groups = sorted({by(each) for each in first})
    for name, found in ours.items():
        rows.append(_too_long(name, found, [each.said_too_long for each in found], groups, by))
    for peer in PEERS:
        said = [peer.overfit(each._curves) for each in first]
        rows.append(_too_long(peer.name, first, said, groups, by))
    return rows


def _too_long(
    name: str,
    found: Sequence[Answer],
    said: Sequence[bool],
    groups: Sequence[Any],
    by: Callable[[Answer], Any],
) -> Mapping[str, Any]:
    row: dict[str, Any] = {"judge": name}
    for group in groups:
        pairs = [
            (each.truth.flags[Kind.TRAINED_TOO_LONG] is Flag.YES, told)
            for each, told in zip(found, said, strict=True)
            if by(each) == group and asks_too_long(each)
        ]
        true, told = [p[0] for p in pairs], [p[1] for p in pairs]
        row[f"F1 {group}"] = f1_score(true, told, average="macro", zero_division=0)
        row[f"false alarms {group}"] = _mean([t for y, t in pairs if not y])
    return row


def asks_too_long(answer: Answer) -> bool:
    """Whether "trained too long" is true or untrue of the item: it did not diverge either."""
    flags = answer.truth.flags
    ended = answer.item.run.ending is Ending.DIVERGED or flags[Kind.DIVERGED] is Flag.YES
    return not ended and flags[Kind.TRAINED_TOO_LONG] is not Flag.GREY


def _mean(values: Sequence[bool | float]) -> float:
    return float(np.mean(values)) if len(values) else float("nan")
