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
        signs: the signs that are weighed, by their names in `signs`; empty for all of them.
    """

    kind: Kind
    thresholds: tuple[str, ...]
    says: str
    source: str
    signs: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The kind as people read it, without its fit."""
        return self.kind.words.rpartition(": ")[2]


_EXAM = "weights by logistic regression on the exam's tuning seeds"
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
    ),
    Rule(
        kind=Kind.STOPPED_EARLY,
        thresholds=("early_drop", "rise", "constant"),
        says="would twice the epochs lower the validation loss much further?",
        source=_EXAM,
    ),
    Rule(
        kind=Kind.CONSTANT,
        thresholds=("constant",),
        says="does validation loss end no better than the best constant prediction's?",
        source=_EXAM,
    ),
    Rule(
        kind=Kind.MEMORISES,
        thresholds=("memorises",),
        says="does training loss end far below validation loss, beyond the error of both?",
        source=_EXAM,
    ),
    Rule(
        kind=Kind.TOO_WEAK,
        thresholds=("too_weak", "others"),
        says="does even training loss end far above the best level known?",
        source=_EXAM,
    ),
    Rule(
        kind=Kind.FITS,
        thresholds=("fits", "others"),
        says="does validation loss end near the best level known?",
        source=_EXAM,
    ),
)
"""A later kind is asked about only as far as the earlier ones are untrue."""
