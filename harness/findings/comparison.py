"""Two studies side by side, where that is fair."""

import math
from dataclasses import dataclass, fields, replace

from harness.errors import InputError, raise_all
from harness.findings.differences import family
from harness.findings.records import Difference, Findings, SettingFinding
from harness.findings.wording import with_spread
from harness.judge import reference_key
from harness.study import DataSource, Split


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Two studies on the same data.

    Args:
        a, b: what each found.
        difference: the best setting of `b` minus that of `a` in the validation loss after the
            last epoch, in pairs of equal seeds; None where they share no seed. Each best is
            a winner of its own study and a little lucky, the more so the more it was chosen
            from.
        answer: one or two sentences.
    """

    a: Findings
    b: Findings
    difference: Difference | None
    answer: str


def compare(a: Findings, b: Findings, *, fingerprints: tuple[str, str] | None = None) -> Comparison:
    """Both studies' bests against each other.

    Args:
        a, b: what each study found.
        fingerprints: of the two data sets, where they are known.

    Raises:
        InputError: the pair is unfair: other data, split, loss or validation examples; one
            line for each reason.
    """
    pair = f"{a.study.name} and {b.study.name} cannot be compared"
    reasons = [*_other_data(a, b, fingerprints), *_other_measures(a, b)]
    raise_all(InputError, [f"{pair}: {reason}" for reason in reasons])
    difference = _difference(a, b)
    return Comparison(a=a, b=b, difference=difference, answer=_answer(a, b, difference))


def _other_data(a: Findings, b: Findings, fingerprints: tuple[str, str] | None) -> list[str]:
    found = [
        f"data.{field.name} is {_said(a.study.data, field.name)} in {a.study.name} and "
        f"{_said(b.study.data, field.name)} in {b.study.name}"
        for field in fields(DataSource)
        if getattr(a.study.data, field.name) != getattr(b.study.data, field.name)
    ]
    if a.study.seed != b.study.seed:
        found.append(f"seed, which decides the split, is {a.study.seed} and {b.study.seed}")
    if not found and fingerprints is not None and fingerprints[0] != fingerprints[1]:
        found.append("the examples differ, though both studies name the same source")
    return found


def _other_measures(a: Findings, b: Findings) -> list[str]:
    unmeasured = [f.study.name for f in (a, b) if f.best is None]
    if unmeasured:
        return [f"{' and '.join(unmeasured)} measured no validation loss"]
    if a.loss_name != b.loss_name:
        return [f"their losses are {a.loss_name} and {b.loss_name}"]
    mine, others = _validation_examples(a), _validation_examples(b)
    if mine != others:
        return [f"their validation parts hold {mine} and {others} examples"]
    return _other_constants(a, b)


def _other_constants(a: Findings, b: Findings) -> list[str]:
    """Whether the best constant prediction's loss differs for the same training examples."""
    mine, others = _constants(a), _constants(b)
    for key in sorted(mine.keys() & others.keys()):
        if not math.isclose(mine[key], others[key], rel_tol=1e-6):
            losses = f"{mine[key]:.6g} and {others[key]:.6g}"
            return [f"a constant prediction's validation loss is {losses}, so the data differ"]
    return []


def _constants(found: Findings) -> dict[tuple[int, float, int], float]:
    losses = {
        (*reference_key(run), run.seed): run.curves.constant_loss
        for run in found.runs
        if run.curves is not None
    }
    return {key: loss for key, loss in losses.items() if math.isfinite(loss)}


def _validation_examples(found: Findings) -> int:
    counts = (run.curves.validation_examples for run in found.runs if run.curves is not None)
    return next(counts)


def _difference(a: Findings, b: Findings) -> Difference | None:
    if a.best is None or b.best is None:
        return None
    pair = (_named(a.best, a.study.name), _named(b.best, b.study.name))
    return next(iter(family([pair], "validation_loss")), None)


def _named(setting: SettingFinding, study: str) -> SettingFinding:
    trial = replace(setting.trial, name=f"{setting.label} ({study})")
    return replace(setting, trial=trial)


def _answer(a: Findings, b: Findings, difference: Difference | None) -> str:
    told = [
        f"{f.study.name}'s best is {f.best.label}, validation loss "
        f"{with_spread(f.best.cross_fitted_loss)}"
        for f in (a, b)
        if f.best is not None
    ]
    bests = f"{'; '.join(told)}, each at its best epoch."
    if difference is None:
        return f"{bests} They share no seed, so they cannot be compared in pairs."
    sentence = difference.sentence
    return f"{bests} After the last epoch: {sentence[0].lower()}{sentence[1:]}"


def _said(data: DataSource, name: str) -> str:
    value = getattr(data, name)
    if isinstance(value, Split):
        return f"{value.train:g}/{value.validation:g}/{value.test:g}"
    return "other points" if name == "points" else str(value)
