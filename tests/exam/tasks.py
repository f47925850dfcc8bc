"""What the exam's networks learn: distributions from which fresh examples never run out."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from harness.data import Task
from harness.data.built_in import spirals
from harness.study import Loss

Array = np.ndarray[Any, np.dtype[Any]]
Sampler = Callable[[np.random.Generator, int], tuple[Array, Array]]
"""Draws so many fresh examples: x [example, feature] and y [example]."""
POOL = 16_000
"""Examples of MNIST-1D made for one exam, of which studies draw theirs."""


@dataclass(frozen=True, kw_only=True)
class Distribution:
    """One data set without end.

    Args:
        train: what the training part is drawn from.
        deployed: what the validation part and the fresh examples are drawn from; another one
            only where the task is about that.
    """

    train: Sampler
    deployed: Sampler

    @property
    def exchangeable(self) -> bool:
        """Whether training and validation examples come from the same."""
        return self.train is self.deployed


@dataclass(frozen=True, kw_only=True)
class ExamTask:
    """A kind of data set.

    Args:
        name: what tables call it.
        make: draws a distribution of this kind.
        classes: 0 for numbers.
        loss: None for the one that fits the data.
        network: a user's network that learns it in place of the built-in one.
        long: trained for many epochs by wide networks, to see the loss fall twice.
    """

    name: str
    make: Callable[[np.random.Generator], Distribution]
    classes: int
    loss: Loss | None = None
    network: str | None = None
    long: bool = False

    @property
    def task(self) -> Task:
        """Classification where there are classes."""
        return Task.CLASSIFICATION if self.classes else Task.REGRESSION


def same(sampler: Sampler) -> Distribution:
    """Deployed as trained."""
    return Distribution(train=sampler, deployed=sampler)


def relabelled(sampler: Sampler, rates: Array) -> Sampler:
    """With a share of each class's labels made wrong, as `rates` [class] says."""
    classes = len(rates)

    def sample(rng: np.random.Generator, count: int) -> tuple[Array, Array]:
        x, y = sampler(rng, count)
        wrong = rng.random(count) < rates[y]
        return x, np.where(wrong, (y + rng.integers(1, classes, count)) % classes, y)

    return sample


def mixture(
    rng: np.random.Generator, *, apart: float, classes: int = 4, features: int = 10
) -> Sampler:
    """Two Gaussians a class; `apart` is the deviation of their centres."""
    centres = apart * rng.standard_normal((classes, 2, features))

    def sample(draw: np.random.Generator, count: int) -> tuple[Array, Array]:
        y = draw.integers(0, classes, count)
        chosen = centres[y, draw.integers(0, 2, count)]
        return chosen + draw.standard_normal((count, features)), y

    return sample


def imbalanced(sampler: Sampler, shares: Array) -> Sampler:
    """With classes as frequent as `shares` [class] says."""

    def sample(draw: np.random.Generator, count: int) -> tuple[Array, Array]:
        x, y = sampler(draw, 4 * len(shares) * count)
        keep = np.flatnonzero(draw.random(len(y)) < shares[y] / shares.max())
        return x[keep[:count]], y[keep[:count]]

    return sample


def shifted(rng: np.random.Generator) -> Distribution:
    """Validation and deployment lie elsewhere: every feature moved and scaled a little."""
    train = mixture(rng, apart=0.9)
    move, scale = 0.5 * rng.standard_normal(10), np.exp(0.25 * rng.standard_normal(10))

    def elsewhere(draw: np.random.Generator, count: int) -> tuple[Array, Array]:
        x, y = train(draw, count)
        return x * scale + move, y

    return Distribution(train=train, deployed=elsewhere)


