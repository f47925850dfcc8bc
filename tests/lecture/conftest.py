"""The lecture's studies, conducted once a session."""

from functools import cache
from pathlib import Path

import pytest

import harness

LECTURE = Path(__file__).parents[2] / "studies" / "lecture"


@pytest.fixture(scope="session")
def taught(tmp_path_factory):
    """A function from a study's name to its findings, with what its own function shows."""
    folder = tmp_path_factory.mktemp("lecture")

    @cache
    def findings_of(name):
        prepared = harness.prepare(str(LECTURE / f"{name}.toml"))
        outcome = harness.conduct_study(
            prepared,
            progress=harness.Silence(),
            workers=1,
            store=folder / "mlruns",
            reports=folder / "reports",
        )
        assert outcome.failed == ()
        assert outcome.findings.showing is not None
        return outcome.findings

    return findings_of


@pytest.fixture(scope="session")
def outcomes(taught):
    """A function from a study's name to the outcome of each of its claims, by statement."""
    return lambda name: {one.says: one.outcome.value for one in taught(name).showing.claims}
