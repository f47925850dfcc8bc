"""Small data and populations for the tests of this room."""

import numpy as np
import pytest
import torch

from harness.data import Dataset, Part, Task
from harness.study import DataSource, Range, Search, Study, Training, Trial, settings_from
from harness.training import Member, plan
from harness.training.measures import Averaging


@pytest.fixture(autouse=True, scope="session")
def _one_thread():
    """Bit-identity is promised for one intra-op thread, as workers have it."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def make_classes(*, classes=3, examples=75, features=7, seed=0):
    """Blobs that overlap a little."""
    rng = np.random.default_rng(seed)
    y = np.arange(examples) % classes
    x = rng.normal(size=(examples, features)) + 1.5 * rng.normal(size=(classes, features))[y]
    return x.astype(np.float32), y.astype(np.int64)


def make_dataset(*, classes=3, train=75, validation=30, features=7, outputs=1):
    """Classes, or a regression where `classes` is 0."""
    total = train + validation
    if classes:
        x, y = make_classes(classes=classes, examples=total, features=features)
        names = tuple(f"class {number}" for number in range(classes))
    else:
        rng = np.random.default_rng(1)
        x = rng.normal(size=(total, features)).astype(np.float32)
        y = (x @ rng.normal(size=(features, outputs))).astype(np.float32)
        y += 0.3 * rng.normal(size=y.shape).astype(np.float32)
        names = ()
    return Dataset(
        task=Task.CLASSIFICATION if classes else Task.REGRESSION,
        train=Part(x=x[:train], y=y[:train]),
        validation=Part(x=x[train:], y=y[train:]),
        test=Part(x=x[:0], y=y[:0]),
        feature_names=tuple(f"x{number}" for number in range(features)),
        class_names=names,
        fingerprint="made up",
    )


def make_study(*, loss=None, seed=0):
    """A study that only carries a loss and a seed."""
    return Study(
        name="test",
        question="Does it train?",
        data=DataSource(source="made"),
        training=Training(seeds=1, loss=loss),
        knobs={"units": Range(low=1, high=99, integer=True)},
        search=Search(trials=1),
        seed=seed,
    )


def members_of(*knobs, seeds=(0,)):
    """A trial for each table of knobs, a member for each seed of it."""
    trials = [
        Trial(number=number, settings=settings_from(table), stage="search")
        for number, table in enumerate(knobs)
    ]
    return [Member(trial=trial, seed=seed) for trial in trials for seed in seeds]


def only_chunk(members, dataset, study):
    """The one chunk that members of one shape make."""
    (chunk,) = plan(members, dataset, study)
    return chunk


def averaged(losses):
    """A training part of these losses [member, example], half of it right."""
    seen = Averaging()
    seen.add(losses, np.full(losses.shape, 0.5))
    return seen.averaged(seen.right)
