"""A setting's verdict as a page shows it, also where there is none."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from harness.findings import Findings, SettingFinding
from harness.judge import Kind, how_sure
from harness.report.palette import LOOKS


@dataclass(frozen=True, kw_only=True)
class Share:
    """Settings with one verdict."""

    kind: Kind
    count: int


def validated(findings: Findings) -> bool:
    """Whether runs were measured on validation examples; also said where none was measured."""
    settings = findings.settings
    return any(map(_validated, settings)) or not any(s.train_loss.n for s in settings)


def kind_of(setting: SettingFinding) -> Kind | None:
    """The verdict; None where nothing was validated and training did not break down."""
    unjudged = not _validated(setting) and setting.kind is not Kind.DIVERGED
    return None if unjudged else setting.kind


def verdict_words(setting: SettingFinding) -> str:
    """What people read: "overfit: trained too long", or why there is no verdict."""
    kind = kind_of(setting)
    if kind is not None:
        return kind.words
    measured = math.isfinite(setting.train_loss.mean)
    why = "no validation part" if measured else "every run failed"
    return f"not judged: {why}"


def certainty(setting: SettingFinding) -> str:
    """How sure the verdict is, and what would decide its doubts; empty where nothing is known."""
    said: list[str] = []
    if kind_of(setting) not in (None, Kind.UNCLEAR) and math.isfinite(setting.confidence):
        said.append(f"Confidence {how_sure(setting.confidence)}.")
    if kind_of(setting) is not None and setting.decide_by:
        said.append(f"What would decide: {setting.decide_by}.")
    return " ".join(said)


def shares(settings: Sequence[SettingFinding]) -> tuple[Share, ...]:
    """Judged settings by verdict, in the order of `LOOKS`."""
    kinds = [kind_of(setting) for setting in settings]
    return tuple(Share(kind=kind, count=kinds.count(kind)) for kind in LOOKS if kind in kinds)


def unjudged(settings: Sequence[SettingFinding]) -> tuple[tuple[str, int], ...]:
    """Settings without a verdict, counted by the reason."""
    told = [verdict_words(setting) for setting in settings if kind_of(setting) is None]
    return tuple((words, told.count(words)) for words in dict.fromkeys(told))


def _validated(setting: SettingFinding) -> bool:
    return setting.validation_loss.n > 0
