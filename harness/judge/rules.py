"""What the judge asks of a run, in the order of asking: one table."""

from dataclasses import dataclass

from harness.judge.records import Kind


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One row of the table.

    Args:
        kind: the verdict, where the answer is likely enough.
        thresholds: the bounds that its main signs are measured from, by their names in
            `Thresholds`.
        says: the question in words.
        source: where it comes from.
        signs: the signs that it looks at, by their names in `signs`; empty for all of them.
        grows_with, falls_with: the signs of which more never makes it less likely, or more.
    """

    kind: Kind
    thresholds: tuple[str, ...]
    says: str
    source: str
    signs: tuple[str, ...] = ()
    grows_with: tuple[str, ...] = ()
    falls_with: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The kind as people read it, without its fit."""
        return self.kind.words.rpartition(": ")[2]


_EXAM = "a random forest grown on the exam's tuning seed"
RULES = (
    Rule(
        kind=Kind.DIVERGED,
        thresholds=("loss_share",),
        says="does training end worse than it began, or worse than the best constant prediction?",
        source=_EXAM,
        # Those of training alone: what validation does is no sign of divergence.
        signs=("above_start", "backwards"),
    ),
    Rule(
        kind=Kind.TRAINED_TOO_LONG,
        thresholds=("rise", "memorises"),
        says="does validation loss end above its minimum, beyond its jumps and the error of its "
        "examples, while training goes on?",
        source=f"paired comparison example by example, cross-fitted; {_EXAM}",
        grows_with=("rise", "raw_rise", "rise_over_jumps", "examples_rise", "rise_over_error"),
    ),
    Rule(
        kind=Kind.STOPPED_EARLY,
        thresholds=("early_drop", "rise", "constant"),
        says="would twice the epochs lower the validation loss much further?",
        source=_EXAM,
        grows_with=("drop_of_own", "drop", "last_tenth"),
    ),
    Rule(
        kind=Kind.CONSTANT,
        thresholds=("constant",),
        says="does validation loss end no better than the best constant prediction's?",
        source=_EXAM,
        falls_with=("learned", "learned_over_error", "score_gained"),
    ),
    Rule(
        kind=Kind.MEMORISES,
        thresholds=("memorises",),
        says="does training loss end far below validation loss, beyond the error of both?",
        source=_EXAM,
        grows_with=("gap", "gap_over_error"),
    ),
    Rule(
        kind=Kind.TOO_WEAK,
        thresholds=("too_weak", "others"),
        says="does even training loss end far above the best level known?",
        source=_EXAM,
        grows_with=("both_above",),
    ),
    Rule(
        kind=Kind.FITS,
        thresholds=("fits", "others"),
        says="does validation loss end near the best level known?",
        source=_EXAM,
        falls_with=("above", "above_over_error", "both_above", "best_above"),
    ),
)
"""A later kind is asked about only as far as the earlier ones are untrue."""
