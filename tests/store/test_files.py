from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.curves import ARRAYS, Curves
from harness.judge import Ending, Run
from harness.store.files import read_run, replace_file, write_run
from harness.study import Trial, settings_from

losses = st.floats(allow_nan=False, allow_infinity=False)
scores = st.floats()


@st.composite
def runs(draw):
    length = draw(st.integers(1, 8))

    def arrays(values):
        return st.lists(values, min_size=length, max_size=length)

    curves = Curves(
        epochs=np.arange(length),
        train_loss=draw(arrays(losses)),
        validation_loss=draw(arrays(losses) | st.just([])),
        train_score=draw(arrays(scores) | st.just([])),
        validation_score=draw(arrays(scores) | st.just([])),
        loss_name="mse",
        score_name="r2",
        constant_loss=draw(scores),
        train_examples=draw(st.integers(1)),
        validation_examples=draw(st.integers(0)),
        scores_end={"explained": draw(scores)},
    )
    settings = settings_from({"learning_rate": draw(st.floats(1e-9, 1e9))})
    trial = Trial(
        number=draw(st.integers(0)), settings=settings, stage="arms", name=draw(st.text())
    )
    return Run(
        trial=trial,
        seed=draw(st.integers(0)),
        ending=draw(st.sampled_from([Ending.FINISHED, Ending.DIVERGED])),
        reason=draw(st.text()),
        curves=curves,
        seconds=draw(st.floats(0, 1e6)),
    )


@given(runs())
def test_a_file_gives_back_every_bit_of_a_run(run):
    with TemporaryDirectory() as folder:
        path = Path(folder) / "run.parquet"
        write_run(path, run)
        back = read_run(path)
        assert [file.name for file in Path(folder).iterdir()] == ["run.parquet"]
    assert back.to_json() == run.to_json()
    for name in ARRAYS:
        assert getattr(back.curves, name).tobytes() == getattr(run.curves, name).tobytes()


def test_a_failed_run_without_curves_is_a_file_too(tmp_path, make_run):
    run = make_run(ending=Ending.FAILED)
    write_run(tmp_path / "run.parquet", run)
    assert read_run(tmp_path / "run.parquet") == run


def test_a_file_half_written_never_takes_the_name(tmp_path):
    path = tmp_path / "report.html"
    path.write_bytes(b"old")

    def half(file):
        file.write(b"ne")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        replace_file(path, half)
    assert [file.name for file in tmp_path.iterdir()] == ["report.html"]
    assert path.read_bytes() == b"old"
