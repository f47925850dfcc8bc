"""A study's own function that shows its results: loaded, called, and its answer checked."""

from dataclasses import replace

from harness.conduct.preparing import Prepared, shows_of
from harness.errors import ShowError
from harness.findings import Findings, Showing


def with_showing(prepared: Prepared, findings: Findings) -> Findings:
    """The findings with what the study's `shows` makes of them; as they are where it has none.

    Raises:
        ShowError: the file or the function is not there, it raises, or returns something else
            than a `Showing`; one line.
    """
    study = prepared.study
    if study.shows is None or not findings.runs:
        return findings
    user = shows_of(study)
    with user.blame:
        found = user.function(findings, prepared.dataset)
    if not isinstance(found, Showing):
        got = type(found).__name__
        raise ShowError(f"{study.shows}: must return a harness.Showing, got {got}")
    return replace(findings, showing=found)
