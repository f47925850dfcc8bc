"""A training part that is streamed from a disk: the same runs, block after block."""

import numpy as np
import pandas as pd
import pytest

from harness.data import StreamedPart, load
from harness.data.streaming import load_streamed
from harness.study import DataSource, Split
from harness.training import fit, train
from tests.training.conftest import make_classes, make_study, members_of, only_chunk

KNOBS = {"units": 10, "epochs": 3, "batch": 32, "learning_rate": 0.01, "dropout": 0.2}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two thousand examples as Parquet and as NPZ, of classes and of a number."""
    place = tmp_path_factory.mktemp("streamed")
    x, y = make_classes(examples=2000, features=7)
    frame = pd.DataFrame(x.astype(np.float64), columns=[f"x{i + 1}" for i in range(7)])
    frame.assign(y=y).to_parquet(place / "classes.parquet", index=False)
    frame.assign(y=x @ np.arange(7) + 0.5).to_parquet(place / "number.parquet", index=False)
    np.savez_compressed(place / "classes.npz", x=x, y=y)
    return place


def source_of(name, **options):
    return DataSource(source=name, target="y", split=Split(), **options)


def blockwise(folder, name="classes.parquet", *, block_bytes=7 * 4 * 250, **options):
    return load_streamed(
        source_of(name, **options), folder=folder, seed=0, loss=None, block_bytes=block_bytes
    )


def curves_of(dataset, study, knobs=KNOBS, seeds=(3,)):
    runs = train(only_chunk(members_of(knobs, seeds=seeds), dataset, study), dataset, study)
    return [run.curves for run in runs]


@pytest.mark.parametrize("name", ["classes.parquet", "classes.npz", "number.parquet"])
def test_one_block_gives_the_curves_of_the_same_data_in_memory(folder, name):
    held = load(source_of(name, stream=False), folder=folder, seed=0)
    streamed = load(source_of(name, stream=True), folder=folder, seed=0)
    assert isinstance(streamed.train, StreamedPart)
    assert len(streamed.train.x.sizes) == 1
    np.testing.assert_array_equal(streamed.train.x.block(0), held.train.x)
    study = make_study()
    (wanted,), (found,) = curves_of(held, study), curves_of(streamed, study)
    assert found.equals(wanted)


def test_many_blocks_learn_as_well_as_one(folder):
    study, knobs = make_study(), {**KNOBS, "epochs": 8}
    (one,) = curves_of(load(source_of("classes.parquet"), folder=folder, seed=0), study, knobs)
    dataset = blockwise(folder)
    assert dataset.train.x.sizes == (240, 240, 240, 240, 240)
    (many,) = curves_of(dataset, study, knobs)
    assert many.train_loss[0] == pytest.approx(one.train_loss[0], rel=1e-6)
    assert many.validation_loss[0] == one.validation_loss[0]
    assert one.validation_loss[-1] < 0.01 < one.validation_loss[0]
    assert many.validation_loss[-1] < 0.01
    assert many.evidence.train_loss_end.n == 1200


@pytest.mark.parametrize("knobs", [{}, {"label_noise": 0.3}, {"batch": 37}, {"batch": 240}])
def test_a_streamed_member_is_the_same_alone_and_in_company(folder, knobs):
    dataset, study = blockwise(folder), make_study()
    (alone,) = curves_of(dataset, study, {**KNOBS, **knobs})
    among = curves_of(dataset, study, {**KNOBS, **knobs}, seeds=(1, 2, 3, 4, 5))
    assert among[2].equals(alone)
    assert not among[1].equals(alone)


def seen_in_an_epoch(feed, *, batch, examples):
    feed.begin_epoch()
    return [feed.step(slice(at, at + batch)) for at in range(0, examples, batch)]


@pytest.mark.parametrize("batch", [1, 37, 240, 1200])
def test_an_epoch_gives_every_member_every_example_once(folder, batch):
    dataset, study = blockwise(folder), make_study()
    chunk = only_chunk(members_of({**KNOBS, "batch": batch}, seeds=(0, 1)), dataset, study)
    feed = fit(chunk, dataset, study).feed
    steps = seen_in_an_epoch(feed, batch=batch, examples=1200)
    assert [x.shape[1] for x, _ in steps] == [batch] * (1200 // batch) + [1200 % batch] * (
        1200 % batch > 0
    )
    held = load(source_of("classes.parquet"), folder=folder, seed=0).train
    wanted = sorted(map(tuple, np.column_stack([held.x, held.y]).tolist()))
    for member in range(2):
        x = np.concatenate([x[member, :, :7].numpy() for x, _ in steps])
        y = np.concatenate([y[member].numpy() for _, y in steps])
        assert sorted(map(tuple, np.column_stack([x, y]).tolist())) == wanted


def test_members_share_the_block_and_have_an_order_of_their_own(folder):
    dataset, study = blockwise(folder), make_study()
    chunk = only_chunk(members_of({**KNOBS, "batch": 240}, seeds=(0, 1)), dataset, study)
    feed = fit(chunk, dataset, study).feed
    turns = []
    for _ in range(3):
        for x, _y in seen_in_an_epoch(feed, batch=240, examples=1200):
            first, second = (sorted(map(tuple, x[member].tolist())) for member in range(2))
            assert first == second
            assert not np.array_equal(x[0], x[1])
            turns.append(first[0])
    epochs = [turns[at : at + 5] for at in (0, 5, 10)]
    assert sorted(epochs[0]) == sorted(epochs[1]) == sorted(epochs[2])
    assert not epochs[0] == epochs[1] == epochs[2]
