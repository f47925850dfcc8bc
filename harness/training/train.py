"""Train chunks: from members to runs with curves."""

import logging
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext

import lightning.pytorch as pl
import torch

from harness.data import Dataset
from harness.errors import NetworkError
from harness.judge import Ending, Run
from harness.networks import Build, Carrier
from harness.study import Settings, Study
from harness.training.chunks import Chunk, Member, Size, halves, mlp_size, plan_chunks
from harness.training.losses import constant_loss, loss_function, loss_name
from harness.training.memory import give_memory_back, lacked_memory, room
from harness.training.population import Population
from harness.training.users import build_of, users_size

_HINTS = (
    ".*does not have many workers.*",
    ".*`training_step` returned `None`.*",
    ".*configure_optimizers. returned `None`.*",
    ".*LeafSpec.*",  # Lightning's own use of a deprecated torch function
    ".*GPU available but not used.*",
    ".*in eval mode at the start of training.*",  # who carries a module sets its mode each time
)
"""Lightning's hints for ordinary modules; none of them fits a population."""


def plan(members: list[Member], dataset: Dataset, study: Study) -> tuple[Chunk, ...]:
    """The chunks that would train these members, the longest first.

    Raises:
        DataError: a member wants more training examples than there are.
        NetworkError: the study's own network cannot be loaded.
    """
    build = build_of(study, dataset)
    if build is not None:
        return plan_chunks(members, dataset, size_of=users_size(build, dataset), room=room())
    outputs = loss_function(dataset, loss_name(dataset, study.training.loss)).outputs

    def size_of(settings: Settings, batch: int) -> Size:
        return mlp_size(settings, features=dataset.features, outputs=outputs, batch=batch)

    return plan_chunks(members, dataset, size_of=size_of, room=room())


def train(
    chunk: Chunk,
    dataset: Dataset,
    study: Study,
    *,
    accelerator: str = "auto",
    dtype: torch.dtype = torch.float32,
    tell: Callable[[str], None] = lambda line: None,
) -> tuple[Run, ...]:
    """The chunk's runs, in its order and not yet judged.

    A member that diverges is frozen and keeps its curves up to there. An error in the
    training itself makes failed runs with its message; they are tried again another time.
    Where the memory does not suffice, the chunk is halved, and its halves if need be, down to
    single members: their runs are the same in any company.

    Args:
        chunk: from `plan`.
        dataset, study: what it was planned for.
        accelerator: Lightning's word: "auto" takes a GPU where there is one.
        dtype: of weights and examples.
        tell: is given a line where the chunk is halved.
    """
    started = time.perf_counter()
    try:
        population = fit(chunk, dataset, study, accelerator=accelerator, dtype=dtype)
    except (RuntimeError, MemoryError, ValueError, NetworkError) as error:
        short, reason = lacked_memory(error), _reason(error)
    else:
        each = (time.perf_counter() - started) / len(chunk.members)
        numbers = range(len(chunk.members))
        return tuple(_run(population, number, dataset, study, each) for number in numbers)
    # Here and not above: while an error is caught, its traceback holds the population.
    if short:
        give_memory_back()
    if not short or len(chunk.members) == 1:
        reason = f"out of memory, even with no other run beside it ({reason})" if short else reason
        return tuple(
            Run(trial=member.trial, seed=member.seed, ending=Ending.FAILED, reason=reason)
            for member in chunk.members
        )
    parts = halves(chunk)
    tell(f"halved a population of {len(chunk.members)} to {len(parts[0].members)}: out of memory")
    return tuple(
        run
        for part in parts
        for run in train(part, dataset, study, accelerator=accelerator, dtype=dtype, tell=tell)
    )


def _reason(error: Exception) -> str:
    lines = str(error).splitlines() or [""]
    return lines[0] if isinstance(error, NetworkError) else f"{type(error).__name__}: {lines[0]}"


def fit(
    chunk: Chunk,
    dataset: Dataset,
    study: Study,
    *,
    accelerator: str = "auto",
    carried_by: Carrier | None = None,
    dtype: torch.dtype = torch.float32,
) -> Population:
    """The trained population itself, for those who want the weights.

    Args:
        chunk, dataset, study, accelerator, dtype: as `train` has them.
        carried_by: another carrier of a user's network than the best one.
    """
    build = build_of(study, dataset)
    population = Population(
        chunk,
        dataset,
        loss=loss_name(dataset, study.training.loss),
        study_seed=study.seed,
        build=build,
        carried_by=carried_by,
        trace=study.training.trace,
        dtype=dtype,
    )
    with _quiet(), _blamed(build):
        trainer = pl.Trainer(
            accelerator=accelerator,
            devices=1,
            max_epochs=chunk.settings.epochs,
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            num_sanity_val_steps=0,
        )
        trainer.fit(population)
    return population


def _run(
    population: Population, number: int, dataset: Dataset, study: Study, seconds: float
) -> Run:
    member = population.chunk.members[number]
    name = loss_name(dataset, study.training.loss)
    measurements = population.measurements
    curves = measurements.curves(number, dataset, loss=name, constant=constant_loss(dataset, name))
    alive = bool(measurements.alive[number]) or measurements.stopped[number] is not None
    ending = Ending.FAILED if curves is None else Ending.FINISHED if alive else Ending.DIVERGED
    return Run(
        trial=member.trial,
        seed=member.seed,
        ending=ending,
        reason="" if alive else measurements.reasons[number],
        curves=curves,
        seconds=seconds,
        trace=None if curves is None else population.tracing.of(number),
    )


@contextmanager
def _blamed(build: Build | None) -> Iterator[None]:
    """What a user's module raises is told with its line; exits pass.

    Lightning makes an exit of Ctrl-C and of SIGTERM, and these must end the study.
    """
    leaving: SystemExit | None = None
    with nullcontext() if build is None else build.function.blame:
        try:
            yield
        except SystemExit as error:
            leaving = error
    if leaving is not None:
        raise leaving


@contextmanager
def one_thread() -> Iterator[None]:
    """One intra-op thread, for which a member is promised to be the same in any company."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def gpu_name() -> str | None:
    """The name of the GPU that training would use, or None where it uses the CPU."""
    return torch.cuda.get_device_name() if torch.cuda.is_available() else None


@contextmanager
def _quiet() -> Iterator[None]:
    """Without Lightning's lines about devices and its hints for ordinary modules."""
    log = logging.getLogger("lightning.pytorch.utilities.rank_zero")
    level = log.level
    log.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            for hint in _HINTS:
                warnings.filterwarnings("ignore", hint)
            yield
    finally:
        log.setLevel(level)
