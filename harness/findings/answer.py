"""The answer: two or three sentences that a stranger understands."""

import math
from collections import Counter
from collections.abc import Sequence

from harness.findings.differences import MINIMUM_PAIRS, compared, sizes, turned
from harness.findings.records import ALPHA, Difference, Findings, KnobFinding, SettingFinding
from harness.findings.scores import accuracy_misleads
from harness.findings.settings import sickest_of
from harness.findings.wording import (
    correlation,
    counted,
    knob_name,
    listed,
    score_words,
    with_spread,
)
from harness.judge import SAYINGS, Ending, Fit, Kind, number, told

MOST_UNJUDGED = 6


def answer(found: Findings) -> str:
    """What the study found, in words; says so where nothing can be judged."""
    if not found.settings:
        return "Nothing has run yet."
    if all(run.ending is Ending.FAILED for run in found.runs):
        many = "The only run" if len(found.runs) == 1 else f"All {len(found.runs):,} runs"
        return f"{many} failed: {found.failed[0].reason.removesuffix('.')}."
    parts = [*_judged(found), _best(found), _difference(found), _abnormal(found)]
    return " ".join(part for part in parts if part)


def _judged(found: Findings) -> list[str]:
    if all(setting.kind is None for setting in found.settings):
        return [_unjudged(found)]
    if found.study.search is None:
        return [_arms(found.settings)]
    return [_tally(found.settings), _cause(found)]


def _unjudged(found: Findings) -> str:
    """The training losses, which are all there is without a validation part."""
    trained = [setting for setting in found.settings if setting.train_loss.n > 0]
    lowest = sorted(trained, key=lambda setting: setting.train_loss.mean)[:MOST_UNJUDGED]
    losses = [f"{one.label} {number(one.train_loss.mean)}" for one in lowest]
    which = "Training loss" if len(lowest) == len(trained) else "The lowest training loss"
    return (
        "There is no validation part, so nothing can be said about over- or underfitting. "
        f"{which} at the end: {listed(losses)}."
    )


def _arms(settings: Sequence[SettingFinding]) -> str:
    """Every arm by its verdict, those of one verdict together."""
    kinds = dict.fromkeys(setting.kind for setting in settings)
    return f"{listed([_group(kind, settings) for kind in kinds])}."


def _group(kind: Kind | None, settings: Sequence[SettingFinding]) -> str:
    names = [setting.label for setting in settings if setting.kind is kind]
    return f"{listed(names)} {_unsaid(len(names)) if kind is None else told(kind, len(names))}"


def _unsaid(n: int) -> str:
    return "is not judged" if n == 1 else "are not judged"


def _tally(settings: Sequence[SettingFinding]) -> str:
    kinds = [setting.kind for setting in settings if setting.kind is not None]
    if len(settings) == 1:
        return f"The only setting tried {told(kinds[0], 1)}."
    counts = Counter(SAYINGS[kind].several for kind in kinds)
    sayings = {saying.several: saying for saying in SAYINGS.values()}
    parts = [f"{n} {sayings[verb].verb(n)}" for verb in sayings if (n := counts[verb])]
    if (n := len(settings) - len(kinds)) > 0:
        parts.append(f"{n} {_unsaid(n)}")
    if any(setting.fit is Fit.OVERFIT for setting in settings):
        return f"Of the {len(settings):,} settings {listed(parts)}."
    return f"None of the {len(settings):,} settings overfits: {listed(parts)}."


def _cause(found: Findings) -> str:
    """The knob that goes with the gap, or with the validation loss where nothing overfits."""
    if any(setting.fit is Fit.OVERFIT for setting in found.settings):
        what, more, less = "gap between training and validation loss", "wider", "narrower"
        links = [(knob.gap, knob) for knob in found.knobs]
    else:
        what, more, less = "validation loss", "higher", "lower"
        links = [(knob.loss, knob) for knob in found.knobs]
    if all(math.isnan(link.strength) for link, _ in links):
        return ""
    clear = [(link, knob) for link, knob in links if link.p < ALPHA]
    if not clear:
        return f"The {what} does not differ clearly by any searched knob."
    link, knob = max(clear, key=lambda one: one[0].strength)
    differs = f"The {what} differs most by {knob_name(knob.knob)}"
    if math.isnan(link.correlation):
        return f"{differs}: on average {_by_value(knob, gap=link is knob.gap)}."
    way = more if link.correlation > 0 else less
    rank = f"rank correlation {correlation(link.correlation)}"
    return f"{differs}: the larger, the {way} ({rank})."


def _by_value(knob: KnobFinding, *, gap: bool) -> str:
    means = [(one.gap if gap else one.validation_loss, one.value) for one in knob.by_value]
    return listed([f"{number(mean)} with {value.strip(chr(34))}" for mean, value in sorted(means)])


def _best(found: Findings) -> str:
    best = found.best
    if best is None:
        return ""
    loss = with_spread(best.cross_fitted_loss)
    if best.kind is Kind.TRAINED_TOO_LONG:
        stopped = f"Stopped at its best epoch (about {best.stop_epoch.mean:.0f})"
        reached = f"{best.label} reaches the lowest validation loss, {loss}"
        return f"{stopped}, {reached}; trained on, it ends at {number(best.validation_loss.mean)}."
    line = f"Best is {best.label}: validation loss {loss} at its best epoch"
    if not math.isfinite(best.score.mean):
        return f"{line}."
    score = f"{score_words(found.score_name)} {number(best.score.mean)}"
    if accuracy_misleads(best):
        balanced = best.scores["balanced_accuracy"].mean
        score = f"{score} but {score_words('balanced_accuracy')} {number(balanced)}"
    return f"{line}, {score} at the end."


def _difference(found: Findings) -> str:
    """The difference between arms at the end that most deserves to be told."""
    losses = [one for one in found.differences if one.quantity == "validation_loss"]
    if not losses:
        return ""
    if not any(one.enough for one in losses):
        return f"With fewer than {MINIMUM_PAIRS} seeds no difference between them can be claimed."
    clear = [one for one in losses if one.clear]
    if not clear:
        return "At the end no difference in validation loss between them is clear."
    asked = _worth_telling(found)
    return _told(max(clear, key=lambda one: ({one.a, one.b} == asked, abs(one.difference.mean))))


def _worth_telling(found: Findings) -> set[str]:
    """The arm that ends lowest, and the sickest one, even if stopped in time it is best."""
    lowest = min(
        found.settings, key=lambda one: (one.validation_loss.n == 0, one.validation_loss.mean)
    )
    sickest = sickest_of(found.settings)
    return {lowest.label} if sickest is None else {lowest.label, sickest.label}


def _told(clear: Difference) -> str:
    lower = clear if clear.difference.mean < 0 else turned(clear)
    figures = f"95 %: {sizes(lower.difference)}, {lower.pairs} pairs of equal seeds"
    return f"At the end {compared(lower, 'validation loss')} ({figures})."


def _abnormal(found: Findings) -> str:
    """Runs that ended abnormally and that no setting's verdict tells of."""
    diverged = sum(
        run.ending is Ending.DIVERGED
        for setting in found.settings
        if setting.kind is not Kind.DIVERGED
        for run in setting.runs
    )
    ends = (("diverged", diverged), ("failed", len(found.failed)))
    told = [f"{counted(n, 'run')} {word}" for word, n in ends if n > 0]
    return f"{listed(told)}." if told else ""
