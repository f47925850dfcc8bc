from datetime import datetime
from pathlib import Path

import pytest

from harness.findings import find
from harness.report import Provenance
from tests.report.made_up import (
    arm_runs,
    arms_study,
    baselines,
    failed,
    search_runs,
    search_study,
)

GOLDEN = Path(__file__).parent / "golden"


def pytest_addoption(parser):
    parser.addoption(
        "--update-golden", action="store_true", help="write the golden pages anew, to be reviewed"
    )


@pytest.fixture
def golden(request):
    """Compares a text with a file of `golden/`, or writes it with --update-golden."""

    def check(name, text):
        path = GOLDEN / name
        if request.config.getoption("--update-golden", default=False):
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
        assert text == path.read_text(encoding="utf-8")

    return check


@pytest.fixture(scope="session")
def provenance():
    return Provenance(
        command="make study NAME=digits",
        edition="3f9a1c0de2b47788",
        data=("digits: 8 × 8 pictures, built in", "64 features, 10 classes"),
        examples={"train": 1078, "validation": 359, "test": 360},
        seeds=(0, 1, 2, 3, 4),
        versions={"Python": "3.11.7", "torch": "2.13.0"},
        workers=2,
        started=datetime(2026, 3, 4, 10, 0),
        finished=datetime(2026, 3, 4, 10, 3),
        training_seconds=181.2,
        runs_per_second=1.77,
    )


@pytest.fixture(scope="session")
def searched():
    """A search in which one run failed and one trial diverged."""
    study = search_study(trials=16)
    runs = search_runs(study, trials=16)
    runs[7] = failed(runs[7].trial, runs[7].seed)
    return find(study, runs, baselines=baselines(0.1, 0.2))


@pytest.fixture(scope="session")
def armed():
    study = arms_study()
    return find(study, arm_runs(study), baselines=baselines(0.5, 0.55))
