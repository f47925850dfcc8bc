"""How findings were obtained, as names with lines under them."""

from harness.findings import Findings
from harness.findings.wording import counted, knob_name, score_words
from harness.judge import number
from harness.report.provenance import Provenance
from harness.report.scores import CLASS_SCORES
from harness.report.wording import duration, knob_meaning, knob_value, loss_words
from harness.study import Choice, KnobSpec, Range, Search, Study

Fact = tuple[str, tuple[str, ...]]


def facts(findings: Findings, provenance: Provenance) -> tuple[Fact, ...]:
    """Command, data, split, seeds, knobs, search, time and versions; empty ones left out."""
    study = findings.study
    found: list[Fact] = [
        ("command", (provenance.command,)),
        ("data", _data(study, provenance)),
        ("split", _split(study, provenance)),
        ("loss", (loss_words(findings.loss_name), _units(provenance))),
        ("seeds", _seeds(provenance)),
        ("knobs set", tuple(f"{knob_name(k)}: {knob_value(v)}" for k, v in study.fixed.items())),
        ("knobs searched", tuple(f"{knob_name(k)}: {spec(s)}" for k, s in study.searched.items())),
        ("search", (_search(study),)),
        ("cheap models", (_baselines(findings), _hardness(findings))),
        ("time", _time(provenance)),
        ("device", (f"{provenance.device}, {counted(provenance.workers, 'worker')}",)),
        ("versions", _versions(provenance)),
        ("edition", (provenance.edition,)),
    ]
    return tuple((name, kept) for name, lines in found if (kept := tuple(x for x in lines if x)))


def spec(asked: KnobSpec) -> str:
    """What a study asks of a knob: a value, "4 to 512 (log)", "sgd, adam"."""
    if isinstance(asked, Range):
        scale = " (log)" if asked.scale == "log" else ""
        return f"{asked.low:g} to {asked.high:g}{scale}"
    if isinstance(asked, Choice):
        return ", ".join(knob_value(value) for value in asked.values)
    return knob_value(asked)


def aim(search: Search) -> str:
    """What a search looks for: "lowest cross-fitted loss", "highest roc auc at the end"."""
    way = "highest" if search.direction == "maximize" else "lowest"
    what, _, time = search.objective.rpartition("_")
    when = {"end": " at the end", "best": " at the best epoch"}.get(time)
    quantity = search.objective if when is None else what
    words = score_words(quantity) if quantity in CLASS_SCORES else quantity.replace("_", " ")
    return f"{way} {words.replace('cross fitted', 'cross-fitted')}{when or ''}"


def source(study: Study) -> str:
    """Where the examples come from."""
    return study.data.source or "points written in the study"


def split_shares(study: Study) -> str:
    """The shares asked for: "60 % train, 20 % validation, 20 % test"."""
    split = study.data.split
    return f"{split.train:.0%} train, {split.validation:.0%} validation, {split.test:.0%} test"


def knobs_described(study: Study) -> tuple[tuple[str, str, str], ...]:
    """Each knob the study speaks of: its name, what is asked, and its meaning."""
    return tuple((knob_name(k), spec(s), knob_meaning(study, k)) for k, s in study.knobs.items())


def _baselines(findings: Findings) -> str:
    """What they took, or why there are none beside the networks."""
    if findings.study.training.loss == "output":
        return "none, for the network's own output is the loss"
    seconds = sum(one.seconds for one in findings.baselines)
    several = f"{counted(len(findings.baselines), 'model')} of scikit-learn's"
    return f"{several}, learned in {duration(seconds)} on one thread" if seconds > 0 else ""


def _hardness(findings: Findings) -> str:
    """The luck of the split; empty where nobody measured it."""
    found = next((one for one in findings.baselines if one.hardness is not None), None)
    if found is None or found.hardness is None:
        return ""
    hardness, n = found.hardness, f"{found.hardness.n:,}"
    which = "harder" if hardness.mean > 0 else "easier"
    return (
        f"the luck of the split: {found.name}, cross-validated, finds the validation examples "
        f"{which} by {number(abs(hardness.mean))} than all that they were drawn with; a draw of "
        f"{n} is off by about {number(hardness.standard_error)}"
    )


def _data(study: Study, provenance: Provenance) -> tuple[str, ...]:
    return provenance.data or (source(study),)


def _units(provenance: Provenance) -> str:
    """Left out where the lines about the data hold it already."""
    return "" if provenance.units in provenance.data else provenance.units


def _split(study: Study, provenance: Provenance) -> tuple[str, ...]:
    if study.data.points is not None:
        return ()
    held = ", ".join(f"{name} {n:,}".replace(",", " ") for name, n in provenance.examples.items())
    how = provenance.split or f"{split_shares(study)}, from the study's seed {study.seed} alone"
    return how, f"examples: {held}" if held else ""


def _seeds(provenance: Provenance) -> tuple[str, ...]:
    seeds = provenance.seeds
    if not seeds:
        return ()
    named = ", ".join(str(seed) for seed in seeds)
    if len(seeds) > 2 and list(seeds) == list(range(seeds[0], seeds[0] + len(seeds))):
        named = f"{seeds[0]} to {seeds[-1]}"
    return (f"{counted(len(seeds), 'seed')} a setting: {named}",)


def _search(study: Study) -> str:
    search = study.search
    if search is None:
        return ""
    trials = "every point of the grid" if search.trials is None else counted(search.trials, "trial")
    return f"{trials}, {search.sampler}, for the {aim(search)} (mean over seeds)"


def _time(provenance: Provenance) -> tuple[str, ...]:
    lines: list[str] = []
    if provenance.started is not None:
        days = [f"{provenance.started:%Y-%m-%d %H:%M}"]
        if provenance.finished is not None:
            days.append(f"{provenance.finished:%Y-%m-%d %H:%M}")
        lines.append(" to ".join(days))
    if provenance.training_seconds > 0:
        rate = provenance.runs_per_second
        pace = f", {number(rate)} runs a second" if rate > 0 else ""
        lines.append(f"{duration(provenance.training_seconds)} of training{pace}")
    return tuple(lines)


def _versions(provenance: Provenance) -> tuple[str, ...]:
    return (", ".join(f"{name} {version}" for name, version in provenance.versions.items()),)
