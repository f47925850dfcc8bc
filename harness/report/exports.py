"""Settings and runs as CSV, each column described."""

import csv as csv_module
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from io import StringIO

from harness.curves import Baseline
from harness.findings import Findings, Interval, SettingFinding
from harness.findings.records import NOTHING
from harness.judge import Kind, Run
from harness.report.verdicts import kind_of
from harness.report.wording import knob_value
from harness.study import KNOBS, KnobValue

_MEASURES: Mapping[str, str] = {
    "validation_loss": "validation loss after the last epoch, in the study's loss",
    "train_loss": "training loss after the last epoch, in the study's loss",
    "gap": "validation minus training loss after the last epoch",
    "rise": "validation loss after the last epoch above its minimum",
    "cross_fitted_loss": "validation loss at an epoch chosen on other validation examples",
    "score": "validation accuracy (0..1) or R² after the last epoch",
    "stop_epoch": "epoch of lowest validation loss",
}
_SCORES: Mapping[str, str] = {
    "balanced_accuracy": "validation balanced accuracy (mean recall over classes, 0..1)",
    "f1": "validation F1 (mean over classes, 0..1)",
    "roc_auc": "validation area under the ROC curve (mean over classes, 0..1)",
    "average_precision": "validation average precision (mean over classes, 0..1)",
    "mae": "validation mean absolute error, in the units that training sees",
}
"""Those beside accuracy and R², which `score` holds."""
_AT_THE_END = {name: f"{meaning} after the last epoch" for name, meaning in _SCORES.items()}
_INTERVAL: Mapping[str, str] = {
    "": "mean over seeds",
    "_low": "low end of the mean's 95 % interval over seeds",
    "_high": "high end of the mean's 95 % interval over seeds",
    "_deviation": "sample deviation over seeds",
    "_n": "seeds counted",
}
_CHANCES: Mapping[str, Kind] = {f"chance_{kind.value}": kind for kind in Kind}
"""Columns of how likely each kind is."""
_NAMED: Mapping[str, str] = {
    "setting": "the arm's name, or trial and number",
    "trial": "number of the trial",
    "stage": "step of the study that asked for it; baseline for the cheap models beside it",
}
SETTING_COLUMNS: Mapping[str, str] = {
    **_NAMED,
    **{name: f"{knob.meaning}; empty where it does not act" for name, knob in KNOBS.items()},
    "verdict": "verdict of most seeds, by its name in tags and code; empty where not judged",
    "fit": "overfit, underfit, fits or unclear; empty where not judged",
    "seeds": "runs",
    "seeds_agreeing": "runs with this verdict; empty where not judged",
    "collapsed": "share of runs that diverged, failed or learned nothing, 0..1",
    **{
        f"{name}{end}": f"{meaning}: {what}"
        for name, meaning in {**_MEASURES, **_AT_THE_END}.items()
        for end, what in _INTERVAL.items()
    },
    "true_loss_error": "standard error of the true loss: of seeds and validation examples",
    "confidence": "probability that the verdict is true of most seeds, 0..1",
    "why": "the figures that decided the verdict",
    "decide_by": "what would decide an unclear setting; empty for others",
    **{
        column: f'probability that most seeds are "{kind.words}", 0..1; empty where not weighed'
        for column, kind in _CHANCES.items()
    },
}
"""Columns of `settings_csv`, in order, with their meaning and unit.

Knobs of a network of the user's own stand before the others, after the stage; one that has the
name of a column ("score") is told from it as "knob_score".
"""

_QUANTITIES: Mapping[str, str] = {
    "train_loss_end": "training loss after the last epoch",
    "validation_loss_end": "validation loss after the last epoch",
    "validation_loss_best": "lowest validation loss of the curve",
    "gap": "validation minus training loss after the last epoch",
    "rise": "validation loss after the last epoch above its minimum",
    "stop_epoch": "epoch of lowest validation loss",
    "stopped_epoch": "epoch where patience stopped the run; what ends, ends there",
    "train_score_end": "training accuracy (0..1) or R² after the last epoch",
    "validation_score_end": "validation accuracy (0..1) or R² after the last epoch",
    "validation_score_best": "highest validation accuracy (0..1) or R² of the curve",
    "cross_fitted_loss": "validation loss at an epoch chosen on other validation examples",
    **{f"{name}_best": f"{meaning} at the best epoch" for name, meaning in _SCORES.items()},
    **{f"{name}_end": meaning for name, meaning in _AT_THE_END.items()},
}
RUN_COLUMNS: Mapping[str, str] = {
    "setting": "the arm's name, or trial and number",
    "run": "trial and seed, as in MLflow",
    "seed": "run seed",
    "ending": "finished, diverged or failed",
    "reason": "why it diverged or failed",
    "verdict": "by its name in tags and code",
    "confidence": "of the verdict, 0..1",
    "why": "the figures that decided",
    "seconds": "training time, the population's divided evenly",
    **_QUANTITIES,
}
"""Columns of `runs_csv`, in order, with their meaning and unit."""

