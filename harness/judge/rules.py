"""The rules of the judge in one table, in the order they are asked; the first match decides."""

from collections.abc import Callable
from dataclasses import dataclass

from harness.judge.calls import (
    Call,
    collapsed,
    constant,
    diverged,
    fits,
    memorises,
    perhaps_overfit,
    settled,
    stopped_early,
    too_weak,
    trained_too_long,
    undecidable,
    unsteady,
)
from harness.judge.reading import Reading
from harness.study import Thresholds


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One row of the table.

    Args:
        name: what the rule asks about.
        decide: the rule; None where it does not apply.
        thresholds: the bounds it reads, by their names in `Thresholds`.
        says: the rule in words.
        source: where it comes from.
    """

    name: str
    decide: Callable[[Reading, Thresholds], Call | None]
    thresholds: tuple[str, ...]
    says: str
    source: str


_EXAM = "prototype exam on networks of known true loss (issue 5 of this project)"
_OURS = "our choice, after reading the runs of the digits study"
RULES = (
    Rule(
        name="diverged",
        decide=diverged,
        thresholds=("diverged", "loss_share"),
        says="training ended worse than the best constant prediction, and worse than it began",
        source=_EXAM,
    ),
    Rule(
        name="undecidable",
        decide=undecidable,
        thresholds=(),
        says="fewer than 4 measured epochs, or losses without a scale",
        source="our choice: a course needs points",
    ),
    Rule(
        name="collapsed",
        decide=collapsed,
        thresholds=("climb", "climb_lost", "loss_share"),
        says="training loss climbed back and lost most of what training had learned",
        source=_OURS,
    ),
    Rule(
        name="trained too long",
        decide=trained_too_long,
        thresholds=("rise_certain", "rise_unclear", "confidence", "climb_shared"),
        says="the smoothed validation loss rose from its minimum and training loss did not: by "
        "a paired t test over examples against a margin where there is evidence, else by the "
        "curve alone and beyond its jumps",
        source=_EXAM,
    ),
    Rule(
        name="stopped early",
        decide=stopped_early,
        thresholds=("early_drop", "early_tail", "constant", "score_learned"),
        says="the last quarter of the epochs still lowered the validation loss",
        source=_EXAM,
    ),
    Rule(
        name="nothing learned",
        decide=constant,
        thresholds=("constant", "memorises_clear"),
        says="ends no better than a constant prediction, without a gap or on training as well",
        source=_EXAM,
    ),
    Rule(
        name="memorises",
        decide=memorises,
        thresholds=("memorises", "memorises_clear", "confidence"),
        says="training loss far below validation loss, beyond the error of both",
        source=_EXAM,
    ),
    Rule(
        name="perhaps overfit",
        decide=perhaps_overfit,
        thresholds=("rise_unclear", "memorises", "confidence", "climb_shared"),
        says="a rise or a gap that the evidence neither proves nor refutes",
        source="our choice: after memorises, since a clear gap is overfit whatever the rise",
    ),
    Rule(
        name="too weak",
        decide=too_weak,
        thresholds=("too_weak", "others"),
        says="train and validation both end far above the best level known",
        source=_EXAM,
    ),
    Rule(
        name="unsteady",
        decide=unsteady,
        thresholds=("rise_unclear", "confidence", "climb_shared"),
        says="validation loss rose and training loss climbed with it",
        source=_OURS,
    ),
    Rule(
        name="fits",
        decide=fits,
        thresholds=("fits", "others"),
        says="ends near the best level known",
        source=_EXAM,
    ),
    Rule(
        name="settled",
        decide=settled,
        thresholds=("others",),
        says="no reference: too weak and noisy data look alike; with one: between the bounds",
        source=_EXAM,
    ),
)
"""Asked in this order; the last always answers."""


def decide(reading: Reading, thresholds: Thresholds) -> Call:
    """The first rule's call that applies."""
    calls = (rule.decide(reading, thresholds) for rule in RULES)
    return next(call for call in calls if call is not None)
