"""Losses per example, their gradients, and the loss of the best constant prediction.

Outputs are [member, batch, padded output]; only the first `outputs` columns count, and a
gradient is 0 in the others. Per-example losses are what PyTorch's functions of the same name
give with `reduction="none"`, averaged over the outputs of one example.
"""

from abc import ABC, abstractmethod

import numpy as np
import torch
from jaxtyping import Float, Shaped
from scipy.optimize import minimize_scalar
from torch import Tensor
from torch.nn import functional

from harness.data import Dataset, Task
from harness.study import Loss

Outputs = Float[Tensor, "member batch padded_output"]
Targets = Shaped[Tensor, "member batch *output"]
PerExample = Float[Tensor, "member batch"]


class LossFunction(ABC):
    """A loss with its gradient.

    Args:
        outputs: real outputs of the network.

    `pad_output` is what outputs are padded to a multiple of; `sigmoid` says that the one
    output is the log-odds of class 1.
    """

    pad_output = 16
    sigmoid = False

    def __init__(self, outputs: int) -> None:
        self.outputs = outputs
        self._padding: Tensor | None = None

    def shares(self, outputs: Outputs) -> Outputs:
        """Class probabilities, where the loss makes them of its outputs; 0 in the padding."""
        raise NotImplementedError(f"{type(self).__name__} makes no class probabilities")

    @abstractmethod
    def per_example(self, outputs: Outputs, targets: Targets) -> PerExample:
        """The loss of every example."""

    @abstractmethod
    def gradient(self, outputs: Outputs, targets: Targets) -> Outputs:
        """Gradient of the batch's mean loss by the outputs."""

    def _widen(self, part: Tensor, like: Tensor) -> Tensor:
        return functional.pad(part, (0, like.shape[2] - part.shape[2]))


class CategoricalCrossentropy(LossFunction):
    """Minus the log of the softmax probability of the right class."""

    def per_example(self, outputs: Outputs, targets: Targets) -> PerExample:
        logs = functional.log_softmax(self._closed(outputs), dim=2)
        return -logs.gather(2, targets.unsqueeze(2)).squeeze(2)

    def shares(self, outputs: Outputs) -> Outputs:
        return functional.softmax(self._closed(outputs), dim=2)

    def gradient(self, outputs: Outputs, targets: Targets) -> Outputs:
        shares = self.shares(outputs)
        minus_one = shares.new_full((1, 1, 1), -1).expand(*targets.shape, 1)
        shares.scatter_add_(2, targets.unsqueeze(2), minus_one)
        return shares.div_(outputs.shape[1])

    def _closed(self, outputs: Outputs) -> Outputs:
        """Outputs with minus infinity in the padding.

        Rows of 16 contiguous numbers go through softmax eight times as fast as slices of 10.
        """
        held = self._padding
        fits = held is not None and held.shape[0] == outputs.shape[2]
        if held is None or not fits or held.device != outputs.device:
            padding = outputs.new_zeros(outputs.shape[2])
            padding[self.outputs :] = -torch.inf
            held = self._padding = padding
        return outputs + held


class BinaryCrossentropy(LossFunction):
    """Cross-entropy of one sigmoid output; targets are the classes 0 and 1."""

    # The whole padded block goes through log and exp, see networks.mlp.
    pad_output = 32
    sigmoid = True

    def per_example(self, outputs: Outputs, targets: Targets) -> PerExample:
        wanted = targets.to(outputs.dtype).unsqueeze(2).expand_as(outputs)
        losses = functional.binary_cross_entropy_with_logits(outputs, wanted, reduction="none")
        return losses[..., 0]

    def gradient(self, outputs: Outputs, targets: Targets) -> Outputs:
        error = torch.sigmoid(outputs)[..., :1] - targets.to(outputs.dtype).unsqueeze(2)
        return self._widen(error / outputs.shape[1], outputs)


class _Numbers(LossFunction):
    """Losses of the error, output minus target; classes become one-hot targets."""

    def _error(self, outputs: Outputs, targets: Targets) -> Tensor:
        if not targets.is_floating_point():
            wanted = targets.unsqueeze(2)
            if self.outputs > 1:
                wanted = functional.one_hot(targets, self.outputs)
            targets = wanted.to(outputs.dtype)
        return outputs[..., : self.outputs] - targets

    def per_example(self, outputs: Outputs, targets: Targets) -> PerExample:
        return self._losses(self._error(outputs, targets)).mean(dim=2)

    def gradient(self, outputs: Outputs, targets: Targets) -> Outputs:
        slope = self._slopes(self._error(outputs, targets))
        return self._widen(slope / (outputs.shape[1] * self.outputs), outputs)

    @abstractmethod
    def _losses(self, error: Tensor) -> Tensor: ...

    @abstractmethod
    def _slopes(self, error: Tensor) -> Tensor: ...


