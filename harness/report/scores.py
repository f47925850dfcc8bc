"""Scores beside accuracy, shown where the classes are of unequal size."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.findings import Findings, SettingFinding, accuracy_misleads
from harness.findings.records import NOTHING
from harness.findings.wording import plus_minus, score_words
from harness.report.provenance import Provenance
from harness.report.tables import MeasuredCell, Row

CLASS_SCORES: Mapping[str, str] = {
    "accuracy": "share of the examples whose class is named right",
    "balanced_accuracy": "mean over classes of the share named right",
    "f1": "mean over classes of F1, the harmonic mean of precision and recall",
    "roc_auc": "mean over classes of the chance that an example of the class ranks above another",
    "average_precision": "mean over classes of the average precision",
}
"""Scores of a classification, 0..1, with their meaning."""
NOTE = (
    "The classes are of unequal size, so accuracy alone misleads: always naming the largest class "
    "already scores high, while balanced accuracy then stays at 1 over the number of classes. All "
    "but accuracy are plain means over the classes, on validation examples after the last epoch; "
    "± is half of the 95 % interval over seeds."
)
_NOTED = "classes are unbalanced"
"""How the data's own note on them begins."""


@dataclass(frozen=True, kw_only=True)
class ScoreRow:
    """The scores of one setting."""

    setting: SettingFinding
    roles: tuple[str, ...]
    cells: tuple[MeasuredCell, ...]


@dataclass(frozen=True, kw_only=True)
class ScoreTable:
    """Other scores: what `heads` are called and mean, and a row for each setting."""

    note: str
    heads: tuple[tuple[str, str], ...]
    rows: tuple[ScoreRow, ...]


def score_table(
    findings: Findings, provenance: Provenance, rows: Sequence[Row]
) -> ScoreTable | None:
    """The scores of every setting, in the order of `rows`; None where accuracy tells enough.

    It does not where the data's notes call the classes unbalanced, and where any setting's
    accuracy lies far from its balanced accuracy.
    """
    noted = any(line.startswith(_NOTED) for line in provenance.data)
    if not (noted or any(accuracy_misleads(setting) for setting in findings.settings)):
        return None
    names = [n for n in CLASS_SCORES if any(n in s.scores for s in findings.settings)]
    if "balanced_accuracy" not in names:
        return None
    return ScoreTable(
        note=NOTE,
        heads=tuple((score_words(name), CLASS_SCORES[name]) for name in names),
        rows=tuple(_row(row, names) for row in rows),
    )


def _row(row: Row, names: Sequence[str]) -> ScoreRow:
    found = [row.setting.scores.get(name, NOTHING) for name in names]
    cells = tuple(MeasuredCell(text=plus_minus(score), order=score.mean) for score in found)
    return ScoreRow(setting=row.setting, roles=row.roles, cells=cells)
