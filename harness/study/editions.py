"""Editions: the fingerprint of all that makes a study's results."""

import json
from dataclasses import asdict
from hashlib import blake2b
from typing import Any

from harness.study.knobs import KNOBS, Choice, GivenLayer, KnobSpec, Range, is_own
from harness.study.records import Study
from harness.study.wording import written


def edition(study: Study, data_fingerprint: str, *, network_code: str | None = None) -> str:
    """12 hex digits over all that makes results; equal ones may share stored runs.

    In: the data's content and how it is cut, the loss, what is traced, the study's seed, the
    knobs fixed and searched, and how the search goes (sampler, batch, objective, direction).
    Out: what only extends or reads results: the question, the words of a lesson, the function
    that shows results, the number of trials and seeds, the thresholds, and the arms, whose
    runs are known by their own settings. Neither the order of the knobs in the file counts, nor
    a default written out; the order of a list does, for samplers draw by position.

    Args:
        study: what is asked.
        data_fingerprint: `Dataset.fingerprint`.
        network_code: the text of the file that holds the user's own network.
    """
    search = study.search
    grid = search is not None and search.sampler == "grid"
    content: dict[str, Any] = {
        "data": data_fingerprint,
        # Whether it is streamed is told by the data's own fingerprint.
        "source": {
            name: said
            for name, said in asdict(study.data).items()
            if said not in (None, ()) and name != "stream"
        },
        "loss": study.training.loss,
        "seed": study.seed,
        "knobs": {
            name: _plain(spec, grid=grid)
            for name, spec in study.knobs.items()
            if is_own(name, study.network) or _says(name, spec)
        },
        "search": search
        and {
            "sampler": search.sampler,
            "batch": search.batch,
            "objective": search.objective,
            "direction": search.direction,
        },
    }
    if study.training.trace is not None:
        content["trace"] = study.training.trace
    if study.network is not None:
        content["network"] = [study.network, network_code]
    text = json.dumps(content, sort_keys=True)
    return blake2b(text.encode(), digest_size=6).hexdigest()


def _says(name: str, spec: KnobSpec) -> bool:
    """Whether a spec is more than a default written out.

    As written, because 1 example equals 1.0, all of them; and weight_decay has no one default,
    adamw's being another.
    """
    return name == "weight_decay" or written(spec) != written(KNOBS[name].default)


def _plain(spec: KnobSpec, *, grid: bool) -> Any:
    """A spec as JSON; a value, a range and a list never look alike."""
    match spec:
        case Range():
            ends = {"from": spec.low, "to": spec.high, "scale": spec.scale}
            return ends | {"integer": spec.integer} | ({"steps": spec.steps} if grid else {})
        case Choice(values=values):
            return {"choice": [_plain_value(value) for value in values]}
        case _:
            return {"value": _plain_value(spec)}


def _plain_value(value: Any) -> Any:
    if isinstance(value, tuple):
        return [asdict(item) if isinstance(item, GivenLayer) else item for item in value]
    return value
