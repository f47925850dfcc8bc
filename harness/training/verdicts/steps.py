"""What a batch costs: by the module's own validation step, or by a function that was given."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from math import nan
from typing import Any

import lightning.pytorch as pl
from lightning.pytorch.loggers.logger import DummyLogger
from lightning.pytorch.utilities.model_helpers import is_overridden
from lightning.pytorch.utilities.signature_utils import is_param_in_hook_signature
from torch import Tensor

from harness.errors import CallbackError
from harness.training.verdicts.measuring import BatchLoss, losses_of

Asked = Callable[[Any, Any], Tensor] | str | None
"""A function of module and batch, the name of a logged metric, or whatever there is."""


class Steps:
    """Gives the loss and score of a batch.

    Args:
        loss: a function of module and batch that gives the loss of every example, [example];
            or the name under which `validation_step` logs it; None for what the step returns.
        score: a function of module and batch that gives a score of every example, or of the
            batch; or the name of a logged one; None for the only one whose name has "acc" in
            it.
        monitored: names that other callbacks watch: they decide where several losses are
            logged.
    """

    def __init__(self, *, loss: Asked, score: Asked, monitored: tuple[str, ...] = ()) -> None:
        self._loss = loss
        self._score = score
        self._monitored = monitored

    @property
    def own(self) -> bool:
        """Whether the module's own step is called."""
        return not callable(self._loss)

    def check(self, module: pl.LightningModule) -> None:
        """That the module has what is asked of it.

        Raises:
            CallbackError: no `validation_step`, and no function in its place.
        """
        if self.own and not is_overridden("validation_step", module):
            name = type(module).__name__
            raise CallbackError(
                f"VerdictCallback: {name} has no validation_step; give loss=, a function of "
                "module and batch that gives the loss of every example"
            )

    def __call__(
        self, module: pl.LightningModule, batch: Any, index: int, examples: int
    ) -> BatchLoss:
        """One batch of so many examples, without gradients and in the mode the module is in."""
        logged: dict[str, float] = {}
        loss, each = 0.0, None
        if callable(self._loss):
            each = losses_of(self._loss(module, batch), examples)
            loss = float(each.double().mean())
        else:
            with _heard(module, logged):
                output = _step(module, batch, index)
            loss = self._found(output, logged)
        return BatchLoss(loss=loss, each=each, score=self._scored(module, batch, logged))

    def _found(self, output: Any, logged: Mapping[str, float]) -> float:
        if isinstance(self._loss, str):
            return _by_name(self._loss, logged, option="loss")
        given = output.get("loss") if isinstance(output, Mapping) else output
        if isinstance(given, Tensor) and given.numel() == 1:
            return float(given)
        names = [name for name in logged if "loss" in name.lower()]
        watched = [name for name in names if name in self._monitored]
        if len(names) == 1 or len(watched) == 1:
            return logged[(names if len(names) == 1 else watched)[0]]
        raise CallbackError(
            f"VerdictCallback: validation_step returns no loss and logs {_listed(logged)}; "
            'name the loss: loss="..."'
        )

    def _scored(self, module: Any, batch: Any, logged: Mapping[str, float]) -> float:
        if callable(self._score):
            return float(self._score(module, batch).double().mean())
        if isinstance(self._score, str):
            return _by_name(self._score, logged, option="score")
        names = [name for name in logged if "acc" in name.lower()]
        return logged[names[0]] if len(names) == 1 else nan


def _step(module: pl.LightningModule, batch: Any, index: int) -> Any:
    step = module.validation_step
    arguments: dict[str, Any] = {}
    if is_param_in_hook_signature(step, "dataloader_idx", explicit=True):
        arguments["dataloader_idx"] = 0
    if is_param_in_hook_signature(step, "batch_idx", min_args=2):
        return step(batch, index, **arguments)
    return step(batch, **arguments)


@contextmanager
def _heard(module: pl.LightningModule, logged: dict[str, float]) -> Iterator[None]:
    """What the module logs goes to `logged` alone, and to no logger."""

    def log(name: str, value: Any, *_: Any, **__: Any) -> None:
        if isinstance(value, int | float) or (isinstance(value, Tensor) and value.numel() == 1):
            logged[name] = float(value)

    trainer = module.trainer
    loggers = trainer.loggers
    vars(module)["log"] = log
    trainer.loggers = [DummyLogger() for _ in loggers]
    try:
        yield
    finally:
        trainer.loggers = loggers
        del vars(module)["log"]


def _by_name(name: str, logged: Mapping[str, float], *, option: str) -> float:
    if name not in logged:
        raise CallbackError(
            f'VerdictCallback: {option}="{name}" is no number that validation_step logs; '
            f"it logs {_listed(logged)}"
        )
    return logged[name]


def _listed(logged: Mapping[str, float]) -> str:
    return ", ".join(sorted(logged)) or "nothing"
