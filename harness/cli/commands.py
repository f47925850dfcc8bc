"""`harness study`, `plan`, `report`, `lr`, `lecture`, `preflight`, `compare`, `init`, `forget`,
`ui`, `judge`, `explain` and `schema`.

Each command enters what it needs late: a wrong word is answered before anything heavy comes.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from harness import conduct
from harness.cli.endings import Harness
from harness.cli.names import named
from harness.cli.terminal import say
from harness.errors import InputError

DONE, CHECKS_FAILED, SOME_FAILED = 0, 1, 3


@click.group(cls=Harness, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Is my model overfitting or underfitting, which setting causes it, what cures it?

    A study is a file in studies/: a question, the data, the knobs to search or the settings
    to compare. NAME is its name ("digits") or its path.
    """


@main.command()
@named("name")
@click.option("--workers", type=click.IntRange(min=1), help="Processes; one per core if left out.")
@click.option("--mix-versions", is_flag=True, help="Go on from runs of other library versions.")
def study(name: str, workers: int | None, mix_versions: bool) -> None:
    """Run a study, or go on with it, and report it.

    Ends with 0 when it is done, also where runs diverged (they are results, and named); 3 when
    runs failed, which means raised an error; 2 for bad input; 130 after Ctrl-C.
    """
    prepared = conduct.prepare(name)

    from harness.cli.outcomes import show_outcome
    from harness.cli.watching import progress_for

    outcome = conduct.conduct(
        prepared, progress=progress_for(), workers=workers, mix_versions=mix_versions
    )
    show_outcome(outcome)
    sys.exit(SOME_FAILED if outcome.failed else DONE)


@main.command()
@named("name")
@click.option("--workers", type=click.IntRange(min=1), help="Processes; one per core if left out.")
def plan(name: str, workers: int | None) -> None:
    """Show what a study would run, and about how long. Trains nothing."""
    prepared = conduct.prepare(name)

    from harness.cli.plans import show_plan

    show_plan(prepared.study, conduct.plan_study(prepared, workers=workers))


@main.command()
@named("name")
@click.option("--to", default="html", show_default=True, help="html, md, csv: one or several.")
def report(name: str, to: str) -> None:
    """Export a study's report from the runs that are stored."""
    _say_written(conduct.export(conduct.prepare(name), formats=_formats(to)))


@main.command()
@named("name")
@click.option("--from", "low", default=1e-5, show_default=True, help="The smallest rate.")
@click.option("--to", "high", default=10.0, show_default=True, help="The largest rate.")
@click.option("--rates", default=33, show_default=True, help="How many, evenly on a log scale.")
@click.option("--seeds", default=3, show_default=True, help="Networks of each rate.")
@click.option("--epochs", default=3, show_default=True, help="Of each network.")
def lr(name: str, low: float, high: float, rates: int, seeds: int, epochs: int) -> None:
    """Find the range of learning rates worth searching. Stores nothing."""
    prepared = conduct.prepare(name)

    from harness.cli.plans import show_rates

    found = conduct.range_test(
        prepared, low=low, high=high, rates=rates, seeds=seeds, epochs=epochs
    )
    show_rates(found)


@main.command()
@click.argument("item", required=False)
@click.option("--workers", type=click.IntRange(min=1), default=1, help="Processes that train.")
def lecture(item: str | None, workers: int) -> None:
    """Try out the lecture on deep learning: ITEM is its number (6), or all if left out.

    Each study asks a question, trains, and says which statements its runs confirm. The handout
    holds the pictures. Ends with 3 when runs failed. One process trains, unless more are asked
    for: to start them takes longer than most of the studies.
    """
    asked = conduct.lecture(item or "")

    from harness.cli.lecturing import teach

    sys.exit(SOME_FAILED if teach(asked, workers=workers) else DONE)


@main.command()
@click.argument("name", required=False)
@click.option("--net", default="", help="Any network in place of a study's: my_nets.py:build.")
@click.option("--data", default="", help="Its data: a table, my_data.py:load, or a built-in set.")
@click.option("--target", default="", help="The table's column to predict.")
@click.option("--loss", default="", help="By name, mse say; what fits the data if left out.")
@click.option("--knobs", default="", help='Settings: "units = 32, learning_rate = 0.01".')
@click.option("--json", "as_json", is_flag=True, help="A JSON object for each network.")
def preflight(
    name: str | None, net: str, data: str, target: str, loss: str, knobs: str, as_json: bool
) -> None:
    """Look for faults of a network before it trains for hours. Stores nothing.

    Ends with 0 where every check passes, 1 where one fails, 2 for bad input.
    """
    from harness.cli.preflighting import flights, show_flights

    asked = flights(name or "", net, data, target=target, loss=loss, knobs=knobs)
    sys.exit(CHECKS_FAILED if show_flights(asked, as_json=as_json) else DONE)