Cell = str | int | float
BASELINE = "baseline"
"""The stage of cheap models."""


def settings_csv(findings: Findings) -> str:
    """One row a setting, then one a cheap model; `SETTING_COLUMNS` says what columns hold."""
    own = own_knobs(findings)
    return csv_text(setting_header(own), setting_lines(findings, own))


def own_knobs(*several: Findings) -> tuple[str, ...]:
    """The knobs of users' networks in these findings."""
    return tuple(sorted({k for f in several for s in f.settings for k, _ in s.trial.settings.own}))


def setting_header(own: Sequence[str]) -> list[str]:
    """`SETTING_COLUMNS` with the `own` knobs of users' networks in their place."""
    rest = [n for n in SETTING_COLUMNS if n not in _NAMED and not (n in KNOBS and n in own)]
    taken = {*_NAMED, *rest}
    return [*_NAMED, *(f"knob_{name}" if name in taken else name for name in own), *rest]


def runs_csv(findings: Findings) -> str:
    """One row a run; `RUN_COLUMNS` says what the columns hold."""
    return csv_text([*RUN_COLUMNS], (_run_cells(run) for run in findings.runs))


def setting_cells(setting: SettingFinding, own: Sequence[str]) -> list[Cell]:
    """What stands under `setting_header`."""
    trial, acting = setting.trial, setting.trial.settings.acting()
    found: list[Cell] = [setting.label, trial.number, trial.stage]
    knobs = [*own, *(knob for knob in KNOBS if knob not in own)]
    found += [_exact(acting[knob]) if knob in acting else "" for knob in knobs]
    found += [*_verdict_cells(setting), setting.collapsed]
    measured: list[Interval] = [getattr(setting, name) for name in _MEASURES]
    for interval in (*measured, *(setting.scores.get(name, NOTHING) for name in _SCORES)):
        found += [interval.mean, interval.low, interval.high, interval.deviation, interval.n]
    error, sure = setting.true_loss_error, setting.confidence
    chances = setting.chances
    likely = [chances.get(kind, 0.0) if chances else "" for kind in _CHANCES.values()]
    return [*found, error, sure, setting.why, setting.decide_by, *likely]


def setting_lines(findings: Findings, own: Sequence[str]) -> Iterator[list[Cell]]:
    """The settings' lines, then those of the cheap models beside them, stage "baseline"."""
    yield from (setting_cells(setting, own) for setting in findings.settings)
    header = setting_header(own)
    for one in findings.baselines:
        cells = _baseline_cells(one)
        yield [cells.get(name, "") for name in header]


def _baseline_cells(one: Baseline) -> Mapping[str, Cell]:
    """What a cheap model has of a setting's columns."""
    return {
        "setting": one.name,
        "stage": BASELINE,
        "train_size": one.train_examples,
        "label_noise": one.label_noise,
        "seeds": one.seeds,
        "validation_loss": one.validation_loss.mean,
        "validation_loss_n": one.seeds,
        "score": one.score,
        "score_n": one.seeds,
        "true_loss_error": one.validation_loss.standard_error,
    }


def _verdict_cells(setting: SettingFinding) -> list[Cell]:
    kind, seeds = kind_of(setting), len(setting.runs)
    if kind is None:
        return ["", "", seeds, ""]
    return [kind.value, kind.fit.value, seeds, setting.counts.get(kind, 0)]


def csv_text(header: Sequence[str], lines: Iterable[Sequence[Cell]]) -> str:
    """Full precision, so that nothing is lost; what was not measured is empty."""
    buffer = StringIO()
    writer = csv_module.writer(buffer, lineterminator="\n")
    writer.writerow(header)
    for line in lines:
        writer.writerow(["" if cell != cell else cell for cell in line])
    return buffer.getvalue()


def _exact(value: KnobValue) -> Cell:
    return knob_value(value) if isinstance(value, bool | tuple) else value


def _run_cells(run: Run) -> list[Cell]:
    verdict = run.verdict
    found: list[Cell] = [run.trial.label, run.name, run.seed, run.ending.value, run.reason]
    if verdict is None:
        found += ["", "", ""]
    else:
        found += [verdict.kind.value, verdict.confidence, verdict.why]
    quantities = {} if run.curves is None else run.curves.quantities()
    return [*found, run.seconds, *(quantities.get(name, math.nan) for name in _QUANTITIES)]
