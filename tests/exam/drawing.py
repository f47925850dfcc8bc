"""Draws the exam: small studies of random settings, trained by our own populations.

Every run is trained for twice its epochs. What the judge sees ends at the first half; what
fresh examples say of both halves is the truth.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from itertools import count
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import torch

from harness.data import Dataset, Part, Task
from harness.judge import Ending, Run
from harness.study import DataSource, Settings, Study, Training, Trial, settings_from
from harness.study.records import Arm
from harness.training import Chunk, Member, Population, loss_name, one_thread, plan
from harness.training.feeding import as_targets, in_pieces
from harness.training.losses import constant_loss
from harness.training.users import build_of
from tests.exam.records import Course, Item
from tests.exam.tasks import TASKS, Array, ExamTask

FRESH = 4_000
VALIDATION = (50, 200, 1_000)
BLOCKS = 7
BLOCKS_OF_USERS = 3
"""Convolutions cost more."""
ALIKE = 4
"""Runs of one shape, which train side by side."""
DEAREST = 3e10
"""Multiplications and additions of one run; dearer settings are drawn again."""
MOST_STEPS = 8_000


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """One small study of the exam.

    Args:
        number: counts up within an exam.
        seed: the exam's.
        seeds: of each setting, a divisor of `ALIKE`.
    """

    number: int
    seed: int
    seeds: int = 1

    @property
    def rng(self) -> np.random.Generator:
        """The stream of everything that is drawn for it."""
        return np.random.default_rng([self.seed, self.number])

    @property
    def task(self) -> ExamTask:
        """Tasks take turns."""
        return TASKS[self.number % len(TASKS)]


def draw(sheets: Sequence[Sheet], *, workers: int) -> Iterator[Item]:
    """All runs of the sheets, in their order, with the truth about each."""
    if workers == 1:
        for sheet in sheets:
            yield from drawn(sheet)
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        for items in pool.map(drawn, sheets):
            yield from items


def drawn(sheet: Sheet) -> list[Item]:
    """The runs of one sheet."""
    rng = sheet.rng
    dataset = data_of(sheet, rng)
    members = _members(sheet, dataset, rng)
    study = study_of(sheet, [member.trial.settings for member in members])
    items: list[Item] = []
    with one_thread():
        for chunk in plan(members, dataset, study):
            items += _trained(chunk, dataset, study, sheet)
    return sorted(items, key=lambda item: (item.run.trial.number, item.run.seed))


def data_of(sheet: Sheet, rng: np.random.Generator) -> Dataset:
    """What the runs of a sheet learn from; its test part are the fresh examples.

    Args:
        sheet: which one.
        rng: its stream, of which nothing was drawn yet.
    """
    distribution = sheet.task.make(rng)
    examples = round(np.exp(rng.uniform(np.log(50), np.log(4_000))))
    validation = VALIDATION[(sheet.number // len(TASKS)) % len(VALIDATION)]
    parts = (
        distribution.train(rng, examples),
        distribution.deployed(rng, validation),
        distribution.deployed(rng, FRESH),
    )
    return _dataset(sheet.task, parts, exchangeable=distribution.exchangeable)


def _dataset(
    task: ExamTask, parts: Sequence[tuple[Array, Array]], *, exchangeable: bool
) -> Dataset:
    train_x, train_y = parts[0]
    middle, spread = train_x.mean(axis=0), train_x.std(axis=0) + 1e-9
    target = (train_y.mean(), train_y.std()) if task.task is Task.REGRESSION else (0.0, 1.0)

    def part(x: Array, y: Array) -> Part:
        scaled = ((x - middle) / spread).astype(np.float32)
        if task.task is Task.CLASSIFICATION:
            return Part(x=scaled, y=y.astype(np.int64))
        return Part(x=scaled, y=((y - target[0]) / target[1]).astype(np.float32)[:, None])

    made = [part(x, y) for x, y in parts]
    return Dataset(
        task=task.task,
        train=made[0],
        validation=made[1],
        test=made[2],
        feature_names=tuple(f"x{number}" for number in range(train_x.shape[1])),
        class_names=tuple(str(number) for number in range(task.classes)),
        exchangeable=exchangeable,
        fingerprint=task.name,
    )


def _members(sheet: Sheet, dataset: Dataset, rng: np.random.Generator) -> list[Member]:
    task = sheet.task
    members: list[Member] = []
    for block in range(BLOCKS_OF_USERS if task.network else BLOCKS):
        shape = _shape(task, dataset, rng, good=block == 0)
        for _ in range(ALIKE // sheet.seeds):
            settings = settings_from(
                shape | _knobs(shape, rng, good=block == 0), network=task.network
            )
            number = len(members) // sheet.seeds
            trial = Trial(number=number, settings=settings, stage="search")
            seeds = [int(rng.integers(2**31)) for _ in range(sheet.seeds)]
            members += [Member(trial=trial, seed=seed) for seed in seeds]
    return members


def _shape(
    task: ExamTask, dataset: Dataset, rng: np.random.Generator, *, good: bool
) -> dict[str, Any]:
    """What the runs of a block share; in one block of a sheet what usually does well."""
    for tries in count():
        epochs = round(np.exp(rng.uniform(np.log(30), np.log(300))))
        # Where many examples make long courses too dear, shorter ones will do.
        least = 150 // (1 + tries // 50) if task.long else 0
        shape: dict[str, Any] = {
            "epochs": 2 * max(epochs, least),
            "batch": int(rng.choice([16, 32, 64, 128])),
            "optimizer": str(rng.choice(["sgd", "momentum", "adam"])),
        }
        if good:
            shape |= {"optimizer": "adam"}
        if task.network is not None:
            shape["channels"] = int(rng.choice([2, 4, 8, 16]))
        else:
            low, high = (32, 256) if good or task.long else (2, 512)
            shape["layers"] = int(rng.integers(1, 4))
            shape["units"] = round(np.exp(rng.uniform(np.log(low), np.log(high))))
        if _affordable(shape, dataset):
            return shape
    raise AssertionError("counting never ends")


def _affordable(shape: dict[str, Any], dataset: Dataset) -> bool:
    units, layers = shape.get("units", 0), shape.get("layers", 0)
    inside = dataset.features * units + units**2 * (layers - 1) + 10 * units
    parameters = inside if units else 600 * shape["channels"] + 240 * shape["channels"] ** 2
    passes = 4 * len(dataset.train) * shape["epochs"]
    steps = shape["epochs"] * -(-len(dataset.train) // shape["batch"])
    dear = 5 if "channels" in shape else 1
    return 2 * parameters * passes * dear <= DEAREST and steps * dear**0.5 <= MOST_STEPS


def _knobs(shape: dict[str, Any], rng: np.random.Generator, *, good: bool) -> dict[str, Any]:
    adam = shape["optimizer"] == "adam"
    low, high = (1e-3, 1e-2) if good else (1e-4, 0.3 if adam else 1.0)
    knobs: dict[str, Any] = {
        "learning_rate": float(np.exp(rng.uniform(np.log(low), np.log(high)))),
        "l2": float(10 ** rng.uniform(-5, -1)) if rng.random() < 0.4 else 0.0,
    }
    if "channels" not in shape:
        knobs["dropout"] = float(rng.uniform(0.05, 0.6)) if rng.random() < 0.4 else 0.0
    return knobs


def study_of(sheet: Sheet, settings: Sequence[Settings]) -> Study:
    """The study that a sheet is, with these settings for its arms."""
    network = sheet.task.network
    arms = {str(each): each for each in settings}
    return Study(
        name=f"sheet-{sheet.number}",
        question="What is true of these runs?",
        data=DataSource(source="digits"),
        training=Training(seeds=1, loss=sheet.task.loss),
        network=network,
        arms=tuple(Arm(name=name, settings=settings) for name, settings in arms.items()),
        seed=int(np.random.default_rng([sheet.seed, sheet.number, 1]).integers(2**31)),
        folder=Path(__file__).parent,
    )


def _trained(chunk: Chunk, dataset: Dataset, study: Study, sheet: Sheet) -> list[Item]:
    """Train for the doubled epochs, and take the curves in the middle."""
    loss = loss_name(dataset, study.training.loss)
    population = _Watched(
        chunk, dataset, loss=loss, study_seed=study.seed, build=build_of(study, dataset)
    )
    half = chunk.settings.epochs // 2
    population.on_fit_start()
    items: list[Item] = []
    for epoch in range(1, 2 * half + 1):
        population.on_train_epoch_start()
        population.training_step(range(chunk.steps), 0)
        population.measure(epoch)
        if epoch == half:
            items = [
                _item(population, number, dataset, sheet) for number in range(len(chunk.members))
            ]
    after = population.course(half, 2 * half)
    whole = population.course(0, half)
    constant = constant_loss(replace(dataset, validation=dataset.test), loss)
    return [
        replace(
            item,
            constant_loss=constant,
            course=Course(epochs=whole[0], loss=whole[1][number]),
            continued=Course(epochs=after[0], loss=after[1][number]),
        )
        for number, item in enumerate(items)
        if item is not None
    ]


def _item(population: "_Watched", number: int, dataset: Dataset, sheet: Sheet) -> Any:
    member, seen = population.chunk.members[number], population.measurements
    loss = population.loss_called
    curves = seen.curves(number, dataset, loss=loss, constant=constant_loss(dataset, loss))
    if curves is None:
        return None
    alive = bool(seen.alive[number])
    run = Run(
        trial=Trial(
            number=member.trial.number,
            settings=_halved(member.trial.settings),
            stage=member.trial.stage,
        ),
        seed=member.seed,
        ending=Ending.FINISHED if alive else Ending.DIVERGED,
        reason=seen.reasons[number],
        curves=curves,
    )
    return Item(task=sheet.task.name, sheet=sheet.number, run=run)


def _halved(settings: Settings) -> Settings:
    return replace(settings, epochs=settings.epochs // 2)


class _Watched(Population):
    """A population that is measured on fresh examples as well, at some forty epochs a half."""

    def __init__(self, chunk: Chunk, dataset: Dataset, *, loss: Any, **options: Any) -> None:
        super().__init__(chunk, dataset, loss=loss, **options)
        self.loss_called = loss
        self._fresh_x = self.network.prepared(torch.from_numpy(dataset.test.x))[None]
        self._fresh_y = as_targets(dataset.test.y[None], dataset, torch.float32)
        half = chunk.settings.epochs // 2
        early = [0, 1, 2, 3, 4, 6, 8, 11, 15, 20, 26, 33]
        spread = np.linspace(0, half, 32).round().astype(int).tolist()
        later = np.linspace(half, 2 * half, 16).round().astype(int).tolist()
        self._at = {*(epoch for epoch in early if epoch <= half), *spread, *later}
        self._seen: dict[int, Array] = {}

    def measure(self, epoch: int) -> None:
        """Also the mean loss of every member over the fresh examples."""
        super().measure(epoch)
        if epoch in self._at:
            with torch.no_grad():
                losses, _ = self._evaluated(in_pieces(self._fresh_x, self._fresh_y))
            self._seen[epoch] = losses.mean(axis=1)

    def course(self, first: int, last: int) -> tuple[Array, Array]:
        """Epochs from `first` to `last`, and the losses then: [member, epoch]."""
        at = [epoch for epoch in sorted(self._seen) if first <= epoch <= last]
        return np.array(at), np.stack([self._seen[epoch] for epoch in at], axis=1)