@main.command()
@named("first")
@named("second")
@click.option("--to", default="html", show_default=True, help="html, md, csv: one or several.")
def compare(first: str, second: str, to: str) -> None:
    """Put two studies side by side on one page."""
    a, b = conduct.prepare(first), conduct.prepare(second)
    _say_written(conduct.export_comparison(a, b, formats=_formats(to)))


@main.command()
@click.argument("data", type=click.Path(path_type=Path), required=False)
@click.option("--target", default="", help="The column to predict.")
@click.option("--name", default="", help="The study's name; the table's if left out.")
def init(data: Path | None, target: str, name: str) -> None:
    """Write a commented study for a table of your own (CSV, Parquet or NPZ)."""
    if data is None or not data.name:
        example = conduct.command_line("init", "churn.csv", "churned")
        raise InputError(f"name your table and its target: {example}")
    started = conduct.start_study(data, target, name=_stem(name) or None)

    from harness.cli.plans import show_columns

    show_columns(started.columns)
    say(f"\nwrote {started.path}; run it with: {conduct.command_line('study', started.path.stem)}")


@main.command()
@named("name", stored=True)
@click.option("--yes", is_flag=True, help="Do not ask.")
def forget(name: str, yes: bool) -> None:
    """Remove a study's runs from the store, after asking. The study file stays."""
    name = _stem(name)
    runs = conduct.stored_runs(name)
    if not yes and not click.confirm(f"remove the {runs} runs of {name} for good?"):
        say("nothing was removed")
        return
    say(f"removed {conduct.forget_study(name)} runs of {name}")


@main.command()
@click.argument("name", required=False)
@click.option("--port", default=5000, show_default=True, help="Another one if it is taken.")
def ui(name: str | None, port: int) -> None:
    """Browse every run in MLflow."""
    sys.exit(conduct.open_pages(_stem(name or "") or None, port=port))


@main.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="LOG...")
@click.option("--train", help="The column of the training loss; A+B sums two.")
@click.option("--validation", help="The column of the validation loss.")
@click.option("--epoch", help="The column that counts.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a run, each on a line.")
@click.option(
    "--mlflow",
    nargs=2,
    metavar="URI EXPERIMENT",
    help="Judge the runs of an experiment; a folder or a database of MLflow's is a URI too.",
)
@click.option("--write-tags", is_flag=True, help="Write the verdicts into the runs as tags.")
def judge(
    paths: Sequence[Path],
    train: str | None,
    validation: str | None,
    epoch: str | None,
    as_json: bool,
    mlflow: tuple[str, str] | None,
    write_tags: bool,
) -> None:
    """Judge anyone's training logs: does the run overfit or underfit?

    Reads what Lightning, Keras, Hugging Face, Ultralytics, fastai, detectron2, W&B, TensorBoard,
    XGBoost, LightGBM, CatBoost and MLflow write, any CSV or JSON with losses, and lines of text.
    Which column is what is found by its name, and said. Ends with 2 where a log cannot be read,
    after all others were judged.
    """
    if mlflow is None and write_tags:
        raise InputError("--write-tags needs --mlflow URI EXPERIMENT: tags are written to its runs")
    if mlflow is None and not any(path.name for path in paths):
        raise InputError(f"name a training log: {conduct.command_line('judge', 'metrics.csv')}")

    from harness.cli.judging import judge_mlflow, judge_paths
    from harness.curves.logs import Columns

    columns = Columns(train=train, validation=validation, epoch=epoch)
    judge_paths(paths, columns=columns, as_json=as_json)
    if mlflow is not None:
        judge_mlflow(*mlflow, columns=columns, as_json=as_json, write_tags=write_tags)


@main.command()
@click.argument("words", nargs=-1, metavar="[KIND]")
def explain(words: Sequence[str]) -> None:
    """Say what a verdict means, what it rests on, what to try next and where to read.

    KIND is its name ("memorises"), or overfit or underfit; all are listed if it is left out.
    """
    from harness.cli.explaining import explain_kinds

    explain_kinds(words)


@main.command()
def schema() -> None:
    """Print the JSON schema of a study file."""
    from harness.study.files import schema_text

    click.echo(schema_text(), nl=False)


def _stem(name: str) -> str:
    """A study's name, also where its path was given."""
    return Path(name).stem if name.endswith(".toml") else name


def _formats(to: str) -> Sequence[str]:
    found = [name.strip() for name in to.split(",") if name.strip()]
    if not found:
        raise InputError("--to must name a format: html, md, csv, or several with commas between")
    return found


def _say_written(paths: Sequence[Path]) -> None:
    for path in paths:
        say(f"wrote {path}")
