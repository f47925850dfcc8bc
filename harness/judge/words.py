"""What people read of a verdict: the line why, the quantities, loss against score."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from harness.curves import Curves
from harness.judge.calls import Call
from harness.judge.figures import number, percent, score
from harness.judge.reading import Reading
from harness.judge.records import Kind, Quantity
from harness.study import Thresholds

LOSS_UNITS = {
    "mse": "squared error",
    "mae": "absolute error",
    "huber": "Huber loss",
    "binary_crossentropy": "cross-entropy",
    "categorical_crossentropy": "cross-entropy",
}
SCORE_WORDS = {
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced accuracy",
    "f1": "F1",
    "roc_auc": "ROC AUC",
    "average_precision": "average precision",
    "r2": "R²",
    "mae": "mean absolute error",
}


@dataclass(frozen=True, kw_only=True)
class Saying:
    """A verdict as the verb of a sentence: "right fits", "both overfit (memorising)".

    Args:
        one, several: the verb for one thing and for several.
        how: what stands in brackets behind it, or empty.
    """

    one: str
    several: str
    how: str = ""

    def verb(self, n: int) -> str:
        """The verb for `n` things."""
        return self.one if n == 1 else self.several


_OVERFIT = {"one": "overfits", "several": "overfit"}
_UNDERFIT = {"one": "underfits", "several": "underfit"}
SAYINGS: Mapping[Kind, Saying] = {
    Kind.TRAINED_TOO_LONG: Saying(**_OVERFIT, how="trained too long"),
    Kind.MEMORISES: Saying(**_OVERFIT, how="memorising"),
    Kind.FITS: Saying(one="fits", several="fit"),
    Kind.TOO_WEAK: Saying(**_UNDERFIT, how="too weak"),
    Kind.STOPPED_EARLY: Saying(**_UNDERFIT, how="stopped early"),
    Kind.CONSTANT: Saying(**_UNDERFIT, how="nothing learned so far"),
    Kind.DIVERGED: Saying(one="diverged", several="diverged"),
    Kind.SETTLED: Saying(one="has settled", several="have settled", how="nothing to compare with"),
    Kind.UNCLEAR: Saying(one="is unclear", several="are unclear"),
}
"""In the order in which they are told."""


def told(kind: Kind, n: int) -> str:
    """What `n` runs or settings of this kind do: "overfit (trained too long)"."""
    saying = SAYINGS[kind]
    return f"{saying.verb(n)} ({saying.how})" if saying.how else saying.verb(n)


def why(kind: Kind, reading: Reading, *, doubt: str = "") -> str:
    """One line with the figures that decided; `doubt` is what an unclear verdict asks."""
    if kind is Kind.UNCLEAR:
        return f"{doubt}; {_ends(reading)}" if doubt else _ends(reading)
    return _SENTENCES[kind](reading)


def quantities(curves: Curves, reading: Reading, call: Call) -> tuple[Quantity, ...]:
    """The numbers a verdict rests on, in the loss's unit and as shares of the scale."""
    unit = LOSS_UNITS.get(curves.loss_name, "loss")
    rise, gap = _error(reading), reading.gap_error
    found = [
        Quantity(name="rise", value=reading.rise, unit=unit, standard_error=rise),
        Quantity(name="gap", value=reading.gap, unit=unit, standard_error=gap),
        Quantity(name="drop", value=reading.drop, unit=f"{unit} in the last quarter"),
        Quantity(name="scale", value=reading.scale, unit=unit),
        Quantity(name="stop_epoch", value=reading.best_epoch, unit="epochs"),
    ]
    if reading.scale > 0 and call.kind is not Kind.DIVERGED:
        shares = (("rise_share", reading.rise, rise), ("gap_share", reading.gap, gap))
        found += [_share(name, value, error, reading) for name, value, error in shares]
    if reading.referenced:
        above = reading.validation_end - reading.reference
        found.append(Quantity(name="above_reference", value=above, unit=unit))
    return tuple(found)


def how_sure(confidence: float) -> str:
    """A probability as people read it, never "100 %": "93 %", "over 99 %"."""
    return "over 99 %" if confidence > 0.99 else percent(confidence)


def overconfident(call: Call, reading: Reading, thresholds: Thresholds) -> bool:
    """Whether the loss worsened and the score did not; False without a score."""
    return call.kind is Kind.TRAINED_TOO_LONG and reading.score_lost <= thresholds.score_points


def disagreement(
    kind: Kind, curves: Curves, reading: Reading, thresholds: Thresholds
) -> str | None:
    """A line where loss and score tell different stories, else None.

    A score counts as lost in spite of a steady loss only beyond two standard errors of a
    difference of two shares.
    """
    lost, points = reading.score_lost, thresholds.score_points
    if math.isnan(lost) or kind in (Kind.DIVERGED, Kind.CONSTANT, Kind.UNCLEAR):
        return None
    name = SCORE_WORDS.get(curves.score_name, curves.score_name or "score")
    ends = f"{score(reading.score_end)} at the end, {score(reading.score_best)} at best"
    if kind is Kind.TRAINED_TOO_LONG:
        steady = f"overconfident: the loss worsens while the {name} holds ({ends})"
        return steady if lost <= points else None
    if lost > points + 2 * reading.score_error:
        return f"the loss holds while the {name} falls ({ends})"
    return None


