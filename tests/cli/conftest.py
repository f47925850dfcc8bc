"""A workshop in whose store a small study is finished already."""

import shutil

import pytest

from harness import conduct
from tests.workshop import Workshop, arms_text


@pytest.fixture(scope="session")
def finished_store(tmp_path_factory, empty_store):
    made = Workshop(tmp_path_factory.mktemp("finished"), empty_store)
    prepared = conduct.prepare(str(made.write("done", arms_text())))
    reports = made.root / "reports"
    conduct.conduct(
        prepared, progress=conduct.Silence(), workers=1, store=made.store, reports=reports
    )
    return made.store


@pytest.fixture
def finished(workshop, finished_store):
    """The workshop with the study "done" and its four runs."""
    shutil.rmtree(workshop.store)
    shutil.copytree(finished_store, workshop.store)
    workshop.write("done", arms_text())
    return workshop
