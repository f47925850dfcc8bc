"""Files that are streamed: the parts of the same file in memory, and what they cannot hold."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from harness.data import StreamedPart, load
from harness.data.streaming import load_streamed, streams
from harness.errors import DataError
from harness.study import DataSource, Split

ROWS = 400


def table(**changes):
    rng = np.random.default_rng(0)
    columns = {
        "size": rng.gamma(2, size=ROWS),
        "rooms": rng.integers(1, 9, ROWS),
        "new": rng.random(ROWS) < 0.4,
        "price": rng.normal(50, 9, ROWS),
    }
    columns |= changes
    return pd.DataFrame({name: each for name, each in columns.items() if each is not None})


def loaded(folder: Path, frame=None, *, stream=True, seed=0, **options):
    if frame is not None:
        frame.to_parquet(folder / "a.parquet", index=False)
    source = DataSource(**{"source": "a.parquet", "target": "price", "stream": stream, **options})
    return load(source, folder=folder, seed=seed)


def features(part):
    return part.x[0 : len(part)]


def assert_alike(streamed, held):
    assert streamed.feature_names == held.feature_names
    assert (streamed.target_mean, streamed.target_scale) == (held.target_mean, held.target_scale)
    for name in ("train", "validation", "test"):
        np.testing.assert_array_equal(
            features(getattr(streamed, name)), features(getattr(held, name))
        )
        np.testing.assert_array_equal(getattr(streamed, name).y, getattr(held, name).y)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"standardize": False},
        {"features": ("rooms", "size")},
        {"target": "new"},
        {"group": "rooms"},
        {"time": "size"},
        {"split": Split(train=0.5, validation=0.2, test=0.1)},
    ],
)
def test_one_block_holds_what_memory_would(tmp_path, options):
    frame = table(same=np.full(ROWS, 3.0))
    assert_alike(
        loaded(tmp_path, frame, **options), loaded(tmp_path, frame, stream=False, **options)
    )


def test_gaps_are_filled_as_in_memory(tmp_path):
    frame = table()
    frame.loc[::7, "size"] = np.nan
    streamed = loaded(tmp_path, frame, missing="mean")
    assert_alike(streamed, loaded(tmp_path, frame, stream=False, missing="mean"))


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_an_npz_file_gives_what_memory_would(tmp_path, save):
    frame = table()
    x = np.ascontiguousarray(frame[["size", "rooms"]])
    save(tmp_path / "a.npz", x=x, y=frame["price"], more=frame["new"])
    options = {"source": "a.npz", "target": None}
    assert_alike(loaded(tmp_path, **options), loaded(tmp_path, stream=False, **options))


def in_blocks(folder, *, rows, seed=0, **options):
    source = DataSource(**{"source": "a.parquet", "target": "price", **options})
    return load_streamed(source, folder=folder, seed=seed, loss=None, block_bytes=4 * 3 * rows)


@pytest.mark.parametrize("options", [{}, {"time": "size"}, {"group": "rooms"}])
def test_many_blocks_hold_the_same_examples_with_their_targets(tmp_path, options):
    held = loaded(tmp_path, table(), stream=False, **options)
    streamed = in_blocks(tmp_path, rows=37, **options)
    assert len(streamed.train.x.sizes) == -(-len(held.train) * len(held.feature_names) // (37 * 3))
    assert max(streamed.train.x.sizes) - min(streamed.train.x.sizes) <= 1
    rows = [np.column_stack([features(d.train), d.train.y]) for d in (held, streamed)]
    first, second = (each[np.lexsort(each.T)] for each in rows)
    np.testing.assert_allclose(second, first, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(streamed.validation.x, held.validation.x, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(streamed.test.y, held.test.y)


def test_blocks_of_a_sorted_file_are_mixed(tmp_path):
    table(price=np.arange(ROWS) / 7).to_parquet(tmp_path / "a.parquet", index=False)
    streamed = in_blocks(tmp_path, rows=60, standardize=False)
    for number in range(len(streamed.train.x.sizes)):
        inside = streamed.train.y[streamed.train.x.rows(number)]
        assert inside.min() < 8
        assert inside.max() > 49


def test_the_blocks_are_written_once_and_found_again(tmp_path):
    first = loaded(tmp_path, table())
    (kept,) = (tmp_path / ".blocks").iterdir()
    before = first.train.x.path.stat().st_mtime_ns
    again = loaded(tmp_path)
    assert again.fingerprint == first.fingerprint == kept.name
    assert again.train.x.path.stat().st_mtime_ns == before
    other = loaded(tmp_path, seed=1)
    assert other.fingerprint != first.fingerprint
    changed = loaded(tmp_path, table(rooms=np.arange(ROWS) % 5))
    assert changed.fingerprint != first.fingerprint
    assert len(list((tmp_path / ".blocks").iterdir())) == 3


def test_the_notes_say_how_it_is_streamed(tmp_path):
    data = loaded(tmp_path, table(same=np.full(ROWS, 3.0), user_id=np.arange(ROWS)))
    assert "left out same: constant: every row holds 3" in data.notes
    assert any(note.startswith("column user_id looks like an identifier") for note in data.notes)
    assert re.fullmatch(
        r"training examples are streamed in one block of up to 240 from \.blocks/\w{8}\.\.\. "
        r"beside it, which may be deleted; copies of examples across parts are not looked for",
        data.notes[-1],
    )


def test_small_files_are_held_unless_the_study_says_otherwise(tmp_path):
    assert not isinstance(loaded(tmp_path, table(), stream=None).train, StreamedPart)
    assert isinstance(loaded(tmp_path, stream=True).train, StreamedPart)


def test_a_file_larger_than_its_share_of_memory_is_streamed(tmp_path, monkeypatch):
    table().to_parquet(tmp_path / "a.parquet", index=False)
    source = DataSource(source="a.parquet", target="price")
    assert not streams(source, folder=tmp_path)
    monkeypatch.setattr("harness.data.streaming.machine_memory", lambda: 8 * 8 * 4 * ROWS - 8)
    assert streams(source, folder=tmp_path)


@pytest.mark.parametrize(
    ("changes", "options", "line"),
    [
        ({"colour": ["red", "blue"] * 200}, {},
         r"a\.parquet: column colour must hold numbers to be streamed, got text: write it as"),
        ({"size": [np.nan] + [1.0, 2.0] * 199 + [3.0]}, {},
         r"a\.parquet: column size is empty in 1 of 400 rows: fill them, or say data\.missing"),
        ({"size": [np.inf, 1.0] * 200}, {},
         r"a\.parquet: column size must be finite, got inf in 200 of 400 rows"),
        ({"size": [1e39, 1.0] * 200}, {},
         r"a\.parquet: column size must lie within ±3\.4e38 \(float32\), got 1e\+39"),
        ({}, {"target": "prise"}, r'a\.parquet: has no column "prise" \(data\.target\); did you'),
        ({}, {"source": "b.parquet"}, r"b\.parquet: no such file; did you mean a\.parquet\?"),
        ({}, {"source": "a.csv"}, r"data\.stream acts on \.parquet and \.npz files only"),
        ({}, {"source": "digits", "target": None}, r"data\.stream acts on files only, not on"),
        ({"size": None, "rooms": None, "new": np.ones(ROWS)}, {},
         r"a\.parquet: no column is left to learn from"),
    ],
)  # fmt: skip
def test_what_a_streamed_file_cannot_hold_is_said(tmp_path, changes, options, line):
    with pytest.raises(DataError, match=f"^{line}"):
        loaded(tmp_path, table(**changes), **options)
    assert list(tmp_path.glob(".blocks/*")) == []


def test_files_that_hold_no_table_are_refused(tmp_path):
    (tmp_path / "a.parquet").write_bytes(b"no table")
    with pytest.raises(DataError, match=r"^a\.parquet: is not a Parquet table \("):
        loaded(tmp_path)
    (tmp_path / "a.npz").write_bytes(b"no table")
    with pytest.raises(DataError, match=r"^a\.npz: is not an NPZ file of plain arrays \("):
        loaded(tmp_path, source="a.npz")
    np.savez(tmp_path / "a.npz", x=np.ones((5, 2)), y=np.arange(4))
    with pytest.raises(DataError, match=r"arrays must be of one length, but x has 5, y has 4$"):
        loaded(tmp_path, source="a.npz", target=None)
    np.savez(tmp_path / "a.npz", x=np.ones((2, 5)).T, y=np.arange(5))
    with pytest.raises(DataError, match=r"array x lies column by column: save np\.ascontiguousarr"):
        loaded(tmp_path, source="a.npz", target=None)


def test_parts_held_in_memory_must_fit_it(tmp_path, monkeypatch):
    monkeypatch.setattr("harness.data.streaming.machine_memory", lambda: 4000)
    with pytest.raises(DataError, match=r"stay in memory and must take at most 0\.0 GB, a quarter"):
        loaded(tmp_path, table())
