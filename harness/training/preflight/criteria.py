"""What a loss compares: known losses of PyTorch, and what a constant prediction costs by them."""

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass
from typing import Any, Literal, cast, get_args

import torch
from torch import Tensor, nn
from torch.nn import functional

from harness.errors import InputError
from harness.study import Loss

Kind = Literal["categorical", "binary", "log shares", "shares", "squared", "absolute", "own"]
"""What outputs are to a loss: logits of classes, the log-odds of one, logs of probabilities,
probabilities, numbers by squared or absolute error, or something that only its maker knows."""

LEAST_SHARE = 1e-6
"""Stands for the share of a class that no example has."""

_OF_MODULES: dict[type[nn.Module], Kind] = {
    nn.CrossEntropyLoss: "categorical",
    nn.BCEWithLogitsLoss: "binary",
    nn.NLLLoss: "log shares",
    nn.BCELoss: "shares",
    nn.MSELoss: "squared",
    nn.L1Loss: "absolute",
    nn.HuberLoss: "absolute",
    nn.SmoothL1Loss: "absolute",
}
_OF_FUNCTIONS: dict[Callable[..., Any], Kind] = {
    functional.cross_entropy: "categorical",
    functional.binary_cross_entropy_with_logits: "binary",
    functional.nll_loss: "log shares",
    functional.binary_cross_entropy: "shares",
    functional.mse_loss: "squared",
    functional.l1_loss: "absolute",
    functional.huber_loss: "absolute",
    functional.smooth_l1_loss: "absolute",
}


def _log_odds_loss(outputs: Tensor, targets: Tensor) -> Tensor:
    wanted = targets.to(outputs.dtype)
    wanted = wanted.view_as(outputs) if wanted.numel() == outputs.numel() else wanted
    return functional.binary_cross_entropy_with_logits(outputs, wanted)


_BY_NAME: dict[Loss, tuple[Kind, Callable[..., Any]]] = {
    "categorical_crossentropy": ("categorical", functional.cross_entropy),
    "binary_crossentropy": ("binary", _log_odds_loss),
    "mse": ("squared", functional.mse_loss),
    "mae": ("absolute", functional.l1_loss),
    "huber": ("absolute", functional.huber_loss),
    "output": ("own", lambda outputs, targets: outputs.flatten(1)[:, 0]),
}


@dataclass(frozen=True, kw_only=True)
class Criterion:
    """A loss, and what is known of it.

    Args:
        name: for people.
        kind: what outputs are to it.
        function: of outputs and targets.
        given: whether it is somebody's own call, which takes targets as they are.
    """

    name: str
    kind: Kind
    function: Callable[..., Any]
    given: bool = True

    def __call__(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """The loss of a batch, one number."""
        return self.function(outputs, targets).mean()

    @property
    def classes(self) -> bool:
        """Whether targets number classes."""
        return self.kind in ("categorical", "log shares")

    @property
    def ignored(self) -> int:
        """The target that does not count."""
        return int(getattr(self.function, "ignore_index", -100))


def criterion_of(loss: Any, outputs: Tensor, targets: Tensor) -> Criterion:
    """What is to be known of a loss, or the usual one for such targets.

    Args:
        loss: a name as study files have it, a loss module or function of PyTorch, any other
            function of outputs and targets, or None.
        outputs: of the network.
        targets: numbers of classes where they are integers, else amounts.

    Raises:
        InputError: it is none of these.
    """
    if loss is None:
        return _named(_usual(outputs, targets))
    if isinstance(loss, str):
        if loss not in get_args(Loss):
            raise InputError(f'loss must be one of {", ".join(get_args(Loss))}, got "{loss}"')
        return _named(cast(Loss, loss))
    if not callable(loss):
        rule = "must be a name, or a function of outputs and targets"
        raise InputError(f"loss {rule}, got {type(loss).__name__}")
    if isinstance(loss, nn.Module):
        kind = _OF_MODULES.get(type(loss), "own")
        return Criterion(name=type(loss).__name__, kind=kind, function=_unsoftened(loss))
    name = getattr(loss, "__name__", type(loss).__name__)
    return Criterion(name=name, kind=_OF_FUNCTIONS.get(loss, "own"), function=loss)


def constant_loss(criterion: Criterion, outputs: Tensor, targets: Tensor) -> float:
    """The loss of the best constant prediction on these examples; NaN for a loss of one's own."""
    best = _constant(criterion, outputs, targets)
    if best is None:
        return float("nan")
    return float(criterion(best.to(outputs.dtype).expand_as(outputs).contiguous(), targets))


def least_loss(criterion: Criterion, targets: Tensor) -> float:
    """The loss of perfect predictions, above 0 where targets are shares of classes."""
    if not targets.is_floating_point() or criterion.kind not in ("categorical", "binary"):
        return 0.0
    known = targets.double().clamp(LEAST_SHARE, 1 - LEAST_SHARE)
    perfect = known.log() if criterion.kind == "categorical" else known.logit()
    return float(criterion(perfect, targets.double()))


def _named(name: Loss) -> Criterion:
    kind, function = _BY_NAME[name]
    return Criterion(name=name, kind=kind, function=function, given=False)


def _usual(outputs: Tensor, targets: Tensor) -> Loss:
    if targets.is_floating_point():
        return "mse"
    one = outputs.dim() == 1 or outputs.shape[1] == 1
    return "binary_crossentropy" if one else "categorical_crossentropy"


def _unsoftened(loss: nn.Module) -> nn.Module:
    """Without label smoothing: its loss would never come near 0."""
    if not getattr(loss, "label_smoothing", 0):
        return loss
    plain = copy(loss)
    vars(plain)["label_smoothing"] = 0.0
    return plain


def _constant(criterion: Criterion, outputs: Tensor, targets: Tensor) -> Tensor | None:
    """The best constant outputs, to be expanded over the examples."""
    match criterion.kind:
        case "categorical" | "log shares":
            return class_shares(criterion, outputs, targets).clamp_min(LEAST_SHARE).log()
        case "binary":
            return _mean(targets, outputs).clamp(LEAST_SHARE, 1 - LEAST_SHARE).logit()
        case "shares" | "squared":
            return _mean(targets, outputs)
        case "absolute":
            return targets.double().view(outputs.shape).median(dim=0, keepdim=True).values
        case _:
            return None


def _mean(targets: Tensor, outputs: Tensor) -> Tensor:
    return targets.double().view(outputs.shape).mean(dim=0, keepdim=True)


def class_shares(criterion: Criterion, outputs: Tensor, targets: Tensor) -> Tensor:
    """How often each class is the right one: [1, class, 1 ...]."""
    if targets.is_floating_point():
        over = [axis for axis in range(targets.dim()) if axis != 1]
        return targets.double().mean(dim=over, keepdim=True)
    counted = targets[targets != criterion.ignored]
    counts = torch.bincount(counted.flatten(), minlength=outputs.shape[1]).double()
    return (counts / counts.sum()).view(1, -1, *[1] * (outputs.dim() - 2))
