"""Findings as the words and tables of a page, in HTML and Markdown alike."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from harness.findings import Difference, Findings, KnobFinding, SettingFinding
from harness.findings.wording import correlation, counted, knob_name, p_value
from harness.judge import Run, number
from harness.report.facts import Fact, aim, facts
from harness.report.provenance import Provenance
from harness.report.scores import ScoreTable, score_table
from harness.report.showings import Shown, shown
from harness.report.stops import stop_line
from harness.report.tables import Row, measured_columns, roles, rows, varying_knobs
from harness.report.verdicts import Share, shares, unjudged, validated
from harness.report.wording import Z95, knob_meaning, knob_value, loss_words
from harness.report.worth import WorthTable, worth_table
from harness.study import Lesson

MOST_PANELS = 8
"""Curves shown in full: more and a reader compares none of them."""


@dataclass(frozen=True, kw_only=True)
class Key:
    """A setting shown with its curves.

    Args:
        setting: whose curves.
        roles: "best", "sickest", "default".
        knobs: those that vary, with their values, in a line.
        stopped: where patience stopped its seeds; empty where patience is not set.
        new_examples: what its loss would be on other examples; empty where not known.
    """

    setting: SettingFinding
    roles: tuple[str, ...]
    knobs: str
    stopped: str
    new_examples: str


@dataclass(frozen=True, kw_only=True)
class Association:
    """What goes with one searched knob, in lines."""

    knob: str
    lines: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class KnobColumn:
    """A knob's column in the table."""

    name: str
    meaning: str


@dataclass(frozen=True, kw_only=True)
class Page:
    """One study in words and tables; `arms` says whether it names its settings itself."""

    study: str
    arms: bool
    size: str
    question: str
    answer: str
    units: str
    shares: tuple[Share, ...]
    unjudged: tuple[tuple[str, int], ...]
    validated: bool
    several: bool
    best_note: str
    keys: tuple[Key, ...]
    differences: tuple[str, ...]
    other_differences: tuple[str, ...]
    associations: tuple[Association, ...]
    knobs: tuple[KnobColumn, ...]
    measured: tuple[str, ...]
    table_note: str
    rows: tuple[Row, ...]
    worth: WorthTable | None
    scores: ScoreTable | None
    troubled: tuple[Run, ...]
    facts: tuple[Fact, ...]
    lesson: Lesson | None
    shown: Shown | None


def page(findings: Findings, provenance: Provenance) -> Page:
    """Everything a page says beside its plots."""
    study = findings.study
    knobs, every = varying_knobs(findings), rows(findings)
    return Page(
        study=study.name,
        arms=study.search is None,
        size=size(findings),
        question=study.question,
        answer=findings.answer,
        units=_sentence(provenance.units),
        shares=shares(findings.settings),
        unjudged=unjudged(findings.settings),
        validated=validated(findings),
        several=any(len(setting.runs) > 1 for setting in findings.settings),
        best_note=_best_note(findings),
        keys=keys(findings),
        differences=tuple(d.sentence for d in to_first(findings)),
        other_differences=tuple(d.sentence for d in between_others(findings)),
        associations=_associations(findings),
        knobs=tuple(
            KnobColumn(name=knob_name(k), meaning=knob_meaning(findings.study, k)) for k in knobs
        ),
        measured=measured_columns(findings),
        table_note=_table_note(findings),
        rows=every,
        worth=worth_table(findings),
        scores=score_table(findings, provenance, every),
        troubled=(*findings.failed, *findings.diverged),
        facts=facts(findings, provenance),
        lesson=study.lesson,
        shown=None if findings.showing is None else shown(findings.showing, salt=study.name),
    )


def size(findings: Findings) -> str:
    """ "64 settings, 320 runs"."""
    settings = counted(len(findings.settings), "setting")
    return f"{settings}, {counted(len(findings.runs), 'run')}"


