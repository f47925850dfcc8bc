"""A batch of somebody's examples, and parts of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from harness.errors import DataError

Inputs = Tensor | tuple[Tensor, ...] | dict[str, Tensor]


@dataclass(frozen=True, kw_only=True, eq=False)
class Batch:
    """Inputs and targets, an example in each row.

    Args:
        inputs: what the module is called with: one tensor, several, or several by name.
        targets: what its outputs are compared with.
    """

    inputs: Inputs
    targets: Tensor

    def __len__(self) -> int:
        return self.targets.shape[0]

    @property
    def tensors(self) -> dict[str, Tensor]:
        """The inputs with names for people."""
        if isinstance(self.inputs, Tensor):
            return {"inputs": self.inputs}
        if isinstance(self.inputs, tuple):
            return {f"inputs[{n}]": tensor for n, tensor in enumerate(self.inputs)}
        return {f'inputs["{name}"]': tensor for name, tensor in self.inputs.items()}

    def rows(self, rows: Tensor) -> "Batch":
        """Some of the examples, by their positions."""
        return Batch(inputs=_each(self.inputs, lambda t: t[rows]), targets=self.targets[rows])

    def on(self, device: torch.device) -> "Batch":
        """The same on another device."""
        return Batch(
            inputs=_each(self.inputs, lambda t: t.to(device)), targets=self.targets.to(device)
        )


def batch_from(given: Any) -> Batch:
    """A batch out of (inputs, targets), of tensors or arrays.

    Raises:
        DataError: it is no such pair, its parts differ in length, or it has one example only.
    """
    if not isinstance(given, tuple | list) or len(given) != 2:
        what = f"{len(given)} things" if isinstance(given, tuple | list) else type(given).__name__
        raise DataError(f"batch must be a pair, (inputs, targets), got {what}")
    batch = Batch(inputs=_inputs(given[0]), targets=_tensor("targets", given[1]))
    named = {**batch.tensors, "targets": batch.targets}
    for name, tensor in named.items():
        if tensor.dim() == 0:
            raise DataError(f"batch: {name} must have a row for each example, got one number")
    for name, tensor in named.items():
        if tensor.shape[0] != len(batch):
            counts = f"{tensor.shape[0]} and {len(batch)}"
            raise DataError(f"batch: {name} and targets must have as many rows, got {counts}")
    if len(batch) < 2:
        raise DataError(f"batch must hold at least 2 examples, got {len(batch)}")
    return batch


def answer(module: nn.Module, inputs: Inputs) -> Tensor:
    """The module's outputs for a batch; of several things its logits.

    Raises:
        TypeError: there is no tensor to compare with targets.
    """
    if isinstance(inputs, Tensor):
        made = module(inputs)
    else:
        made = module(*inputs) if isinstance(inputs, tuple) else module(**inputs)
    logits = made.get("logits") if isinstance(made, Mapping) else getattr(made, "logits", None)
    found = made if isinstance(made, Tensor) else logits
    if not isinstance(found, Tensor):
        raise TypeError(f"forward must return a tensor, got {type(made).__name__}")
    return found


def spread_out(batch: Batch, most: int) -> Batch:
    """Examples far from each other, each the farthest from those before it.

    No two have equal inputs: a network could not tell them apart.

    Args:
        batch: where they are taken from.
        most: how many; fewer where inputs repeat.
    """
    columns = [tensor.reshape(len(batch), -1).double() for tensor in batch.tensors.values()]
    points = torch.cat(columns, dim=1).cpu()
    points = points / points.std(dim=0).clamp_min(1e-12)
    rows = [0]
    distances = (points - points[0]).square().sum(dim=1)
    while len(rows) < most and float(distances.max()) > 0:
        rows.append(int(distances.argmax()))
        distances = torch.minimum(distances, (points - points[rows[-1]]).square().sum(dim=1))
    return batch.rows(torch.tensor(sorted(rows), device=batch.targets.device))


def _each(inputs: Inputs, change: Any) -> Inputs:
    if isinstance(inputs, Tensor):
        return change(inputs)
    if isinstance(inputs, tuple):
        return tuple(change(tensor) for tensor in inputs)
    return {name: change(tensor) for name, tensor in inputs.items()}


def _inputs(given: Any) -> Inputs:
    if isinstance(given, Mapping):
        return {str(name): _tensor(f'inputs["{name}"]', one) for name, one in given.items()}
    if isinstance(given, Sequence) and not isinstance(given, str):
        return tuple(_tensor(f"inputs[{n}]", one) for n, one in enumerate(given))
    return _tensor("inputs", given)


def _tensor(name: str, given: Any) -> Tensor:
    if isinstance(given, np.ndarray) and given.dtype.kind in "biuf":
        return torch.from_numpy(given.copy())
    if not isinstance(given, Tensor):
        raise DataError(f"batch: {name} must be a tensor, got {type(given).__name__}")
    return given.detach()
