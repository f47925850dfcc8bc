"""Losses of both parts under the present weights, measured without a trace."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import lightning.pytorch as pl
import torch

from harness.training.verdicts.batches import Batches
from harness.training.verdicts.steps import BatchLoss, Steps, evaluated
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


class Measurer:
    """Measures a module inside its training.

    Args:
        trainer: of the training; gives device and precision.
        module: the user's.
        parts: on what.
        steps: by what.
        draws: the random numbers of every measurement.
    """

    def __init__(
        self,
        trainer: pl.Trainer,
        module: pl.LightningModule,
        *,
        parts: Parts,
        steps: Steps,
        draws: Draws,
    ) -> None:
        self.parts = parts
        self._trainer = trainer
        self._module = module
        self._steps = steps
        self._draws = draws

    def measure(self) -> tuple[Measurement, Measurement | None]:
        """Both parts; afterwards everything is as before."""
        train, validation = self.parts.train, self.parts.validation
        with self._untraced():
            return self._part(train), None if validation is None else self._part(validation)

    @contextmanager
    def _untraced(self) -> Iterator[None]:
        trainer, parts = self._trainer, (self.parts.train, self.parts.validation)
        touched = [thing for part in parts if part is not None for thing in part.touched]
        with (
            untouched(self._module, getattr(trainer, "datamodule", None), *touched),
            self._draws.repeated(),
            torch.no_grad(),
            trainer.precision_plugin.val_step_context(),
        ):
            self._module.eval()
            yield

    def _part(self, batches: Batches) -> Measurement:
        losses: list[BatchLoss] = []
        sizes: list[int] = []
        for index, (batch, examples) in enumerate(batches):
            losses.append(self._steps(self._module, self._moved(batch), index, examples))
            sizes.append(examples)
        loss, score, each = evaluated(losses, sizes)
        return Measurement(loss=loss, score=score, examples=sum(sizes), each=each)

    def _moved(self, batch: Any) -> Any:
        """A batch on the device, through the user's own hooks, as in validation."""
        batch = self._trainer.precision_plugin.convert_input(batch)
        batch = self._module._on_before_batch_transfer(batch, dataloader_idx=0)
        return self._trainer.strategy.batch_to_device(batch, dataloader_idx=0)
