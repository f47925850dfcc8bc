"""A setting's verdict: what its seeds say together."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace

import numpy as np

from harness.judge.calls import LIKELY, Call, called, named, sharpened
from harness.judge.figures import NOT_MEASURED, number
from harness.judge.reading import Reading
from harness.judge.records import Ending, Fit, Kind, Run, Verdict
from harness.judge.sharpness import SEEDS
from harness.judge.verdicts import Levels
from harness.judge.words import told, why

MORE_SEEDS = "more seeds of this setting"


@dataclass(frozen=True, kw_only=True)
class SettingVerdict:
    """What the seeds of one setting say together.

    Args:
        kind: of the setting; None where no seed has a verdict.
        why: one line, with the figures of the mean of the seeds that say so, or of all
            where fewer than half do.
        counts: seeds by kind; failed seeds have none.
        collapsed: share of all seeds that diverged, failed or learned nothing.
        confidence: the probability that `kind` is true of most seeds; of an unclear setting
            that of the most likely kind; NaN where no seed has a probability of anything.
        chances: the probability of each kind, the most likely first; empty with NaN.
        decide_by: what would decide an unclear setting; empty for the others.
    """

    kind: Kind | None
    why: str
    counts: Mapping[Kind, int]
    collapsed: float
    confidence: float
    chances: Mapping[Kind, float]
    decide_by: str


def agree(runs: Sequence[Run], *, levels: Levels) -> SettingVerdict:
    """The verdict of a setting over its judged runs; the order of seeds does not matter.

    What is likely of every seed is likelier of most of them. Yet seeds share their validation
    examples; how sure they are together, the exam of settings has shown.
    """
    judged = [run for run in runs if run.verdict is not None]
    counts = Counter(run.verdict.kind for run in judged if run.verdict is not None)
    weighed = any(map(_weighed, judged))
    call = called(together(judged), sure=levels.thresholds.sure) if judged else None
    failed = sum(run.ending is Ending.FAILED for run in runs)
    collapsed = counts[Kind.DIVERGED] + counts[Kind.CONSTANT] + failed
    return SettingVerdict(
        kind=None if call is None else call.kind,
        confidence=call.confidence if call is not None and weighed else math.nan,
        chances=call.chances if call is not None and weighed else {},
        decide_by="" if call is None else _decide_by(call, judged),
        why=_unjudged(runs) if call is None else _why(call, judged, counts=counts, levels=levels),
        counts={known: counts[known] for known in Kind if counts[known] > 0},
        collapsed=collapsed / len(runs) if runs else 0.0,
    )


def together(judged: Sequence[Run]) -> Mapping[Kind, float]:
    """How likely each kind is of most seeds, the most likely first; together they are 1.

    Args:
        judged: runs with verdicts, at least one. A verdict without probabilities is taken at
            its word.
    """
    every = [_chances(run.verdict) for run in judged if run.verdict is not None]
    if len(every) == 1:
        return dict(sorted(every[0].items(), key=lambda one: -one[1]))
    found = of_most(every)
    if not most_lean(every, next(iter(found))):
        return found
    return sharpened(found, *SEEDS[min(len(every), max(SEEDS))])


def of_most(every: Sequence[Mapping[Kind, float]]) -> Mapping[Kind, float]:
    """How likely each kind is of more than half of the seeds, the most likely first.

    As if seeds were judged independently of each other; half of them count half. Where no kind
    has so many it is unclear. Of equals the one asked first leads.
    """
    found = {kind: _of_most([each.get(kind, 0.0) for each in every]) for kind in ASKED}
    found[Kind.UNCLEAR] += max(1 - math.fsum(found.values()), 0.0)
    likely = sorted((kind for kind in ASKED if found[kind] > 0), key=lambda kind: -found[kind])
    return {kind: found[kind] for kind in likely}


def most_lean(every: Sequence[Mapping[Kind, float]], kind: Kind) -> bool:
    """Whether more than half of the seeds find likeliest what has the fit of this kind."""
    likeliest = [max(each, key=lambda one: each[one]) for each in every]
    return 2 * sum(_block(one) == _block(kind) for one in likeliest) > len(every)


def _block(kind: Kind) -> str:
    # Diverged, settled and unclear share a fit, yet they are no one opinion.
    return kind.value if kind.fit is Fit.UNCLEAR else kind.fit.value


def _of_most(each: Sequence[float]) -> float:
    counts = np.ones(1)
    for p in sorted(each):
        counts = np.convolve(counts, [1 - p, p])
    twice, half = 2 * np.arange(len(counts)), len(each)
    return float(counts[twice > half].sum() + counts[twice == half].sum() / 2)


def _chances(verdict: Verdict) -> Mapping[Kind, float]:
    return verdict.chances or {verdict.kind: 1.0}


def _decide_by(call: Call, judged: Sequence[Run]) -> str:
    if call.kind not in (Kind.UNCLEAR, Kind.SETTLED) and not call.or_else:
        return ""
    found = [run.verdict for run in judged if run.verdict is not None]
    asked = Counter(sorted(verdict.decide_by for verdict in found if verdict.decide_by))
    if 2 * asked.total() < len(found):
        return MORE_SEEDS
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


def _unjudged(runs: Sequence[Run]) -> str:
    ends = [run.objective("train_loss_end") for run in runs if run.curves is not None]
    measured = [end for end in ends if math.isfinite(end)]
    if not ends:
        return "every run failed, so it is not judged"
    loss = number(float(np.mean(measured))) if measured else NOT_MEASURED
    return f"no validation part, so it is not judged; training loss ends at {loss}"


def _why(call: Call, judged: Sequence[Run], *, counts: Mapping[Kind, int], levels: Levels) -> str:
    if len(judged) == 1:
        return _said(judged[0])
    alike = [run for run in judged if run.verdict is not None and run.verdict.kind is call.kind]
    if call.kind is Kind.UNCLEAR:
        if 2 * len(alike) <= len(judged):
            return f"the seeds disagree: {_votes(counts)}"
        return f"{_votes(counts)}; {_figures(call, judged, levels=levels)}"
    speakers = alike if 2 * len(alike) >= len(judged) else judged
    parts = [_figures(call, speakers, levels=levels)]
    if len(alike) < len(judged):
        parts.append(_votes(counts))
    if call.or_else:
        parts.append(f"perhaps {call.or_else}")
    elif 2 * counts.get(Kind.UNCLEAR, 0) > len(judged):
        parts.append(_left_open(call.kind, judged))
    return "; ".join(part for part in parts if part)


def _left_open(kind: Kind, judged: Sequence[Run]) -> str:
    """What else a seed may be, where most are unclear and only together sure of the kind."""
    every = [_chances(run.verdict) for run in judged if run.verdict is not None]
    means = {
        other: math.fsum(each.get(other, 0.0) for each in every) / len(every)
        for other in ASKED
        if other is not kind
    }
    likeliest = max(means, key=lambda other: means[other])
    if means[likeliest] < LIKELY:
        return ""
    return f"of one seed alone perhaps {named(likeliest, means[likeliest])}"


def _figures(call: Call, speakers: Sequence[Run], *, levels: Levels) -> str:
    """The figures of a kind, of the mean of the seeds that have them."""
    broken = [run for run in speakers if run.ending is Ending.DIVERGED]
    if call.kind is Kind.DIVERGED and broken:
        return _of_first(broken)
    if not any(map(_weighed, speakers)):
        return _of_first(speakers)
    read = {run.seed: levels.read(run) for run in speakers if run.ending is not Ending.DIVERGED}
    readings = {seed: reading for seed, reading in read.items() if reading is not None}
    if not readings:
        return ""
    whose = f"mean of {len(readings)} seeds" if len(readings) > 1 else f"seed {min(readings)}"
    mean = mean_reading(list(readings.values()))
    return f"{whose}: {why(call.kind, mean, doubt=call.doubt)}"


def _of_first(runs: Sequence[Run]) -> str:
    first = min(runs, key=lambda run: run.seed)
    return f"seed {first.seed}: {_said(first)}"


def _said(run: Run) -> str:
    return "" if run.verdict is None else run.verdict.why


def _weighed(run: Run) -> bool:
    return run.verdict is not None and bool(run.verdict.chances)


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