def _diverged(reading: Reading) -> str:
    return f"{_backwards(reading)}; the usual cause is too large a learning rate"


def _backwards(reading: Reading) -> str:
    learned = reading.train_level - reading.train_best
    if reading.train_end - reading.train_level > learned:
        ends = f"training loss ends at {number(reading.train_end)}"
        began = reading.constant_known and reading.train_level > reading.constant
        start = f"its start's {number(reading.train_level)} and " if began else ""
        return f"{ends}, above {start}{_constants(reading)}"
    fell = f"training loss fell to {number(reading.train_best)}"
    back = f"and climbed back to {number(reading.train_end)} (epoch {reading.last_epoch:.0f})"
    lost = "all" if reading.climb_lost >= 0.995 else f"{percent(reading.climb_lost)} of what"
    ends = f"validation loss ends at {number(reading.validation_end)}"
    at = f"(epoch {reading.train_best_epoch:.0f})"
    return f"{fell} {at} {back}, losing {lost} it had learned; {ends}"


def _constants(reading: Reading) -> str:
    whose = "the best constant prediction's" if reading.constant_known else "the start's"
    return f"{whose} {number(reading.constant)}"


def _too_long(reading: Reading) -> str:
    rises = f"validation loss rises from {number(reading.validation_best)}"
    ends = f"to {number(reading.validation_end)} (epoch {reading.last_epoch:.0f})"
    train = f"while training loss ends at {number(reading.train_end)}"
    share = _of_all(reading.share(reading.rise), reading)
    return f"{rises} (epoch {reading.best_epoch:.0f}) {ends} {train}; that is {share}"


def _early(reading: Reading) -> str:
    falls = f"validation loss still falls, from {number(reading.validation_quarter)}"
    ends = f"to {number(reading.validation_end)} over the last quarter of the epochs"
    share = percent(reading.drop / reading.progress) if reading.progress > 0 else "all"
    return f"{falls} {ends}; that is {share} of all it has fallen"


def _constant(reading: Reading) -> str:
    ends = f"validation loss ends at {number(reading.validation_end)}"
    train = f"training loss ends at {number(reading.train_end)}"
    where = "hardly below" if reading.validation_end <= reading.constant else "not below"
    return f"{ends}, {where} {_constants(reading)}; {train}"


def _memorises(reading: Reading) -> str:
    share = _of_all(reading.share(reading.gap), reading)
    ends = f"training loss ends at {number(reading.train_end)}"
    validation = f"validation loss at {number(reading.validation_end)}"
    return f"{ends}, {validation}; that gap is {share}"


def _weak(reading: Reading) -> str:
    above = percent(reading.share(reading.validation_end - reading.reference))
    best = _best_known(reading)
    return f"{_ends(reading)}, both far above {best}: {above} of what there is to learn is left"


def _fits(reading: Reading) -> str:
    learned = 1 - reading.share(reading.validation_end - reading.reference)
    # As far below as this it can only be where a cheap model is all there is beside it.
    where = "below" if learned > 1.05 else "near"
    best = f"{where} {_best_known(reading)}: {percent(min(learned, 1.0))}"
    line = f"{_ends(reading)}, {best} of what there is to learn is learned"
    if reading.share(reading.rise) < 0.005:
        return line
    low = f"{number(reading.validation_best)} (epoch {reading.best_epoch:.0f})"
    return f"{line}; the lowest validation loss was {low}"


def _best_known(reading: Reading) -> str:
    whose = f" ({reading.reference_of})" if reading.reference_of else ""
    return f"the best level known, {number(reading.reference)}{whose}"


def _settled(reading: Reading) -> str:
    if reading.known_settings == 0:
        return f"{_ends(reading)}, level; with nothing to compare, fit and weak look alike"
    same = "the same number of training examples and label noise"
    if reading.known_settings == 1:
        missing = f"no other setting has {same}"
    else:
        missing = f"too few other runs with {same} have learned anything"
    return f"{_ends(reading)}, level; {missing}, so nothing tells how low they could end"


_SENTENCES: dict[Kind, Callable[[Reading], str]] = {
    Kind.DIVERGED: _diverged,
    Kind.TRAINED_TOO_LONG: _too_long,
    Kind.STOPPED_EARLY: _early,
    Kind.CONSTANT: _constant,
    Kind.MEMORISES: _memorises,
    Kind.TOO_WEAK: _weak,
    Kind.FITS: _fits,
    Kind.SETTLED: _settled,
}


def _ends(reading: Reading) -> str:
    validation = f"validation loss ends at {number(reading.validation_end)}"
    return f"{validation}, training loss at {number(reading.train_end)}"


def _of_all(share: float, reading: Reading) -> str:
    seen = "" if reading.referenced else ", as far as these curves alone show"
    much = f"{percent(share)} of what" if share <= 1 else "more than all"
    return f"{much} there is to learn{seen}"


def _share(name: str, value: float, error: float | None, reading: Reading) -> Quantity:
    return Quantity(
        name=name,
        value=reading.share(value),
        unit="share of what there is to learn",
        standard_error=None if error is None else reading.share(error),
    )


def _error(reading: Reading) -> float | None:
    evidence = reading.rise_evidence
    if evidence is None or math.isnan(evidence.standard_error):
        return None
    return evidence.standard_error
