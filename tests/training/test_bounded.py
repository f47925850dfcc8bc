"""How much memory a process takes that trains on a file several times a limit."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

FEATURES, GROUPS, GROUP_ROWS = 250, 16, 12_500
LIMIT = 150 * 2**20
"""A third of the file, which holds 400 MB of float64."""
TRAINING = f"""
import resource, sys
from pathlib import Path
from harness.data.loading import load  # with all that it brings
from harness.study import DataSource, Split
from harness.training import one_thread, train
from tests.training.conftest import make_classes, make_dataset, make_study, members_of, only_chunk

def trained(dataset, epochs):
    members = members_of({{"units": 16, "batch": 256, "epochs": epochs}}, seeds=range(4))
    with one_thread():
        return train(only_chunk(members, dataset, make_study()), dataset, make_study())

def peak():
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

trained(make_dataset(features={FEATURES}), 1)
split = Split(train=0.9, validation=0.01, test=0.01)
before = peak()
source = DataSource(source="large.parquet", target="y", split=split, stream=True)
dataset = load(source, folder=Path(sys.argv[1]), seed=0)
loaded = peak()
runs = trained(dataset, 1)
print(loaded - before, peak() - before, min(run.curves.validation_score[-1] for run in runs))
"""


def write_large(path):
    rng = np.random.default_rng(0)
    names = [f"x{number}" for number in range(FEATURES)]
    schema = pa.schema([*((name, pa.float64()) for name in names), ("y", pa.int64())])
    with pq.ParquetWriter(path, schema) as file:
        for _ in range(GROUPS):
            x = rng.normal(size=(GROUP_ROWS, FEATURES))
            y = (x[:, :8].sum(axis=1) > 0).astype(np.int64)
            columns = [*(x[:, i] for i in range(FEATURES)), y]
            file.write_table(pa.table(columns, schema=schema))


@pytest.mark.long
def test_training_on_a_large_file_takes_little_memory(tmp_path):
    pytest.importorskip("resource", reason="peak memory is asked of POSIX")
    write_large(tmp_path / "large.parquet")
    assert (tmp_path / "large.parquet").stat().st_size > 2.5 * LIMIT
    ran = subprocess.run(
        [sys.executable, "-c", TRAINING, str(tmp_path)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    loading, training, score = map(float, ran.stdout.split())
    assert loading <= training < LIMIT
    assert score > 0.9
