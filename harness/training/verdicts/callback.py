"""A verdict for anybody's Lightning training."""

from collections.abc import Callable
from math import nan
from typing import Any

import lightning.pytorch as pl
from torch import Tensor

from harness.study import Thresholds
from harness.training.verdicts.companion import Accompanied, Companion, counted
from harness.training.verdicts.loaders import on_device, parts_of
from harness.training.verdicts.loggers import log_losses, log_verdict
from harness.training.verdicts.measuring import BatchLoss, Measurer
from harness.training.verdicts.steps import Steps
from harness.training.verdicts.untouched import Draws


class VerdictCallback(Accompanied, pl.Callback):
    """Says whether a Lightning training overfits or underfits, and from which epoch on.

        trainer = pl.Trainer(callbacks=[harness.VerdictCallback()])

    Before training and after each epoch it measures training and validation loss in eval mode
    on the same weights. The training goes on as if it were not there, bit for bit: generators,
    metrics, modes, buffers and the order of the loaders are as before. At the end `verdict`
    and `curves` are there, a line is printed, and the Trainer's loggers get the figures; during
    training a line says once when it has gone on for too long.

    By default the loss is what the module's own `validation_step` returns (or logs), called on
    batches of both parts. A function `loss` that gives the loss of every example lets epochs be
    compared example by example, which takes fewer validation examples to be sure.

    With several processes rank zero measures all of the data, and the others have no verdict.

    Args:
        every_n_epochs: measure after so many; epoch 0 and the last always.
        train_examples: at most so many training examples, drawn once; None for as many as the
            validation part has.
        loss: a function of module and batch (on its device) that gives the loss of every
            example, [example]; or the name of a loss that `validation_step` logs.
        score: a function of module and batch that gives a score of every example (1 for a
            right class), or the batch's mean; or the name of a logged one; None for the only
            logged name that has "acc" in it.
        loss_name: "mse", "categorical_crossentropy" ...: gives the verdict its unit.
        score_name: "accuracy" or another.
        constant_loss: validation loss of the best constant prediction, where known; the first
            loss stands in for it.
        train_data, validation_data: loaders to measure on in place of the training's own; their
            batches are those that `validation_step` or `loss` takes.
        stop: end the training when it has gone on for too long.
        thresholds: of the judge.
        say: gets the lines.

    Raises:
        CallbackError: an option is out of its range; from `fit`, the training cannot be
            measured beside itself.
    """

    def __init__(
        self,
        *,
        every_n_epochs: int = 1,
        train_examples: int | None = None,
        loss: Callable[[Any, Any], Tensor] | str | None = None,
        score: Callable[[Any, Any], Tensor] | str | None = None,
        loss_name: str = "",
        score_name: str = "accuracy",
        constant_loss: float = nan,
        train_data: Any = None,
        validation_data: Any = None,
        stop: bool = False,
        thresholds: Thresholds | None = None,
        say: Callable[[str], None] = print,
    ) -> None:
        super().__init__()
        self._companion = Companion(
            loss_name=loss_name,
            score_name=score_name,
            constant_loss=constant_loss,
            thresholds=thresholds,
            every_n_epochs=every_n_epochs,
            say=say,
        )
        self._train_examples = counted(train_examples, name="train_examples")
        self._asked: dict[str, Any] = {"loss": loss, "score": score}
        self._given = {"train_data": train_data, "validation_data": validation_data}
        self._stop = stop
        self._measurer: Measurer | None = None

    @property
    def state_key(self) -> str:
        """Under which a checkpoint holds the curves; two callbacks may ask for different ones."""
        asked = {name: getattr(value, "__qualname__", value) for name, value in self._asked.items()}
        given = {name: value is not None for name, value in self._given.items()}
        return self._generate_state_key(every_n_epochs=self._companion.every, **asked, **given)

    def setup(self, trainer: pl.Trainer, pl_module: pl.LightningModule, stage: str) -> None:
        """A fit begins."""
        if stage == "fit":
            self._companion.open()

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Choose what to measure on, and measure the weights as they are."""
        if not trainer.is_global_zero:
            return
        self._measurer = self._measurer_of(trainer, pl_module)
        if self._companion.begins_at(trainer.current_epoch):
            self._measure(trainer, trainer.current_epoch)

    def _measurer_of(self, trainer: pl.Trainer, module: pl.LightningModule) -> Measurer:
        draws, tell = Draws(), self._companion.tell
        parts = parts_of(
            trainer, **self._given, train_examples=self._train_examples, draws=draws, say=tell
        )
        if parts.validation is None:
            tell("no validation data: what the training loss alone shows is judged")
        steps = Steps(**self._asked, monitored=_monitored(trainer))
        steps.check(module)

        def step(batch: Any, index: int, examples: int) -> BatchLoss:
            return steps(module, on_device(trainer, batch), index, examples)

        return Measurer(
            module,
            parts=parts,
            step=step,
            draws=draws,
            touched=[getattr(trainer, "datamodule", None)],
            around=trainer.precision_plugin.val_step_context,
        )

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Measure, and say when it has been too long."""
        epoch = trainer.current_epoch + 1
        if self._companion.due(epoch):
            self._measure(trainer, epoch)
        too_long = self._companion.too_long()
        if self._stop and trainer.strategy.broadcast(too_long):
            trainer.should_stop = True

    def _measure(self, trainer: pl.Trainer, epoch: int) -> None:
        if self._companion.diverged or self._measurer is None:
            return
        train, validation = self._measurer.measure()
        self._companion.record(epoch, train, validation)
        log_losses(trainer.loggers, train, validation, step=trainer.global_step)

    def on_train_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Measure the last epoch where that was not done, and conclude."""
        if self._companion.lacks(trainer.current_epoch):
            self._measure(trainer, trainer.current_epoch)
        self._conclude(trainer)

    def on_exception(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, exception: BaseException
    ) -> None:
        """After Ctrl-C: judge what there is."""
        if isinstance(exception, KeyboardInterrupt):
            self._conclude(trainer)

    def on_fit_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Where nothing was to be trained, say so, or judge what a checkpoint held."""
        self._conclude(trainer)

    def _conclude(self, trainer: pl.Trainer) -> None:
        self._measurer = None
        verdict = self._companion.conclude() if trainer.is_global_zero else None
        if verdict is not None:
            log_verdict(trainer.loggers, verdict, step=trainer.global_step)

    def state_dict(self) -> dict[str, Any]:
        """The curves so far, for a checkpoint."""
        return self._companion.to_json()

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on with a checkpoint's curves."""
        self._companion.go_on(state_dict)


def _monitored(trainer: pl.Trainer) -> tuple[str, ...]:
    callbacks: list[pl.Callback] = getattr(trainer, "callbacks", [])
    names = [getattr(callback, "monitor", None) for callback in callbacks]
    return tuple(name for name in names if isinstance(name, str))