def teacher(rng: np.random.Generator, *, features: int = 10, tails: float | None = None) -> Sampler:
    """A random network of 8 tanh units, its answers of variance 1, and noise.

    Args:
        rng: of the teacher and the size of its noise.
        features: of an example.
        tails: degrees of freedom of Student's t for heavy tails; None for normal noise.
    """
    first = rng.standard_normal((features, 8)) / np.sqrt(features) * 2
    last = rng.standard_normal(8)
    noise = rng.choice([0.1, 0.3, 0.6])
    probe = np.tanh(rng.standard_normal((4000, features)) @ first) @ last
    middle, spread = probe.mean(), probe.std()

    def sample(draw: np.random.Generator, count: int) -> tuple[Array, Array]:
        x = draw.standard_normal((count, features))
        jitter = draw.standard_normal(count) if tails is None else draw.standard_t(tails, count)
        return x, (np.tanh(x @ first) @ last - middle) / spread + noise * jitter

    return sample


def arms(rng: np.random.Generator) -> Sampler:
    """Two arms of a spiral with noise."""
    noise = float(rng.choice([0.03, 0.08]))

    def sample(draw: np.random.Generator, count: int) -> tuple[Array, Array]:
        x, y = spirals(count, noise=noise, seed=int(draw.integers(2**31)))
        order = draw.permutation(count)
        return x[order], y[order]

    return sample


def mnist1d(rng: np.random.Generator) -> Sampler:
    """Fresh examples of MNIST-1D (Greydanus and Kobak, 2024) out of one large pool."""

    def sample(draw: np.random.Generator, count: int) -> tuple[Array, Array]:
        x, y = _pool()
        # Of the pool's shuffled order each call takes the next stretch, so that the parts of
        # one study never share an example.
        chosen = order[taken[0] : taken[0] + count]
        taken[0] += count
        assert len(chosen) == count, "the pool of MNIST-1D is too small"
        return x[chosen], y[chosen]

    order, taken = rng.permutation(POOL), [0]
    return sample


@lru_cache(maxsize=1)
def _pool() -> tuple[Array, Array]:
    from mnist1d.data import get_dataset_args, make_dataset

    settings: Any = get_dataset_args()
    settings.num_samples, settings.train_split = POOL, 1.0
    kept, kept_numpy = random.getstate(), np.random.get_state()
    try:  # it reseeds both global generators
        content = make_dataset(settings)
    finally:
        random.setstate(kept)
        np.random.set_state(kept_numpy)
    return content["x"].astype(np.float64), content["y"].astype(np.int64)


def _by_class(rng: np.random.Generator) -> Array:
    """Two of ten classes lose 60 % of their labels, one 30 %."""
    rates = np.zeros(10)
    rates[rng.permutation(10)[:3]] = (0.6, 0.6, 0.3)
    return rates


TASKS = (
    ExamTask(name="mnist1d", classes=10, make=lambda rng: same(mnist1d(rng))),
    ExamTask(name="mixture", classes=4, make=lambda rng: same(mixture(rng, apart=1.2))),
    ExamTask(name="overlap", classes=4, make=lambda rng: same(mixture(rng, apart=0.5))),
    ExamTask(
        name="noisy labels",
        classes=4,
        make=lambda rng: same(relabelled(mixture(rng, apart=1.2), np.full(4, 0.2))),
    ),
    ExamTask(name="spirals", classes=2, make=lambda rng: same(arms(rng))),
    ExamTask(name="teacher", classes=0, make=lambda rng: same(teacher(rng))),
    ExamTask(
        name="imbalanced",
        classes=4,
        make=lambda rng: same(
            imbalanced(mixture(rng, apart=0.8), np.array([0.85, 0.08, 0.04, 0.03]))
        ),
    ),
    ExamTask(name="heavy tails", classes=0, make=lambda rng: same(teacher(rng, tails=3))),
    ExamTask(
        name="noise by class",
        classes=10,
        make=lambda rng: same(relabelled(mnist1d(rng), _by_class(rng))),
    ),
    ExamTask(name="shifted", classes=4, make=shifted),
    ExamTask(
        name="convolutions",
        classes=10,
        make=lambda rng: same(mnist1d(rng)),
        network="exam_nets.py:build",
    ),
    ExamTask(
        name="double descent",
        classes=10,
        make=lambda rng: same(relabelled(mnist1d(rng), np.full(10, 0.15))),
        long=True,
    ),
)
