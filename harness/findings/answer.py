"""The answer: two or three sentences that a stranger understands."""

import math
from collections import Counter
from collections.abc import Sequence

from harness.findings.differences import MINIMUM_PAIRS
from harness.findings.records import ALPHA, Difference, Findings, KnobFinding, SettingFinding
from harness.findings.wording import counted, knob_words, listed, with_spread
from harness.judge import SCORE_WORDS, Ending, Fit, Kind, number


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
    if not any(setting.counts for setting in found.settings):
        return ["There is no validation part, so nothing can be said about over- or underfitting."]
    if found.study.search is None:
        return [_arms(found.settings)]
    return [_tally(found.settings), _cause(found)]


_SAID = {
    Kind.TRAINED_TOO_LONG: ("overfits", "overfit", "trained too long"),
    Kind.MEMORISES: ("overfits", "overfit", "memorising"),
    Kind.FITS: ("fits", "fit", ""),
    Kind.TOO_WEAK: ("underfits", "underfit", "too weak"),
    Kind.STOPPED_EARLY: ("underfits", "underfit", "stopped early"),
    Kind.CONSTANT: ("underfits", "underfit", "nothing learned so far"),
    Kind.DIVERGED: ("diverged", "diverged", ""),
    Kind.SETTLED: ("has settled", "have settled", "nothing to compare with"),
    Kind.UNCLEAR: ("is unclear", "are unclear", ""),
}
"""What one setting does, what several do, and how; in the order in which they are told."""


def _arms(settings: Sequence[SettingFinding]) -> str:
    """Every arm by its verdict, those of one verdict together."""
    kinds = dict.fromkeys(setting.kind for setting in settings)
    return f"{listed([_group(kind, settings) for kind in kinds])}."


def _group(kind: Kind, settings: Sequence[SettingFinding]) -> str:
    names = [setting.label for setting in settings if setting.kind is kind]
    one, several, how = _SAID[kind]
    verb = one if len(names) == 1 else several
    return f"{listed(names)} {verb} ({how})" if how else f"{listed(names)} {verb}"


def _tally(settings: Sequence[SettingFinding]) -> str:
    if len(settings) == 1:
        return f"The only setting tried {_SAID[settings[0].kind][0]}."
    counts = Counter(_SAID[setting.kind][:2] for setting in settings)
    verbs = dict.fromkeys(said[:2] for said in _SAID.values())
    told = [f"{counts[v]} {v[0] if counts[v] == 1 else v[1]}" for v in verbs if counts[v]]
    if any(setting.kind.fit is Fit.OVERFIT for setting in settings):
        return f"Of the {len(settings):,} settings {listed(told)}."
    return f"None of the {len(settings):,} settings overfits: {listed(told)}."


def _cause(found: Findings) -> str:
    """The knob that goes with the gap, or with the validation loss where nothing overfits."""
    if any(setting.kind.fit is Fit.OVERFIT for setting in found.settings):
        what, more, less = "gap between training and validation loss", "wider", "narrower"
        links = [(knob.gap, knob) for knob in found.knobs]
    else:
        what, more, less = "validation loss", "higher", "lower"
        links = [(knob.loss, knob) for knob in found.knobs]
    if all(math.isnan(link.strength) for link, _ in links):
        return ""
    clear = [(link, knob) for link, knob in links if link.p < ALPHA]
    if not clear:
        return f"No searched knob goes clearly with the {what}."
    link, knob = max(clear, key=lambda one: one[0].strength)
    goes = f"The {what} goes most with the {knob_words(knob.knob)}"
    if math.isnan(link.correlation):
        return f"{goes}: on average {_by_value(knob, gap=link is knob.gap)}."
    rank = f"{link.correlation:.2f}".replace("-", "−")
    way = more if link.correlation > 0 else less
    return f"{goes}: the larger, the {way} (rank correlation {rank})."


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
    name = SCORE_WORDS.get(found.score_name, found.score_name)
    return f"{line}, {name} {number(best.score.mean)} at the end."


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
    """The arm that ends lowest, and the sickest one."""
    lowest = min(
        found.settings, key=lambda one: (one.validation_loss.n == 0, one.validation_loss.mean)
    )
    return {lowest.label} if found.sickest is None else {lowest.label, found.sickest.label}


def _told(told: Difference) -> str:
    apart = told.difference
    falls = apart.mean < 0
    lower, higher = (told.b, told.a) if falls else (told.a, told.b)
    bounds = (-apart.high, -apart.low) if falls else (apart.low, apart.high)
    by = f"At the end {lower}'s validation loss lies {number(abs(apart.mean))} below {higher}'s"
    pairs = f"{told.pairs} pairs of equal seeds"
    return f"{by} (95 %: {number(bounds[0])} to {number(bounds[1])}, {pairs})."


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
