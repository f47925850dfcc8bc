"""What a person reads when a study is done."""

from collections import Counter
from collections.abc import Sequence

from rich.markup import escape

from harness.cli.terminal import console, duration, say, table
from harness.conduct.procedure import Outcome
from harness.conduct.typed import command_line
from harness.findings import Findings, Interval, SettingFinding, worth
from harness.findings.wording import counted
from harness.judge import Ending, Fit, Kind, Run
from harness.study import written

MOST_ARMS = 12
MOST_NAMED = 8
STYLES = {
    Fit.OVERFIT: "red",
    Fit.UNDERFIT: "blue",
    Fit.FITS: "green",
    Fit.UNCLEAR: "yellow",
}


def show_outcome(outcome: Outcome) -> None:
    """The answer, a table of the settings that matter, what failed and what to open next."""
    findings = outcome.findings
    name = findings.study.name
    runs = len(findings.runs)
    if outcome.trained == 0:
        stored = "the only run is" if runs == 1 else f"all {runs} runs are"
        say(f"{name} is done: {stored} stored, so nothing was trained.")
    else:
        took = duration(outcome.seconds)
        say(f"{name}: {counted(outcome.trained, 'run')} trained in {took}, {runs} stored.")
    say()
    say(findings.study.question)
    console.print(f"[bold]{escape(findings.answer)}[/]")
    say()
    if outcome.report is not None:
        show_settings(findings)
        if (found := worth(findings)) is not None:
            say(found.sentence)
    show_diverged(findings.runs)
    show_failed(outcome.failed)
    say()
    if outcome.report is not None:
        say(f"report: {outcome.report}  (open it in a browser)")
    say(f"every run with its curves: {command_line('ui', name)}")


def show_settings(findings: Findings) -> None:
    """A table: all arms, or a search's best, sickest and default setting."""
    score = {"accuracy": "accuracy", "r2": "R²"}.get(findings.score_name, "")
    validated = any(setting.validation_loss.n > 0 for setting in findings.settings)
    losses = ["verdict", "validation loss", "gap"] if validated else ["training loss"]
    scores = [score] if score and validated else []
    made = table("", *losses, *scores, "settings")
    for label, setting in _rows(findings):
        cells = [
            verdict_markup(setting.kind),
            _interval(setting.validation_loss),
            _interval(setting.gap),
        ]
        measured = cells if validated else [_interval(setting.train_loss)]
        measured += [_interval(setting.score)] if scores else []
        made.add_row(label, *measured, escape(_knobs(findings, setting)))
    console.print(made)
    seeds = max((len(setting.runs) for setting in findings.settings), default=0)
    spread = f"; ± is the 95 % interval of the mean over {seeds} seeds" if seeds > 1 else ""
    say(f"after the last epoch{spread}")


def show_diverged(runs: Sequence[Run]) -> None:
    """The runs that diverged, one line with how many of each trial; they count as results."""
    found = Counter(run.trial.label for run in runs if run.ending is Ending.DIVERGED)
    if found:
        named = [f"{count} of {label}" for label, count in found.most_common(MOST_NAMED)]
        more = f" and of {len(found) - MOST_NAMED} more" if len(found) > MOST_NAMED else ""
        total = counted(found.total(), "run")
        say(f"diverged: {total}, {', '.join(named)}{more}; a result as any other, not an error")


def show_failed(failed: Sequence[Run]) -> None:
    """The runs that raised, a line for each reason, and what to do."""
    reasons: dict[str, dict[str, list[str]]] = {}
    for run in failed:
        seeds = reasons.setdefault(run.reason, {}).setdefault(run.trial.label, [])
        seeds.append(str(run.seed))
    for reason, trials in reasons.items():
        named = [f"{label} ({_seeds(seeds)})" for label, seeds in trials.items()]
        more = f" and {len(named) - MOST_NAMED} more" if len(named) > MOST_NAMED else ""
        say(f"failed: {', '.join(named[:MOST_NAMED])}{more}: {reason}")
    if failed:
        say("the same command tries the failed runs again")


def _seeds(seeds: Sequence[str]) -> str:
    return f"seed{'s' if len(seeds) > 1 else ''} {', '.join(seeds)}"


def _rows(findings: Findings) -> list[tuple[str, SettingFinding]]:
    if findings.study.search is None:
        return [(escape(one.label), one) for one in findings.settings[:MOST_ARMS]]
    named = {"best": findings.best, "sickest": findings.sickest, "default": findings.default}
    roles: dict[int, list[str]] = {}
    for role, setting in named.items():
        if setting is not None:
            roles.setdefault(setting.trial.number, []).append(role)
    rows = {one.trial.number: one for one in findings.settings if one.trial.number in roles}
    return [(f"{', '.join(roles[n])} (trial {n})", rows[n]) for n in roles]


def verdict_markup(kind: Kind | None) -> str:
    """A verdict in words and colour."""
    if kind is None:
        return "not judged"
    return f"[{STYLES[kind.fit]}]{kind.words}[/]"


def _interval(value: Interval) -> str:
    if value.n == 0:
        return "–"
    half = f" ± {value.half:.2g}" if value.n > 1 else ""
    return f"{value.mean:.3g}{half}"


def _knobs(findings: Findings, setting: SettingFinding) -> str:
    acting = setting.trial.settings.acting()
    search = findings.study.search is not None
    names = findings.study.searched if search else _differing(findings)
    return ", ".join(f"{name} {_value(acting[name])}" for name in names if name in acting)


def _differing(findings: Findings) -> list[str]:
    tables = [one.trial.settings.acting() for one in findings.settings]
    names = dict.fromkeys(name for acting in tables for name in acting)
    return [n for n in names if len({written(acting.get(n)) for acting in tables}) > 1]


def _value(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(_value, value))
    return f"{value:.3g}" if isinstance(value, float) else str(value)
