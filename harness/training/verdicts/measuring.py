"""Losses of both parts under the present weights, measured without a trace."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from math import nan
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from harness.errors import CallbackError
from harness.training.verdicts.batches import Batches
from harness.training.verdicts.untouched import Draws, untouched
from harness.training.verdicts.watcher import Measurement


@dataclass(frozen=True, kw_only=True)
class Parts:
    """What is measured after each epoch.

    Args:
        train: the training examples, or a fixed share of them.
        validation: None where there are none.
    """

    train: Batches
    validation: Batches | None


@dataclass(frozen=True, kw_only=True)
class BatchLoss:
    """What one batch cost.

    Args:
        loss: its mean.
        each: of every example, [example]; None where the step only gives the mean.
        score: a mean; NaN where there is none.
    """

    loss: float
    each: Tensor | None = None
    score: float = nan


Step = Callable[[Any, int, int], BatchLoss]
"""Gives the loss of a batch, by the batch, its number and its number of examples."""


class Measurer:
    """Measures a module inside its training.

    Args:
        module: the user's.
        parts: on what.
        step: by what.
        draws: the random numbers of every measurement.
        touched: what else a step may change.
        around: entered for the measurement, for precision.
    """

    def __init__(
        self,
        module: nn.Module,
        *,
        parts: Parts,
        step: Step,
        draws: Draws,
        touched: Sequence[Any] = (),
        around: Callable[[], AbstractContextManager[Any]] = nullcontext,
    ) -> None:
        self._module = module
        self._parts = parts
        self._step = step
        self._draws = draws
        self._touched = touched
        self._around = around

    def measure(self) -> tuple[Measurement, Measurement | None]:
        """Both parts; afterwards everything is as before."""
        train, validation = self._parts.train, self._parts.validation
        with self._untraced():
            return self._part(train), None if validation is None else self._part(validation)

    @contextmanager
    def _untraced(self) -> Iterator[None]:
        parts = (self._parts.train, self._parts.validation)
        data = [thing for part in parts if part is not None for thing in part.touched]
        with (
            untouched(self._module, *self._touched, *data),
            self._draws.repeated(),
            torch.no_grad(),
            self._around(),
        ):
            _keep_to_itself(self._module)
            self._module.eval()
            yield

    def _part(self, batches: Batches) -> Measurement:
        losses: list[BatchLoss] = []
        sizes: list[int] = []
        for index, (batch, examples) in enumerate(batches):
            losses.append(self._step(batch, index, examples))
            sizes.append(examples)
        if not sizes:
            raise CallbackError("VerdictCallback: a loader to measure on gave no batch")
        return Measurement(
            loss=float(np.average([one.loss for one in losses], weights=sizes)),
            score=float(np.average([one.score for one in losses], weights=sizes)),
            examples=sum(sizes),
            each=_joined(losses),
        )


def _joined(losses: list[BatchLoss]) -> np.ndarray | None:
    parts = [one.each for one in losses if one.each is not None]
    return torch.cat(parts).double().cpu().numpy() if len(parts) == len(losses) else None


def _keep_to_itself(module: nn.Module) -> None:
    """Only one process measures: metrics must not wait for the others."""
    for inner in module.modules():
        for name in ("sync_on_compute", "dist_sync_on_step"):  # torchmetrics
            if hasattr(inner, name):
                vars(inner)[name] = False


def losses_of(given: Any, examples: int) -> Tensor:
    """What a user's function gives, checked: the loss of every example of a batch.

    Raises:
        CallbackError: it is anything else.
    """
    shape = list(given.shape) if isinstance(given, Tensor) else type(given).__name__
    if not isinstance(given, Tensor) or shape != [examples]:
        raise CallbackError(
            "VerdictCallback: loss must give one loss for each example of a batch, "
            f"[{examples}], got {shape}"
        )
    return given.detach()
