"""Curves to verdicts: one run, and all runs of a study against their references."""

from collections.abc import Iterable

from harness.curves import Baseline, Curves
from harness.judge.calls import Call, decide
from harness.judge.deciding import decide_by
from harness.judge.reading import Reading, read
from harness.judge.records import Ending, Kind, Run, Verdict
from harness.judge.reference import Reference, reference_key, references
from harness.judge.stopping import stop_at
from harness.judge.words import disagreement, overconfident, quantities, why
from harness.study import Thresholds


def judge(
    curves: Curves,
    *,
    ending: Ending = Ending.FINISHED,
    reason: str = "",
    reference: Reference | None,
    thresholds: Thresholds,
) -> Verdict | None:
    """What one run's curves mean, with the figures it rests on; None without validation.

    Args:
        curves: of one run; `constant_loss` NaN stands for unknown, and the higher first loss
            is then taken in its place.
        ending: a run that ended diverged is so judged, whatever its curves.
        reason: why it diverged, for the line why.
        reference: the best level known for this data and size, or None; from too few runs
            and without a cheap model it does not count, but the line why can tell.
        thresholds: the bounds.
    """
    if not curves.validated:
        return None
    stopped, curves = curves.stopped_epoch, curves.counted
    reading = read(curves, reference=reference, thresholds=thresholds)
    call = decide(reading, thresholds)
    line = why(call.kind, reading, doubt=call.doubt)
    if call.or_else:
        line = f"{line}; perhaps {call.or_else}"
    if ending is Ending.DIVERGED:
        call = Call(kind=Kind.DIVERGED, confidence=1.0, chances={Kind.DIVERGED: 1.0})
        line = reason or why(call.kind, reading)
    if stopped is not None:
        line = f"{line}; counted up to epoch {stopped}, where patience stopped it"
    return Verdict(
        kind=call.kind,
        why=line,
        quantities=quantities(curves, reading, call),
        confidence=call.confidence,
        calibrated=bool(call.chances),
        chances=call.chances,
        stop_at=stop_at(curves, reading, call, thresholds),
        overconfident=overconfident(call, reading, thresholds),
        decide_by=decide_by(call, curves, reading, thresholds),
        disagreement=disagreement(call.kind, curves, reading, thresholds),
    )


def judge_all(
    runs: Iterable[Run], *, thresholds: Thresholds, baselines: Iterable[Baseline] = ()
) -> tuple[Run, ...]:
    """Every run judged anew against the best level of its data and size, in the order given.

    Failed runs, and those without a validation part, have no verdict.

    Args:
        runs: of one study.
        thresholds: its bounds.
        baselines: its cheap models, whose levels count too.
    """
    every = tuple(runs)
    known = Levels(every, thresholds=thresholds, baselines=baselines)
    return tuple(run.judged(known.judge(run)) for run in every)


class Levels:
    """The references of a study's runs and its cheap models, asked for by run."""

    def __init__(
        self, runs: Iterable[Run], *, thresholds: Thresholds, baselines: Iterable[Baseline] = ()
    ) -> None:
        self._references = references(runs, baselines=baselines)
        self.thresholds = thresholds

    def of(self, run: Run) -> Reference | None:
        """The best level of a run's data and size, from however few runs; None without any."""
        return self._references.get(reference_key(run))

    def read(self, run: Run) -> Reading | None:
        """The figures of a run; None without a validation curve."""
        if run.curves is None or not run.curves.validated:
            return None
        return read(run.curves, reference=self.of(run), thresholds=self.thresholds)

    def judge(self, run: Run) -> Verdict | None:
        """The verdict of a run; None without a validation curve."""
        if run.curves is None or not run.curves.validated:
            return None
        return judge(
            run.curves,
            ending=run.ending,
            reason=run.reason,
            reference=self.of(run),
            thresholds=self.thresholds,
        )
