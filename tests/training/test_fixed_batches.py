"""Batches that are the same whenever they are read."""

import numpy as np
import pytest
import torch
from torch.utils.data import (
    BatchSampler,
    DataLoader,
    Dataset,
    RandomSampler,
    SequentialSampler,
    SubsetRandomSampler,
    TensorDataset,
    WeightedRandomSampler,
)

from harness.errors import CallbackError
from harness.training.verdicts.batches import batch_size, fixed_batches, given_batches

NUMBERS = TensorDataset(torch.arange(50.0))


def read(batches):
    """The examples of all batches, one after the other."""
    return torch.cat([batch[0] for batch, _ in batches]).tolist()


def fixed(loader, **options):
    return fixed_batches(loader, part="train", **options)


def test_a_shuffling_loader_is_read_in_order_and_unmoved():
    loader = DataLoader(NUMBERS, 8, shuffle=True, generator=torch.Generator().manual_seed(1))
    batches = fixed(loader)
    state = loader.generator.get_state()
    assert read(batches) == read(batches) == list(range(50))
    assert [size for _, size in batches] == [8] * 6 + [2]
    assert torch.equal(loader.generator.get_state(), state)


def test_a_share_is_drawn_once_and_spread():
    loader = DataLoader(NUMBERS, 8, shuffle=True)
    first, second = fixed(loader, examples=20), fixed(loader, examples=20)
    assert read(first) == read(second) == sorted(read(first))
    assert first.examples == len(set(read(first))) == 20
    assert max(read(first)) > 30


def test_samplers_that_choose_are_followed():
    chosen = DataLoader(NUMBERS, 8, sampler=SubsetRandomSampler([3, 7, 40]))
    assert read(fixed(chosen)) == [3, 7, 40]
    few = DataLoader(NUMBERS, 8, sampler=RandomSampler(NUMBERS, num_samples=12))
    assert fixed(few).examples == 12
    weights = [1.0] * 5 + [0.0] * 45
    heavy = DataLoader(NUMBERS, 8, sampler=WeightedRandomSampler(weights, 30))
    assert set(read(fixed(heavy))) <= set(range(5))


def test_a_limit_counts_for_a_loader_in_order_only():
    plain = DataLoader(NUMBERS, 8)
    assert read(fixed(plain, batches=2)) == list(range(16))
    dropping = DataLoader(NUMBERS, 8, drop_last=True)
    assert fixed(dropping).examples == 48
    assert fixed(DataLoader(NUMBERS, 8, shuffle=True), batches=2).examples == 50


def test_batches_of_an_own_sampler_stay_together():
    class Pairs(BatchSampler):
        def __iter__(self):
            yield from ([number, number + 1] for number in range(0, 50, 2))

    loader = DataLoader(NUMBERS, batch_sampler=Pairs(SequentialSampler(NUMBERS), 2, False))
    batches = fixed(loader, examples=10)
    assert batches.sizes == (2,) * 5
    for batch, _ in batches:
        first, second = batch[0].tolist()
        assert second == first + 1


def test_a_data_set_that_makes_batches_itself_is_counted_as_read():
    class Whole(Dataset):
        def __len__(self):
            return 4

        def __getitem__(self, index):
            return torch.full((3, 2), float(index)), index

    loader = DataLoader(Whole(), batch_size=None, shuffle=True)
    assert [(batch[1], size) for batch, size in fixed(loader)] == [(i, 3) for i in range(4)]


def test_the_collating_of_the_loader_is_kept():
    loader = DataLoader(
        NUMBERS, 8, collate_fn=lambda rows: {"x": torch.stack([r[0] for r in rows])}
    )
    batch, size = next(iter(fixed(loader)))
    assert size == batch_size(batch) == 8
    assert batch["x"].tolist() == list(range(8))


def test_what_cannot_be_read_past_its_order_is_refused():
    class Own(DataLoader):
        def __iter__(self):
            return super().__iter__()

    with pytest.raises(CallbackError, match="train data: a Own cannot be read past its order"):
        fixed(Own(NUMBERS, 8))
    with pytest.raises(CallbackError, match="train data: a generator cannot be read past"):
        fixed(batch for batch in [1])
    with pytest.raises(CallbackError, match="train data: it has no examples"):
        fixed(DataLoader(NUMBERS, 8, sampler=SubsetRandomSampler([])))
    with pytest.raises(
        CallbackError, match="validation data: a list_iterator cannot be read again"
    ):
        given_batches(iter([1]), part="validation")


def test_what_is_given_for_measuring_is_read_as_it_is():
    batches = given_batches([[torch.arange(3.0)], [torch.arange(2.0)]], part="train")
    assert [size for _, size in batches] == [3, 2]
    assert read(batches) == [0, 1, 2, 0, 1]
    assert given_batches(DataLoader(NUMBERS, 8), part="train", examples=9).examples == 9


@pytest.mark.parametrize(
    ("batch", "size"),
    [
        (torch.zeros(4, 2), 4),
        ({"x": np.zeros((3, 1))}, 3),
        (["word", [torch.zeros(())]], 1),
        ([], 1),
    ],
)
def test_the_size_of_a_batch_is_its_first_axis(batch, size):
    assert batch_size(batch) == size
