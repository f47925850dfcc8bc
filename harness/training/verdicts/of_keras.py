"""A verdict for anybody's Keras training. Needs Keras 3; entered by `harness.keras_callback`."""

from collections.abc import Callable
from math import nan
from typing import Any

import keras  # pyright: ignore[reportMissingImports]
import numpy as np

from harness.errors import CallbackError
from harness.study import Thresholds, stream_seed
from harness.training.verdicts.companion import Accompanied, Companion, counted
from harness.training.verdicts.untouched import Draws
from harness.training.verdicts.watcher import Measurement

EachLoss = Callable[[Any, Any, Any], Any]
_FROM_LOGS = (
    "no data to measure on: what fit reports is judged, where training loss is averaged over an "
    "epoch in training mode; give train= and validation="
)


class KerasVerdictCallback(Accompanied, keras.callbacks.Callback):
    """Says whether a Keras training overfits or underfits, and from which epoch on.

    With `train` and `validation` both are measured by `model.evaluate` before training and
    after each epoch, on the same weights. Without them the losses that `fit` reports are
    judged; there the training loss is an average over the epoch, and epoch 0 is missing.

    Args:
        train: (x, y) or (x, y, sample weights) as arrays; or anything that `evaluate` can read
            again and again.
        validation: the same, of the validation part.
        every_n_epochs, train_examples, loss_name, score_name, constant_loss, stop, thresholds,
            say: as in `harness.VerdictCallback`.
        loss: a function of model, x and y that gives the loss of every example, [example]; for
            arrays only.
        score: the name of a metric of `evaluate`; None for the only one with "acc" in it.
        batch_size: of the evaluation of arrays.

    Raises:
        CallbackError: an option is out of its range or does not suit the data.
    """

    def __init__(
        self,
        *,
        train: Any = None,
        validation: Any = None,
        every_n_epochs: int = 1,
        train_examples: int | None = None,
        loss: EachLoss | None = None,
        score: str | None = None,
        loss_name: str = "",
        score_name: str = "accuracy",
        constant_loss: float = nan,
        stop: bool = False,
        thresholds: Thresholds | None = None,
        batch_size: int | None = None,
        say: Callable[[str], None] = print,
    ) -> None:
        super().__init__()
        if (train is None) != (validation is None):
            raise CallbackError("VerdictCallback: give train= and validation=, or neither")
        if loss is not None and not (_arrays(train) and _arrays(validation)):
            raise CallbackError("VerdictCallback: loss= needs arrays: train=(x, y)")
        limit = counted(train_examples, name="train_examples") or _length(validation)
        self._parts = None if train is None else (_share(train, limit), validation)
        self._loss = loss
        self._score = score
        self._batch_size = batch_size
        self._stop = stop
        self._draws = Draws()
        self._before: tuple[Measurement, Measurement] | None = None
        self._begun = False
        self._trained = 0
        self._companion = Companion(
            loss_name=loss_name,
            score_name=score_name,
            constant_loss=constant_loss,
            thresholds=thresholds,
            every_n_epochs=every_n_epochs,
            say=say,
        )

    def on_train_begin(self, logs: Any = None) -> None:
        """Measure the weights as they are, before Keras sets its metrics to 0."""
        self._companion.open()
        self._trained, self._begun = 0, False
        self._before = None if self._parts is None else self._measured()
        if self._parts is None:
            self._companion.tell(_FROM_LOGS)

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Which epoch it was that was measured."""
        if self._begun:
            return
        self._begun = True
        if self._companion.begins_at(epoch) and self._before is not None:
            self._companion.record(epoch, *self._before)
        self._before = None

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Measure, or take what `fit` reports; say when it has been too long."""
        self._trained = epoch + 1
        if self._parts is None:
            self._reported(logs or {})
        elif self._companion.due(self._trained):
            self._record()
        if self._companion.too_long() and self._stop:
            self.model.stop_training = True

    def _record(self) -> None:
        if not self._companion.diverged:
            self._companion.record(self._trained, *self._measured())

    def _reported(self, logs: dict[str, float]) -> None:
        if "loss" not in logs:
            raise CallbackError("VerdictCallback: fit reports no loss")
        score = _score_of(logs, self._score)
        train = Measurement(loss=float(logs["loss"]), score=score)
        validation = None
        if "val_loss" in logs:
            own = {name[4:]: x for name, x in logs.items() if name.startswith("val_")}
            validation = Measurement(loss=float(own["loss"]), score=_score_of(own, self._score))
        self._companion.record(self._trained, train, validation)

    def on_train_end(self, logs: Any = None) -> None:
        """Measure the last epoch where that was not done, and conclude."""
        if self._parts is not None and self._companion.lacks(self._trained):
            self._record()
        self._companion.conclude()

    def _measured(self) -> tuple[Measurement, Measurement]:
        assert self._parts is not None
        # The torch backend draws from PyTorch's generator even where it evaluates in order.
        with self._draws.repeated():
            train, validation = map(self._part, self._parts)
        return train, validation

    def _part(self, data: Any) -> Measurement:
        arrays = data if _arrays(data) else (data,)
        reported = self.model.evaluate(
            *arrays[:2],
            sample_weight=arrays[2] if len(arrays) > 2 else None,
            batch_size=self._batch_size,
            verbose=0,
            return_dict=True,
        )
        loss, each = float(reported["loss"]), None
        if self._loss is not None:
            each = _each(self._loss(self.model, *arrays[:2]), _length(data))
            loss = float(each.mean())
        score = _score_of(reported, self._score)
        return Measurement(loss=loss, score=score, examples=_length(data) or 0, each=each)


def _arrays(data: Any) -> bool:
    return isinstance(data, tuple) and len(data) in (2, 3) and hasattr(data[0], "__len__")


def _length(data: Any) -> int | None:
    return len(data[0]) if _arrays(data) else None


def _share(data: Any, count: int | None) -> Any:
    """At most so many examples of arrays, drawn once; anything else as it is."""
    examples = _length(data)
    if examples is None or count is None or examples <= count:
        return data
    rng = np.random.default_rng(stream_seed(0, -1, "train examples to measure"))
    chosen = np.sort(rng.choice(examples, count, replace=False))
    return tuple(np.asarray(array)[chosen] for array in data)


def _each(given: Any, examples: int | None) -> np.ndarray:
    losses = np.asarray(keras.ops.convert_to_numpy(given), dtype=np.float64)
    if losses.shape != (examples,):
        raise CallbackError(
            f"VerdictCallback: loss must give one loss for each example, [{examples}], "
            f"got {list(losses.shape)}"
        )
    return losses


def _score_of(reported: dict[str, Any], name: str | None) -> float:
    if name is not None and name not in reported:
        known = ", ".join(reported)
        raise CallbackError(f'VerdictCallback: score="{name}" is not reported; there are {known}')
    names = [name] if name else [one for one in reported if _accuracy(one)]
    return float(reported[names[0]]) if len(names) == 1 else nan


def _accuracy(name: str) -> bool:
    return "acc" in name.lower() and not name.startswith("val_")
