"""Settings as rows of a page's table, in HTML and Markdown alike."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from harness.findings import Findings, Interval, SettingFinding
from harness.findings.wording import plus_minus, score_words
from harness.judge import NOT_MEASURED
from harness.report.stops import mean_stop
from harness.report.verdicts import kind_of, validated
from harness.report.wording import knob_value
from harness.study import KnobValue

Cell = str | int | float


@dataclass(frozen=True, kw_only=True)
class MeasuredCell:
    """A measured quantity as people read it, and what sorts it."""

    text: str
    order: float


@dataclass(frozen=True, kw_only=True)
class Row:
    """One setting in the table of a page.

    Args:
        setting: whose row it is.
        knobs: values of the knobs that vary, as people read them.
        orders: what sorts each of them: the number itself, or the text.
        seeds: "5", or "4 of 5".
        roles: "best", "sickest", "default".
        measured: losses, gap, score and best epoch.
    """

    setting: SettingFinding
    knobs: tuple[str, ...]
    orders: tuple[Cell, ...]
    seeds: str
    roles: tuple[str, ...]
    measured: tuple[MeasuredCell, ...]


def varying_knobs(findings: Findings) -> tuple[str, ...]:
    """Knobs that differ between settings, in the table's order; searched ones always."""
    acting = [s.trial.settings.acting() for s in findings.settings]

    def varies(knob: str) -> bool:
        return len({repr(values.get(knob)) for values in acting}) > 1

    study = findings.study
    return tuple(k for k in study.knob_names if k in study.searched or varies(k))


def rows(findings: Findings) -> tuple[Row, ...]:
    """One row a setting; the lowest loss first in a search, arms as written.

    The loss is the cross-fitted one, or that of training where nothing was validated.
    """
    knobs = varying_knobs(findings)
    settings = list(findings.settings)
    if findings.study.search is not None:
        settings.sort(key=_by_loss)
    return tuple(_row(findings, setting, knobs) for setting in settings)


def roles(findings: Findings, setting: SettingFinding) -> tuple[str, ...]:
    """What the findings call the setting: best, sickest, default."""
    named = (("best", findings.best), ("sickest", findings.sickest), ("default", findings.default))
    return tuple(n for n, s in named if s is not None and s.trial.number == setting.trial.number)


def agreement(setting: SettingFinding) -> str:
    """How many seeds share the verdict, and how many collapsed: "5", "3 of 5, 1 collapsed".

    "5 together" where none has it alone: each was too unsure of it.
    """
    kind, seeds = kind_of(setting), len(setting.runs)
    agreeing = seeds if kind is None else setting.counts.get(kind, 0)
    told = str(seeds) if agreeing == seeds else f"{agreeing} of {seeds}"
    told = told if agreeing else f"{seeds} together"
    collapsed = round(setting.collapsed * seeds)
    return told if collapsed == 0 else f"{told}, {collapsed} collapsed"


def measured_columns(findings: Findings) -> tuple[str, ...]:
    """Heads of `measured_cells`: one of the training loss where nothing was validated."""
    if not validated(findings):
        return ("training loss at end",)
    score = score_words(findings.score_name)
    found = ["loss at best epoch", "loss at end", "gap at end"]
    found += [f"{score} at end"] if score else []
    return (*found, "best epoch", *(["stopped at epoch"] if _patient(findings) else []))


def measured_cells(findings: Findings, setting: SettingFinding) -> tuple[MeasuredCell, ...]:
    """What stands under `measured_columns`."""
    if not validated(findings):
        return (_measured(setting.train_loss),)
    epochs = [setting.stop_epoch.mean]
    if _patient(findings):
        stop = mean_stop(setting)
        epochs.append(math.nan if stop is None else stop)
    shown = [setting.cross_fitted_loss, setting.validation_loss, setting.gap]
    shown += [setting.score] if score_words(findings.score_name) else []
    return (*map(_measured, shown), *map(_epoch, epochs))


def _patient(findings: Findings) -> bool:
    return any(setting.trial.settings.patience for setting in findings.settings)


def _epoch(mean: float) -> MeasuredCell:
    return MeasuredCell(text=NOT_MEASURED if math.isnan(mean) else f"{mean:.0f}", order=mean)


def _measured(found: Interval) -> MeasuredCell:
    return MeasuredCell(text=plus_minus(found), order=found.mean)


def _by_loss(setting: SettingFinding) -> tuple[bool, float, int]:
    loss = setting.cross_fitted_loss.mean
    loss = setting.validation_loss.mean if math.isnan(loss) else loss
    loss = setting.train_loss.mean if math.isnan(loss) else loss
    return math.isnan(loss), 0.0 if math.isnan(loss) else loss, setting.trial.number


def _row(findings: Findings, setting: SettingFinding, knobs: Sequence[str]) -> Row:
    acting = setting.trial.settings.acting()
    return Row(
        setting=setting,
        knobs=tuple(knob_value(acting[k]) if k in acting else NOT_MEASURED for k in knobs),
        orders=tuple(_order(acting.get(k)) for k in knobs),
        seeds=agreement(setting),
        roles=roles(findings, setting),
        measured=measured_cells(findings, setting),
    )


def _order(value: KnobValue | None) -> Cell:
    return value if isinstance(value, int | float) else str(value or "")
