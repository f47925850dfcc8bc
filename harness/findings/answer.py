"""The answer: one or two sentences that a stranger understands."""

import math
from collections import Counter
from collections.abc import Sequence

from harness.findings.records import Findings, Interval, KnobFinding, SettingFinding
from harness.judge import SCORE_WORDS, Ending, Fit, Kind, number

ALPHA = 0.05


def answer(found: Findings) -> str:
    """What the study found, in words; says so where nothing can be judged."""
    if not found.settings:
        return "Nothing has run yet."
    if all(run.ending is Ending.FAILED for run in found.runs):
        return f"All {_count(len(found.runs), 'run')} failed: {found.failed[0].reason}."
    parts = [_judged(found), _best(found), _abnormal(found)]
    return " ".join(part for part in parts if part)


def with_spread(found: Interval) -> str:
    """A mean with half its 95 % interval and the number of seeds: "0.081 ± 0.006 over 5 seeds"."""
    if found.n < 2:
        return f"{number(found.mean)} from {_count(found.n, 'seed')}"
    return f"{number(found.mean)} ± {found.half:.2g} over {found.n} seeds"


def _judged(found: Findings) -> str:
    if not any(setting.counts for setting in found.settings):
        return "There is no validation part, so nothing can be said about over- or underfitting."
    if found.study.search is None:
        return f"{'; '.join(_arm(setting) for setting in found.settings)}."
    tally = _tally(found.settings)
    cause = _cause(found.knobs)
    return f"{tally}; {cause}." if cause else f"{tally}."


def _arm(setting: SettingFinding) -> str:
    if setting.kind in (Kind.DIVERGED, Kind.FITS):
        return f"{setting.label} {setting.kind.words}"
    return f"{setting.label} is {setting.kind.words}"


def _tally(settings: Sequence[SettingFinding]) -> str:
    counts = Counter(_group(setting) for setting in settings)
    groups = ("overfit", "are underfit", "fit", "are settled", "diverged", "are unclear")
    told = [f"{counts[group]} {_verb(group, counts[group])}" for group in groups if counts[group]]
    return f"Of {_count(len(settings), 'setting')} {_listed(told)}"


def _group(setting: SettingFinding) -> str:
    if setting.kind is Kind.DIVERGED:
        return "diverged"
    if setting.kind is Kind.SETTLED:
        return "are settled"
    fits = {Fit.OVERFIT: "overfit", Fit.UNDERFIT: "are underfit", Fit.FITS: "fit"}
    return fits.get(setting.kind.fit, "are unclear")


def _verb(group: str, count: int) -> str:
    if count > 1 or group == "diverged":
        return group
    return group.replace("are ", "is ") if group.startswith("are ") else f"{group}s"


def _cause(knobs: Sequence[KnobFinding]) -> str:
    ordered = [knob for knob in knobs if not math.isnan(knob.gap_correlation)]
    if not ordered:
        return ""
    first = ordered[0]
    if not first.gap_p < ALPHA:
        return f"no knob goes clearly with the gap over {_count(first.n, 'setting')}"
    way = "grows" if first.gap_correlation > 0 else "shrinks"
    rank = f"Spearman {first.gap_correlation:.2f} over {_count(first.n, 'setting')}"
    return f"the gap {way} most with {first.knob} ({rank})"


def _best(found: Findings) -> str:
    best = found.best
    if best is None:
        return ""
    loss = with_spread(best.cross_fitted_loss)
    line = f"Best: {best.label}, validation loss {loss}, read at an epoch chosen on other examples"
    if not math.isfinite(best.score.mean):
        return f"{line}."
    name = SCORE_WORDS.get(found.score_name, found.score_name)
    return f"{line}; {name} {best.score.mean:.3f} after the last epoch."


def _abnormal(found: Findings) -> str:
    ends = (("diverged", found.diverged), ("failed", found.failed))
    told = [f"{_count(len(runs), 'run')} {word}" for word, runs in ends if runs]
    return f"{_listed(told)}." if told else ""


def _count(n: int, thing: str) -> str:
    return f"{n} {thing}" if n == 1 else f"{n:,} {thing}s"


def _listed(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