class MeanSquaredError(_Numbers):
    """Squared error."""

    def _losses(self, error: Tensor) -> Tensor:
        return error.square()

    def _slopes(self, error: Tensor) -> Tensor:
        return 2 * error


class MeanAbsoluteError(_Numbers):
    """Absolute error; its gradient is 0 at 0."""

    def _losses(self, error: Tensor) -> Tensor:
        return error.abs()

    def _slopes(self, error: Tensor) -> Tensor:
        return error.sign()


class Huber(_Numbers):
    """Half the squared error up to 1, then the absolute error minus a half (Huber 1964)."""

    def _losses(self, error: Tensor) -> Tensor:
        return functional.huber_loss(error, torch.zeros_like(error), reduction="none")

    def _slopes(self, error: Tensor) -> Tensor:
        return error.clamp(-1, 1)


class OutputItself(LossFunction):
    """The network's first output is the loss; targets do not count."""

    def per_example(self, outputs: Outputs, targets: Targets) -> PerExample:
        return outputs[..., 0]

    def gradient(self, outputs: Outputs, targets: Targets) -> Outputs:
        gradient = torch.zeros_like(outputs)
        gradient[..., 0] = 1 / outputs.shape[1]
        return gradient


_FUNCTIONS: dict[Loss, type[LossFunction]] = {
    "categorical_crossentropy": CategoricalCrossentropy,
    "binary_crossentropy": BinaryCrossentropy,
    "mse": MeanSquaredError,
    "mae": MeanAbsoluteError,
    "huber": Huber,
    "output": OutputItself,
}


def loss_name(dataset: Dataset, asked: Loss | None) -> Loss:
    """The loss asked for, or what fits the data."""
    if asked is not None:
        return asked
    if dataset.task is Task.REGRESSION:
        return "mse"
    return "binary_crossentropy" if dataset.classes == 2 else "categorical_crossentropy"


def loss_function(dataset: Dataset, name: Loss) -> LossFunction:
    """The loss with as many outputs as the data want."""
    if dataset.task is Task.REGRESSION:
        return _FUNCTIONS[name](dataset.train.y.shape[1])
    one = name == "binary_crossentropy" or (
        name != "categorical_crossentropy" and dataset.classes == 2
    )
    return _FUNCTIONS[name](1 if one else dataset.classes)


def constant_loss(dataset: Dataset, name: Loss) -> float:
    """Validation loss of the best constant prediction, learned from the training part.

    NaN where there is no validation part, or the network's output is the loss. A class that
    only the validation part knows would make it infinite: then every class counts half an
    example more (Krichevsky and Trofimov, 1981).
    """
    if len(dataset.validation) == 0 or name == "output":
        return float("nan")
    if name in ("categorical_crossentropy", "binary_crossentropy"):
        counts = np.bincount(dataset.train.y, minlength=dataset.classes)
        unseen = np.any(np.isin(dataset.validation.y, np.flatnonzero(counts), invert=True))
        counts = counts + 0.5 if unseen else counts
        shares = counts / counts.sum()
        return float(-np.log(shares[dataset.validation.y]).mean())
    train, validation = (_as_numbers(dataset, y) for y in (dataset.train.y, dataset.validation.y))
    columns = range(train.shape[1])
    return float(np.mean([_column_loss(train[:, c], validation[:, c], name) for c in columns]))


def _as_numbers(dataset: Dataset, y: np.ndarray) -> np.ndarray:
    if dataset.task is Task.REGRESSION:
        return y.astype(np.float64)
    return np.eye(dataset.classes)[y] if dataset.classes > 2 else y[:, None].astype(np.float64)


def _column_loss(train: np.ndarray, validation: np.ndarray, name: Loss) -> float:
    match name:
        case "mse":
            return float(np.mean((validation - train.mean()) ** 2))
        case "mae":
            return float(np.mean(np.abs(validation - np.median(train))))
        case _:
            best = minimize_scalar(lambda constant: _huber(train - constant).mean()).x
            return float(_huber(validation - best).mean())


def _huber(error: np.ndarray) -> np.ndarray:
    size = np.abs(error)
    return np.where(size <= 1, error**2 / 2, size - 0.5)
