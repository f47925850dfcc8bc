"""All checks of a network, one after the other."""

from collections.abc import Iterator
from typing import Any

import torch
from torch import nn

from harness.data.user_code import Blame
from harness.errors import NetworkError
from harness.findings.checks import Check
from harness.networks import seeded
from harness.study import stream_seed
from harness.training.preflight import belonging, endings, learning, modes, rates, starting
from harness.training.preflight.batches import Batch, batch_from
from harness.training.preflight.copies import copied, device_of
from harness.training.preflight.criteria import Criterion, constant_loss, criterion_of
from harness.training.preflight.learning import memorise, memorising
from harness.training.preflight.subject import Subject, plain_loss, task_of
from harness.training.preflight.watching import Seen, seen
from harness.training.train import one_thread


def preflight(
    module: nn.Module | Any,
    batch: Any,
    *,
    loss: Any = None,
    learning_rate: float | None = None,
    optimizer: str = "adam",
    seed: int = 0,
) -> tuple[Check, ...]:
    """Look for the usual faults of a network, before hours of training.

    Some thousand steps on a batch are made, by copies: the module, the batch and all global
    random generators are left as they were.

    Args:
        module: before its training, on any device.
        batch: (inputs, targets), as a loader gives them, an example in each row; 32 or more
            tell most. Inputs may be a tensor, several, or several by name.
        loss: as the training calls it: a loss module or function of PyTorch, any other
            function of outputs and targets, or a name of a study file's `[training] loss`;
            None takes what is usual for such targets.
        learning_rate: where given, it is held against a range test.
        optimizer: of that rate: sgd, momentum, nesterov, rmsprop, adam or adamw.
        seed: of all that is drawn.

    Returns:
        One answer for each question, in the order in which to mend what failed.

    Raises:
        InputError: no such batch or loss, or the module raises; one line.
    """
    if not isinstance(module, nn.Module):
        raise NetworkError(f"preflight needs a torch.nn.Module, got {type(module).__name__}")
    rates.check_rate(learning_rate, optimizer)
    given = batch_from(batch).on(device_of(module))
    place = type(module).__name__
    with Blame(place, error=NetworkError), seeded(stream_seed(seed, 0, "preflight")):
        return checks_of(module, given, loss=loss, learning_rate=learning_rate, optimizer=optimizer)


def checks_of(
    module: nn.Module,
    batch: Batch,
    *,
    loss: Any,
    learning_rate: float | None,
    optimizer: str,
    outputs: int | None = None,
) -> tuple[Check, ...]:
    """The checks themselves, for whoever takes the blame and keeps the generators.

    Args:
        outputs: how many an example should have; None where only the loss tells.
        (others as `preflight` has them)
    """
    with torch.enable_grad(), one_thread():
        asked = None if learning_rate is None else (learning_rate, optimizer)
        return tuple(_checks(copied(module), batch, loss, asked, outputs))


def _checks(
    module: nn.Module,
    batch: Batch,
    loss: Any,
    asked: tuple[float, str] | None,
    outputs: int | None,
) -> Iterator[Check]:
    found = starting.finite(batch)
    yield found
    if found.passed is False:
        return
    look = seen(module, batch.inputs)
    criterion = criterion_of(loss, look.outputs.detach(), batch.targets)
    yield starting.input_scale(look)
    found = belonging.belonging(criterion, look.outputs.detach(), batch.targets, wanted=outputs)
    yield found
    if found.passed is not False:
        yield from _of_learning(module, batch, criterion, look, asked)


def _of_learning(
    module: nn.Module,
    batch: Batch,
    criterion: Criterion,
    look: Seen,
    asked: tuple[float, str] | None,
) -> Iterator[Check]:
    subject = Subject(
        module=module,
        batch=batch,
        criterion=criterion,
        outputs=look.outputs.detach(),
        first=plain_loss(module, batch, criterion),
        constant=constant_loss(criterion, look.outputs.detach(), batch.targets),
    )
    gradients = learning.gradients(subject)
    able = look.outputs.requires_grad and not modes.size_fault(subject)
    last = endings.ending(criterion, look.outputs, batch.targets)
    rest = list(_of_steps(subject, asked)) if able else []
    hidden = next((c for c in rest if c.name == endings.NAME), None)
    yield last if last.passed is False or hidden is None else hidden
    yield starting.first_loss(subject)
    yield starting.dead_units(look, batch)
    yield gradients
    yield modes.apart(subject)
    yield from (check for check in rest if check.name != endings.NAME)


def _of_steps(subject: Subject, asked: tuple[float, str] | None) -> Iterator[Check]:
    """What only training tells."""
    task = task_of(subject)
    known = memorise(subject, task)
    if (hidden := endings.still_ending(subject.criterion, known.outputs)) is not None:
        yield hidden
    yield memorising(subject, task, known)
    yield modes.modes(subject, task, known)
    if asked is not None:
        yield rates.rate_range(subject, learning_rate=asked[0], optimizer=asked[1])
