"""For all tests: shapes and types are checked, and hypothesis asks the same everywhere.

The hook comes first, since it checks modules that are imported after it.
"""

import os

from jaxtyping import install_import_hook

import tests.typechecker  # noqa: F401  (the hook only imports `tests`)

install_import_hook(
    ["harness.networks", "harness.training", "harness.judge"],
    "tests.typechecker.checked",
)

import hypothesis  # noqa: E402
import pytest  # noqa: E402

from harness.store.database import open_database  # noqa: E402
from harness.store.places import Places  # noqa: E402
from tests.workshop import Workshop  # noqa: E402

hypothesis.settings.register_profile("here", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "here")


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory):
    """MLflow's tables without a run; making them takes seconds."""
    root = tmp_path_factory.mktemp("empty") / "mlruns"
    open_database(Places(root)).close()
    return root


@pytest.fixture
def workshop(tmp_path, monkeypatch, empty_store):
    """An own folder, entered, with studies to write, an empty store and no reports."""
    monkeypatch.chdir(tmp_path)
    return Workshop(tmp_path, empty_store)
