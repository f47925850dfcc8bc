from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.data import load
from harness.data.examples import Examples
from harness.data.parts import cut, part_sizes
from harness.errors import DataError
from harness.study import DataSource, Split


def examples(y, *, class_names=(), groups=None, order=None):
    y = np.asarray(y)
    x = np.arange(len(y), dtype=np.float64)[:, None]
    return Examples(
        place="made.csv",
        x=x,
        y=y,
        feature_names=("x1",),
        class_names=class_names,
        groups=groups,
        order=order,
    )


def parts_of(found, split=None, *, seed=0):
    parts = cut(found, Split() if split is None else split, seed=seed)
    return [parts.train, parts.validation, parts.test]


def names(count):
    return tuple(str(i) for i in range(count))


SPLITS = [
    Split(),
    Split(train=0.5, validation=0.25, test=0.25),
    Split(train=0.8, validation=0.2, test=0.0),
    Split(train=0.3, validation=0.3, test=0.2),
    Split(train=1.0, validation=0.0, test=0.0),
]


@given(st.integers(20, 300), st.sampled_from(SPLITS), st.integers(0, 100))
def test_parts_never_share_an_example_and_have_the_sizes_asked_for(count, split, seed):
    found = parts_of(examples(np.arange(count) % 2, class_names=names(2)), split, seed=seed)
    together = np.concatenate(found)
    assert len(np.unique(together)) == len(together)
    shares = (split.train, split.validation, split.test)
    for part, share in zip(found, shares, strict=True):
        assert abs(len(part) - share * count) <= 1
    if sum(shares) == 1:
        assert len(together) == count


@given(
    st.lists(st.integers(3, 60), min_size=2, max_size=6),
    st.sampled_from(SPLITS),
    st.integers(0, 100),
)
def test_every_part_holds_the_classes_in_their_proportions(sizes, split, seed):
    y = np.repeat(np.arange(len(sizes)), sizes)
    if len(y) < 20:
        return
    found = parts_of(examples(y, class_names=names(len(sizes))), split, seed=seed)
    for part in found:
        counts = np.bincount(y[part], minlength=len(sizes))
        expected = np.array(sizes) * len(part) / len(y)
        assert np.all(counts > 0) or len(part) < len(sizes)
        if np.all(expected >= 2):  # below, a part that holds every class is not in proportion
            assert np.all(np.abs(counts - expected) < 3)


@given(
    st.lists(st.integers(1, 9), min_size=3, max_size=30),
    st.sampled_from(SPLITS),
    st.integers(0, 100),
)
def test_a_group_never_crosses_parts(sizes, split, seed):
    groups = np.random.default_rng(seed).permutation(np.repeat(np.arange(len(sizes)), sizes))
    if len(groups) < 20:
        return
    found = parts_of(examples(np.arange(len(groups)) * 0.5, groups=groups), split, seed=seed)
    seen = [set(groups[part].tolist()) for part in found]
    assert len(set.union(*seen)) == sum(len(each) for each in seen)
    for part, share in zip(found, (split.train, split.validation, split.test), strict=True):
        assert (len(part) > 0) == (share > 0)


def test_groups_of_one_size_give_the_shares_asked_for():
    groups = np.repeat(np.arange(10), 5)
    assert [len(part) for part in parts_of(examples(groups * 0.1, groups=groups))] == [30, 10, 10]


def test_a_split_by_time_puts_the_latest_examples_in_test_and_keeps_ties_in_order():
    times = np.array([3, 1, 2, 1, 5, 4, 1, 9, 8, 7])
    found = parts_of(examples(times * 0.1, order=np.argsort(times, kind="stable")))
    assert [part.tolist() for part in found] == [[1, 3, 6, 2, 0, 5], [4, 9], [8, 7]]


def test_the_examples_of_a_part_stay_in_the_files_order():
    for part in parts_of(examples(np.arange(50) % 2, class_names=names(2))):
        assert np.all(np.diff(part) > 0)


def test_another_seed_cuts_otherwise_and_the_same_one_alike():
    found = examples(np.arange(50) * 0.5)
    assert np.array_equal(parts_of(found, seed=1)[0], parts_of(found, seed=1)[0])
    assert not np.array_equal(parts_of(found, seed=1)[0], parts_of(found, seed=2)[0])


def test_a_share_too_small_for_one_example_is_named():
    with pytest.raises(DataError, match=r"a.csv: 10 rows are too few for data.split.test = 0.01"):
        part_sizes(10, Split(train=0.5, validation=0.49, test=0.01), place="a.csv")


def test_every_class_too_small_is_named():
    with pytest.raises(DataError) as error:
        parts_of(examples([0] * 10 + [1] + [2, 2], class_names=("a", "b", "c")))
    assert error.value.faults == (
        "made.csv: target target: class b has 1 example, but 3 parts need at least 3",
        "made.csv: target target: class c has 2 examples, but 3 parts need at least 3",
    )


def test_too_few_groups_are_counted():
    with pytest.raises(DataError, match=r"3 parts need at least 3 groups, data.group has 2"):
        parts_of(examples(np.arange(10) * 0.1, groups=np.arange(10) % 2))


def test_a_class_that_time_leaves_out_of_train_is_named():
    late = examples([0] * 8 + [1] * 2, class_names=("early", "late"), order=np.arange(10))
    with pytest.raises(DataError, match=r"class late has 2 examples, none of them in train"):
        parts_of(late)


def notes_of(folder: Path, table: dict[str, list[float]], **options) -> str:
    pd.DataFrame(table).to_csv(folder / "a.csv", index=False)
    source = DataSource(source="a.csv", target="y", **options)
    return "\n".join(load(source, folder=folder, seed=0).notes)


def test_copies_across_parts_are_counted_as_a_leak(tmp_path):
    x = [1.5] * 10 + [2.5] * 10
    found = notes_of(tmp_path, {"x": x, "y": [0] * 10 + [1] * 10})
    assert "leak: 4 of 4 validation examples are exact copies of train examples" in found
    assert "leak: 4 of 4 test examples are exact copies of validation examples" in found


def test_equal_features_with_another_target_are_no_copies(tmp_path):
    found = notes_of(tmp_path, {"x": [1.5] * 10 + [2.5] * 10, "y": np.arange(20) * 0.3})
    assert "leak" not in found


def test_what_the_split_leaves_over_is_counted(tmp_path):
    split = Split(train=0.5, validation=0.2, test=0.2)
    table = {"x": np.arange(20) * 0.5, "y": np.arange(20) * 0.3}
    assert "leaves 2 of 20 examples unused" in notes_of(tmp_path, table, split=split)


def test_unbalanced_classes_are_said(tmp_path):
    table = {"x": np.arange(20) * 0.5, "y": [0] * 16 + [1] * 4}
    found = notes_of(tmp_path, table)
    assert "classes are unbalanced (80.0% are 0, 20.0% are 1): read balanced accuracy" in found
