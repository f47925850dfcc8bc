"""A setting's verdict: what its seeds say together."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace

import numpy as np

from harness.judge.figures import NOT_MEASURED, number
from harness.judge.reading import Reading
from harness.judge.records import Ending, Fit, Kind, Run
from harness.judge.verdicts import Levels
from harness.judge.words import told, why


@dataclass(frozen=True, kw_only=True)
class SettingVerdict:
    """What the seeds of one setting say together.

    Args:
        kind: the kind of most seeds; unclear on a tie; None where no seed has a verdict.
        why: one line, with the figures of the mean of the seeds that say so.
        counts: seeds by kind; failed seeds have none.
        collapsed: share of all seeds that diverged, failed or learned nothing.
        confidence: the mean over seeds of the probability of `kind`. Seeds share their
            validation examples, so that more of them do not make it surer; NaN where no seed
            has a probability for it.
        decide_by: what would decide most of the seeds that are in doubt; empty where fewer
            than half of them are.
    """

    kind: Kind | None
    why: str
    counts: Mapping[Kind, int]
    collapsed: float
    confidence: float
    decide_by: str


def agree(runs: Sequence[Run], *, levels: Levels) -> SettingVerdict:
    """The verdict of a setting over its judged runs; the order of seeds does not matter.

    Overfit, underfit and fits are voted on first and the kind within the winner after that,
    so that two ways of overfitting do not lose against one way of fitting. A tie between the
    first is unclear; a tie within goes to the kind that the rules ask about first.
    """
    counts = Counter(run.verdict.kind for run in runs if run.verdict is not None)
    kind = majority(counts) if counts else None
    failed = sum(run.ending is Ending.FAILED for run in runs)
    collapsed = counts[Kind.DIVERGED] + counts[Kind.CONSTANT] + failed
    return SettingVerdict(
        kind=kind,
        confidence=_confidence(kind, runs),
        decide_by=_decide_by(runs),
        why=_unjudged(runs) if kind is None else _why(kind, runs, counts=counts, levels=levels),
        counts={known: counts[known] for known in Kind if counts[known] > 0},
        collapsed=collapsed / len(runs) if runs else 0.0,
    )


def majority(counts: Mapping[Kind, int]) -> Kind:
    """The kind of most seeds, voted on by fit first; unclear on a tie."""
    blocks: Counter[str] = Counter()
    for kind, count in counts.items():
        blocks[_block(kind)] += count
    ranked = blocks.most_common(2)
    if not ranked or ranked[0][1] == 0 or (len(ranked) > 1 and ranked[0][1] == ranked[1][1]):
        return Kind.UNCLEAR
    inside = [kind for kind in ASKED if _block(kind) == ranked[0][0]]
    return max(inside, key=lambda kind: counts.get(kind, 0))


def _confidence(kind: Kind | None, runs: Sequence[Run]) -> float:
    found = [run.verdict for run in runs if run.verdict is not None]
    known = [verdict.chances.get(kind, 0.0) for verdict in found if verdict.chances and kind]
    return math.fsum(known) / len(known) if known else math.nan


def _decide_by(runs: Sequence[Run]) -> str:
    judged = [run.verdict for run in runs if run.verdict is not None]
    asked = Counter(sorted(verdict.decide_by for verdict in judged if verdict.decide_by))
    if 2 * asked.total() < len(judged) or not asked:
        return ""
    return asked.most_common(1)[0][0]


ASKED = (
    Kind.DIVERGED,
    Kind.TRAINED_TOO_LONG,
    Kind.STOPPED_EARLY,
    Kind.CONSTANT,
    Kind.MEMORISES,
    Kind.TOO_WEAK,
    Kind.FITS,
    Kind.SETTLED,
    Kind.UNCLEAR,
)
"""The kinds in the order in which the rules ask about them."""


def _block(kind: Kind) -> str:
    # Diverged, settled and unclear share a fit, yet they are no one opinion.
    return kind.value if kind.fit is Fit.UNCLEAR else kind.fit.value


def _unjudged(runs: Sequence[Run]) -> str:
    ends = [run.objective("train_loss_end") for run in runs if run.curves is not None]
    measured = [end for end in ends if math.isfinite(end)]
    if not ends:
        return "every run failed, so it is not judged"
    loss = number(float(np.mean(measured))) if measured else NOT_MEASURED
    return f"no validation part, so it is not judged; training loss ends at {loss}"


def _why(kind: Kind, runs: Sequence[Run], *, counts: Mapping[Kind, int], levels: Levels) -> str:
    judged = sum(counts.values())
    speakers = [run for run in runs if run.verdict is not None and run.verdict.kind is kind]
    if kind is Kind.UNCLEAR and judged > 1:
        return _unclear(speakers, counts=counts)
    figures = _figures(kind, speakers, levels=levels)
    return figures if len(speakers) == judged else f"{figures}; {_votes(counts)}"


def _unclear(speakers: Sequence[Run], *, counts: Mapping[Kind, int]) -> str:
    """The votes, and where some seeds are unclear themselves why the first of them is."""
    agreed = 2 * counts.get(Kind.UNCLEAR, 0) > sum(counts.values())
    disagree = "" if agreed else "the seeds disagree: "
    return "; ".join([f"{disagree}{_votes(counts)}", *_of_first(speakers)])


def _figures(kind: Kind, speakers: Sequence[Run], *, levels: Levels) -> str:
    if len(speakers) == 1 and speakers[0].verdict is not None:
        return speakers[0].verdict.why
    if any(run.ending is Ending.DIVERGED for run in speakers):
        return "".join(_of_first(speakers))
    readings = [reading for run in speakers if (reading := levels.read(run)) is not None]
    return f"mean of {len(readings)} seeds: {why(kind, mean_reading(readings))}"


def _of_first(speakers: Sequence[Run]) -> list[str]:
    """What the verdict of the lowest seed says: one line, or none without a speaker."""
    said = {run.seed: run.verdict.why for run in speakers if run.verdict is not None}
    return [f"seed {seed}: {said[seed]}" for seed in sorted(said)[:1]]


def mean_reading(readings: Sequence[Reading]) -> Reading:
    """The mean of each figure over seeds; evidence and errors, which are each run's, drop out."""
    first = readings[0]
    names = [f.name for f in fields(first) if isinstance(getattr(first, f.name), float)]
    means = {name: float(np.mean([getattr(r, name) for r in readings])) for name in names}
    return replace(first, **means, rise_evidence=None)


def _votes(counts: Mapping[Kind, int]) -> str:
    """ "3 of 5 seeds fit, 2 overfit (memorising)": most votes first."""
    voted = sorted((kind for kind in ASKED if counts.get(kind, 0)), key=lambda kind: -counts[kind])
    most, *others = [str(counts[kind]) for kind in voted]
    seeds = [f"{most} of {sum(counts.values())} seeds", *others]
    said = zip(seeds, voted, strict=True)
    return ", ".join(f"{many} {told(kind, counts[kind])}" for many, kind in said)
