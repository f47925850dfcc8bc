"""A verdict for anybody's Hugging Face training. Entered by `harness.huggingface_callback`."""

from collections.abc import Callable, Mapping
from math import nan
from typing import Any

from torch import Tensor
from torch.utils.data import DataLoader
from transformers import (  # pyright: ignore[reportMissingImports]
    TrainerCallback,
)

from harness.study import Thresholds
from harness.training.verdicts.batches import Batches, fixed_batches, given_batches
from harness.training.verdicts.companion import Accompanied, Companion, counted
from harness.training.verdicts.measuring import BatchLoss, Measurer, Parts, losses_of
from harness.training.verdicts.untouched import Draws


class HuggingFaceVerdictCallback(Accompanied, TrainerCallback):
    """Says whether a Hugging Face training overfits or underfits, and from which epoch on.

        trainer.add_callback(harness.huggingface_callback(trainer))

    Before training and after each epoch training and validation loss are measured in eval mode
    by the Trainer's own `compute_loss`, on its training and evaluation data sets; the training
    goes on as if it were not there. The world's process zero measures. A resumed training
    begins new curves.

    Args:
        trainer: the `transformers.Trainer` that trains.
        loss: a function of model and inputs (on the device) that gives the loss of every
            example, [example]; None for `compute_loss`.
        score: a function of model and inputs that gives a score of every example, or the mean.
        every_n_epochs, train_examples, loss_name, score_name, constant_loss, train_data,
            validation_data, stop, thresholds, say: as in `harness.VerdictCallback`.

    Raises:
        CallbackError: an option is out of its range; from `train`, the data cannot be read
            beside the training.
    """

    def __init__(
        self,
        trainer: Any,
        *,
        every_n_epochs: int = 1,
        train_examples: int | None = None,
        loss: Callable[[Any, Any], Tensor] | None = None,
        score: Callable[[Any, Any], Tensor] | None = None,
        loss_name: str = "",
        score_name: str = "accuracy",
        constant_loss: float = nan,
        train_data: Any = None,
        validation_data: Any = None,
        stop: bool = False,
        thresholds: Thresholds | None = None,
        say: Callable[[str], None] = print,
    ) -> None:
        self._trainer = trainer
        self._train_examples = counted(train_examples, name="train_examples")
        self._loss = loss
        self._score = score
        self._given = (train_data, validation_data)
        self._stop = stop
        self._measurer: Measurer | None = None
        self._companion = Companion(
            loss_name=loss_name,
            score_name=score_name,
            constant_loss=constant_loss,
            thresholds=thresholds,
            every_n_epochs=every_n_epochs,
            say=say,
        )

    def on_train_begin(
        self, args: Any, state: Any, control: Any, *, train_dataloader: Any = None, **_: Any
    ) -> None:
        """Choose what to measure on, and measure the weights as they are."""
        if not state.is_world_process_zero:
            return
        self._companion.open()
        self._measurer = self._measurer_of(train_dataloader)
        epoch = round(state.epoch or 0)
        if self._companion.begins_at(epoch):
            self._companion.record(epoch, *self._measurer.measure())

    def on_epoch_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Measure, and say when it has been too long."""
        epoch = round(state.epoch)
        if self._companion.due(epoch):
            self._measure(epoch)
        if self._companion.too_long() and self._stop:
            control.should_training_stop = True

    def on_train_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Measure the last epoch where that was not done, and conclude."""
        epoch = round(state.epoch or 0)
        if self._companion.lacks(epoch):
            self._measure(epoch)
        self._measurer = None
        self._companion.conclude()

    def _measure(self, epoch: int) -> None:
        if self._measurer is not None and not self._companion.diverged:
            self._companion.record(epoch, *self._measurer.measure())

    def _measurer_of(self, train_loader: Any) -> Measurer:
        draws = Draws()
        with draws.repeated():
            validation = self._validation()
            examples = None if validation is None else validation.examples or None
            train = self._train(train_loader, self._train_examples or examples)
        return Measurer(
            self._trainer.model,
            parts=Parts(train=train, validation=validation),
            step=self._step,
            draws=draws,
            around=self._trainer.compute_loss_context_manager,
        )

    def _train(self, loader: Any, examples: int | None) -> Batches:
        if self._given[0] is not None:
            return given_batches(self._given[0], part="train", examples=examples)
        return fixed_batches(_plain(loader), part="train", examples=examples)

    def _validation(self) -> Batches | None:
        if self._given[1] is not None:
            return given_batches(self._given[1], part="validation")
        known = self._trainer.eval_dataset
        if known is None:
            self._companion.tell("no eval_dataset: what the training loss alone shows is judged")
            return None
        first = next(iter(known)) if isinstance(known, Mapping) else None
        if first is not None:
            self._companion.tell(f'several eval data sets: "{first}", the first, is judged')
        loader = self._trainer.get_eval_dataloader(first)
        return fixed_batches(_plain(loader), part="validation")

    def _step(self, batch: Any, index: int, examples: int) -> BatchLoss:
        model = self._trainer.model
        inputs = self._trainer._prepare_inputs(batch)
        score = nan
        if self._score is not None:
            score = float(self._score(model, inputs).double().mean())
        if self._loss is not None:
            each = losses_of(self._loss(model, inputs), examples)
            return BatchLoss(loss=float(each.double().mean()), each=each, score=score)
        return BatchLoss(loss=float(self._trainer.compute_loss(model, inputs)), score=score)


def _plain(loader: Any) -> DataLoader[Any]:
    """A loader of the same data, where another library has wrapped it for several devices."""
    size = loader.batch_size or loader.total_batch_size
    return DataLoader(loader.dataset, batch_size=size, collate_fn=loader.collate_fn)
