"""Runs in, runs out. In: trained and judged runs. Out: the same runs, bit for bit, and pages.

Keeps everything in MLflow's own SQLite file and folder of artifacts under `mlruns/`: one
experiment a study, one MLflow run a run. It never trains, judges or decides what runs next.
"""

import os

# MLflow reads both at import; the store room is where it is imported first.
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("DO_NOT_TRACK", "true")

from harness.store.pages import page_url, serve
from harness.store.reading import (
    Outline,
    StoredEdition,
    StudyCount,
    library_versions,
    read_outline,
    read_study,
    studies,
)
from harness.store.store import Store, forget

__all__ = [
    "Outline",
    "Store",
    "StoredEdition",
    "StudyCount",
    "forget",
    "library_versions",
    "page_url",
    "read_outline",
    "read_study",
    "serve",
    "studies",
]
