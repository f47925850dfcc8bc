"""A run as the rows of MLflow's tables."""

import json
import math
from hashlib import blake2b

import numpy as np

from harness.curves import ARRAYS, Curves
from harness.judge import Ending, Run, Verdict
from harness.study import KNOBS, GivenLayer, KnobValue

POINTS = 100
"""A metric's row costs 290 bytes; 100 points draw any curve, and the whole one is in Parquet."""

VERDICT_TAGS = ("verdict", "fit", "confidence", "why", "verdict_json", "mlflow.note.content")

MetricRow = tuple[str, float, int, int, bool]
"""Key, value, milliseconds since 1970, step (the epoch), whether it is NaN."""


def run_id(run: Run, *, study: str, edition: str) -> str:
    """MLflow's id of a run, from what makes it that run: writing it twice cannot go unseen."""
    trial = run.trial
    identity = [study, edition, trial.number, trial.stage, run.seed, trial.settings.to_json()]
    text = json.dumps(identity, sort_keys=True)
    return blake2b(text.encode(), digest_size=16).hexdigest()


def study_run_id(*, study: str, edition: str) -> str:
    """The id of the MLflow run that holds an edition's facts and report."""
    return blake2b(json.dumps([study, edition]).encode(), digest_size=16).hexdigest()


def params(run: Run) -> dict[str, str]:
    """The knobs that act, as MLflow shows and compares them."""
    return {name: _plain(value) for name, value in run.trial.settings.acting().items()}


def tags(run: Run, *, edition: str, chart: str) -> dict[str, str]:
    """What runs are found and grouped by, with the verdict and the note."""
    found = {
        "mlflow.runName": run.name,
        "mlflow.source.name": "harness",
        "mlflow.source.type": "LOCAL",
        "kind": "run",
        "trial": str(run.trial.number),
        "seed": str(run.seed),
        "stage": run.trial.stage,
        "edition": edition,
        "ending": run.ending.value,
    }
    if run.trial.name is not None:
        found["arm"] = run.trial.name
    if run.reason:
        found["reason"] = run.reason
    return found | verdict_tags(run, chart=chart)


def verdict_tags(run: Run, *, chart: str) -> dict[str, str]:
    """The tags that a new judgement changes.

    Args:
        run: with its verdict, if it has one.
        chart: the address of its curves within MLflow's server.
    """
    verdict = run.verdict
    if verdict is None:
        return {"mlflow.note.content": note(run, chart=chart)}
    return {
        "verdict": verdict.kind.value,
        "fit": verdict.kind.fit.value,
        "confidence": confidence_words(verdict),
        "why": verdict.why,
        "verdict_json": json.dumps(verdict.to_json(), sort_keys=True),
        "mlflow.note.content": note(run, chart=chart),
    }


def note(run: Run, *, chart: str) -> str:
    """What MLflow shows above a run, in markdown: the verdict first, for it cuts the rest."""
    about = f"{run.trial.label}, seed {run.seed}: {_settings(run)}"
    if run.curves is not None:
        about += f" · [train and validation loss on one chart]({chart})"
    return "\n\n".join([*_meaning(run), about])


def metrics(run: Run, *, start_ms: int, end_ms: int) -> list[MetricRow]:
    """The thinned curves, epoch by epoch, and the final quantities.

    Args:
        run: none of a failed run.
        start_ms, end_ms: when it trained; the epochs are spread evenly between.
    """
    curves = run.curves
    if curves is None:
        return []
    times = np.linspace(start_ms, end_ms, len(curves.epochs)).astype(int)
    rows: list[MetricRow] = []
    for key, values in _named(curves).items():
        for i in thinned(curves):
            rows.append(_row(key, float(values[i]), int(times[i]), int(curves.epochs[i])))
    rows.extend(_row(key, value, end_ms, 0) for key, value in curves.quantities().items())
    return rows


def latest(rows: list[MetricRow]) -> list[MetricRow]:
    """Each key's last row, as MLflow's tables of runs show it."""
    return list({row[0]: row for row in rows}.values())


def thinned(curves: Curves) -> list[int]:
    """Indices of at most about `POINTS` epochs: evenly spread, with both ends and the minima."""
    length = len(curves.epochs)
    even = np.linspace(0, length - 1, min(length, POINTS)).round().astype(int).tolist()
    losses = (curves.train_loss, curves.validation_loss)
    lowest = [int(np.argmin(loss)) for loss in losses if len(loss) > 0]
    return sorted({*even, *lowest})


def _named(curves: Curves) -> dict[str, np.ndarray]:
    score = curves.score_name or "score"
    names = ("loss/train", "loss/validation", f"{score}/train", f"{score}/validation")
    pairs = zip(names, ARRAYS[1:], strict=True)
    found = {key: np.asarray(getattr(curves, name)) for key, name in pairs}
    return {key: values for key, values in found.items() if len(values) > 0}


def _row(key: str, value: float, time_ms: int, step: int) -> MetricRow:
    if math.isnan(value):
        return key, 0.0, time_ms, step, True
    # MLflow's own stand-in: SQLite keeps infinity, its pages cannot read it.
    return key, float(np.nan_to_num(value)), time_ms, step, False


def _meaning(run: Run) -> list[str]:
    if run.ending is Ending.FAILED:
        return ["**failed**: it is tried again by the same command", run.reason]
    if run.verdict is None:
        validated = run.curves is not None and run.curves.validated
        why = "the study was interrupted" if validated else "there is no validation part"
        return [f"**not judged**: {why}"]
    verdict = run.verdict
    parts = [f"**{verdict.kind.words}** (confidence {confidence_words(verdict)})", verdict.why]
    parts += [] if verdict.disagreement is None else [verdict.disagreement]
    return [*parts, f"what would decide: {verdict.decide_by}"] if verdict.decide_by else parts


def _settings(run: Run) -> str:
    acting = run.trial.settings.acting()
    own = dict(run.trial.settings.own)
    changed = {
        name: value for name, value in acting.items() if name in own or value != KNOBS[name].default
    }
    words = [f"{name} {_short(value)}" for name, value in changed.items()]
    return ", ".join([*words, "all other knobs at their defaults"])


def _short(value: KnobValue) -> str:
    return f"{value:.3g}" if isinstance(value, float) else _plain(value)


def confidence_words(verdict: Verdict) -> str:
    """The confidence as tags say it: "0.83", or "0.83, uncalibrated"."""
    return f"{verdict.confidence:.2f}{'' if verdict.calibrated else ', uncalibrated'}"


def _plain(value: KnobValue) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        plain = [item for item in value if not isinstance(item, GivenLayer)]
        return str(plain) if len(plain) == len(value) else "given"
    return str(value)
