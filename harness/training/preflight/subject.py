"""What is looked at: a copy of a module, a batch, a loss, and what they give together."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from harness.training.preflight.batches import Batch, answer, spread_out
from harness.training.preflight.copies import plainly
from harness.training.preflight.criteria import Criterion, constant_loss, least_loss

MEMORISED = 32
"""Examples to be memorised."""
NARROW = 3
"""Of inputs with so few numbers fewer are: a function of one number with 32 ups and downs is
no test of a network."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Subject:
    """A network before its training.

    Args:
        module: a copy; whoever trains takes one of their own.
        batch: all examples.
        criterion: the loss.
        outputs: for the batch, before training.
        first: loss of the batch before training, nothing random about it.
        constant: loss of the best constant prediction; NaN where it is not known.
    """

    module: nn.Module
    batch: Batch
    criterion: Criterion
    outputs: Tensor
    first: float
    constant: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Task:
    """Some examples to memorise, and what losses mean on them.

    Args:
        batch: the examples.
        least: loss of perfect predictions.
        scale: what there is to be learned: from there to the best constant prediction's loss,
            or with a loss of one's own to the first loss.
    """

    batch: Batch
    least: float
    scale: float


def loss_of(module: nn.Module, batch: Batch, criterion: Criterion) -> Tensor:
    """The loss in the module's present modes, with its graph."""
    return criterion(answer(module, batch.inputs), batch.targets)


def plain_loss(module: nn.Module, batch: Batch, criterion: Criterion) -> float:
    """The loss without anything random."""
    with plainly(module), torch.no_grad():
        return float(loss_of(module, batch, criterion))


def task_of(subject: Subject) -> Task:
    """The examples of the batch that lie farthest apart."""
    numbers = sum(tensor[0].numel() for tensor in subject.batch.tensors.values())
    batch = spread_out(subject.batch, 8 * numbers if numbers <= NARROW else MEMORISED)
    with plainly(subject.module), torch.no_grad():
        outputs = answer(subject.module, batch.inputs)
    least = least_loss(subject.criterion, batch.targets)
    constant = constant_loss(subject.criterion, outputs, batch.targets)
    if constant != constant:
        constant = float(subject.criterion(outputs, batch.targets))
    return Task(batch=batch, least=least, scale=constant - least)