def keys(findings: Findings) -> tuple[Key, ...]:
    """The key settings, named and described."""
    return tuple(
        Key(
            setting=s,
            roles=roles(findings, s),
            knobs=_knob_line(findings, s),
            stopped=stop_line(s),
            new_examples=_new_examples(s),
        )
        for s in key_settings(findings)
    )


def key_settings(findings: Findings) -> tuple[SettingFinding, ...]:
    """Best, sickest and default of a search; otherwise the first rows, at most `MOST_PANELS`."""
    if findings.study.search is None or not validated(findings):
        return tuple(row.setting for row in rows(findings)[:MOST_PANELS])
    found: list[SettingFinding] = []
    for setting in (findings.best, findings.sickest, findings.default):
        if setting is not None and all(setting.trial != other.trial for other in found):
            found.append(setting)
    return tuple(found)


def to_first(findings: Findings) -> Sequence[Difference]:
    """Differences of every arm to the first."""
    return [d for d in findings.differences if d.a == findings.differences[0].a]


def between_others(findings: Findings) -> Sequence[Difference]:
    """All differences but those to the first arm."""
    return [d for d in findings.differences if d.a != findings.differences[0].a]


def _sentence(line: str) -> str:
    return f"{line[0].upper()}{line[1:]}." if line else ""


def _knob_line(findings: Findings, setting: SettingFinding) -> str:
    acting = setting.trial.settings.acting()
    names = [knob for knob in varying_knobs(findings) if knob in acting]
    return " · ".join(f"{knob_name(knob)} {knob_value(acting[knob])}" for knob in names)


def _associations(findings: Findings) -> tuple[Association, ...]:
    """None where nothing was validated: there is neither a gap nor a loss to go with."""
    return tuple(map(_association, findings.knobs)) if validated(findings) else ()


def _association(knob: KnobFinding) -> Association:
    lines: list[str] = []
    if not math.isnan(knob.gap_correlation):
        gap, loss = correlation(knob.gap_correlation), correlation(knob.loss_correlation)
        told = f"Rank correlation with the gap {gap} ({p_value(knob.gap_p)})"
        lines.append(f"{told}, with the validation loss {loss}, over {counted(knob.n, 'setting')}.")
    for mean in (found for found in knob.by_value if math.isfinite(found.gap)):
        gap, loss = number(mean.gap), number(mean.validation_loss)
        told = f"gap {gap}, validation loss {loss}, {mean.overfit:.0%} overfit"
        lines.append(f"{mean.value.strip(chr(34))}: {told} ({counted(mean.n, 'setting')}).")
    return Association(knob=knob.knob, lines=tuple(lines))


def _new_examples(setting: SettingFinding) -> str:
    """What the loss would be on all examples of this kind, not only the validation part's."""
    error = setting.true_loss_error
    if not math.isfinite(error):
        return ""
    loss = number(setting.validation_loss.mean)
    return (
        f"Loss at the end on new examples of the same kind: {loss} ± {number(Z95 * error)} (95 %)."
    )


def _best_note(findings: Findings) -> str:
    """How the best setting was chosen, where the search looked for something else."""
    search = findings.study.search
    if search is None or findings.best is None or search.objective == "cross_fitted_loss":
        return ""
    return (
        "The best setting is the one of lowest validation loss at its best epoch, although the "
        f"search looked for the {aim(search)}."
    )


def _table_note(findings: Findings) -> str:
    search = findings.study.search is not None
    if not validated(findings):
        order = "lowest training loss first" if search else "arms as the study names them"
        return (
            f"Losses are training {loss_words(findings.loss_name)} after the last epoch. ± is "
            f"half of the 95 % interval over seeds. Order: {order}."
        )
    order = "lowest loss at the best epoch first" if search else "arms as the study names them"
    return (
        f"Losses are validation {loss_words(findings.loss_name)}. The best epoch is chosen on "
        "other validation examples than its loss is read on. ± is half of the 95 % interval "
        f"over seeds. Seeds: how many share the verdict; collapsed ones diverged, failed or "
        f"learned nothing. Order: {order}."
    )
