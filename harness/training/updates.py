"""Optimizers of a population: torch.optim's updates with a vector of knobs over members.

All tensors of a population are updated by one kind of optimizer; learning rate, momentum,
penalties and decay are vectors over members, shaped [member, 1, 1].
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from itertools import groupby

import torch
from jaxtyping import Float, Int
from torch import Tensor

from harness.study import Settings

aten = torch.ops.aten

Vector = Float[Tensor, "member 1 1"]


class Update(ABC):
    """One step of an optimizer, for all members at once.

    Args:
        tensors: parameters, [member, in, out] or [member, 1, out].
        rate: learning rates.
    """

    def __init__(self, tensors: Sequence[Tensor], rate: Vector) -> None:
        self.tensors = list(tensors)
        self.rate = rate
        self.factor = 1.0
        self._full_rate = rate.clone()

    def schedule(self, factor: float) -> None:
        """From now on take this many times the learning rate, in `rate` too."""
        self.factor = factor
        torch.mul(self._full_rate, factor, out=self.rate)

    @abstractmethod
    def step(self, gradients: Sequence[Tensor]) -> None:
        """Move the parameters; `gradients` may be written over."""

    @abstractmethod
    def state(self) -> list[Tensor]:
        """What is remembered between steps, shaped as the parameters are."""

    def freeze(self, members: Int[Tensor, " frozen"]) -> None:
        """Zero the members' parameters and memory, so that what follows is finite."""
        for tensor in [*self.tensors, *self.state()]:
            tensor.index_fill_(0, members, 0)


class SGD(Update):
    """Against the gradient, `rate` long."""

    def step(self, gradients: Sequence[Tensor]) -> None:
        for tensor, gradient in zip(self.tensors, gradients, strict=True):
            tensor.addcmul_(gradient, self.rate, value=-1)

    def state(self) -> list[Tensor]:
        return []


class Momentum(Update):
    """torch.optim.SGD with momentum: velocity = momentum * velocity + gradient.

    Args:
        momentum: share of the velocity kept.
        nesterov: step from where the velocity leads.
    """

    def __init__(
        self, tensors: Sequence[Tensor], rate: Vector, *, momentum: Vector, nesterov: bool
    ) -> None:
        super().__init__(tensors, rate)
        self.momentum = momentum
        self.nesterov = nesterov
        self.velocities = [torch.zeros_like(tensor) for tensor in self.tensors]

    def step(self, gradients: Sequence[Tensor]) -> None:
        steps = zip(self.tensors, gradients, self.velocities, strict=True)
        for tensor, gradient, velocity in steps:
            velocity.mul_(self.momentum).add_(gradient)
            move = gradient.addcmul_(velocity, self.momentum) if self.nesterov else velocity
            tensor.addcmul_(move, self.rate, value=-1)

    def state(self) -> list[Tensor]:
        return self.velocities


class RMSprop(Update):
    """torch.optim.RMSprop: smoothing 0.99, epsilon 1e-8, not centred, no momentum."""

    SMOOTHING = 0.99
    EPSILON = 1e-8

    def __init__(self, tensors: Sequence[Tensor], rate: Vector) -> None:
        super().__init__(tensors, rate)
        self.squares = [torch.zeros_like(tensor) for tensor in self.tensors]

    def step(self, gradients: Sequence[Tensor]) -> None:
        for tensor, gradient, square in zip(self.tensors, gradients, self.squares, strict=True):
            square.mul_(self.SMOOTHING).addcmul_(gradient, gradient, value=1 - self.SMOOTHING)
            move = gradient.div_(square.sqrt().add_(self.EPSILON))
            tensor.addcmul_(move, self.rate, value=-1)

    def state(self) -> list[Tensor]:
        return self.squares


class Adam(Update):
    """torch.optim.Adam: betas 0.9 and 0.999, epsilon 1e-8 (Kingma and Ba 2015).

    By PyTorch's fused kernel, one pass over memory, three times as fast as the formula in
    tensor operations. It takes one rate, so neighbours of equal rate go together; what a
    number becomes never depends on which.
    """

    BETA_1 = 0.9
    BETA_2 = 0.999
    EPSILON = 1e-8

    def __init__(self, tensors: Sequence[Tensor], rate: Vector) -> None:
        super().__init__(tensors, rate)
        self.means = [torch.zeros_like(tensor) for tensor in self.tensors]
        self.squares = [torch.zeros_like(tensor) for tensor in self.tensors]
        self.steps = torch.zeros((), dtype=torch.float32, device=rate.device)
        self._rates = rate.flatten().tolist()
        self._together = [
            (self._rates[group[0]], slice(group[0], group[-1] + 1)) for group in self._neighbours()
        ]
        lists = (self.tensors, self.means, self.squares)
        self._views = [
            [[tensor[rows] for tensor in held] for held in lists] for _, rows in self._together
        ]

    def _neighbours(self) -> list[list[int]]:
        numbers = range(len(self._rates))
        return [list(group) for _, group in groupby(numbers, key=lambda n: self._rates[n])]

    def step(self, gradients: Sequence[Tensor]) -> None:
        self.steps += 1
        for (rate, rows), (tensors, means, squares) in zip(
            self._together, self._views, strict=True
        ):
            aten._fused_adam_(
                tensors,
                [gradient[rows] for gradient in gradients],
                means,
                squares,
                [],
                [self.steps] * len(tensors),
                lr=rate * self.factor,
                beta1=self.BETA_1,
                beta2=self.BETA_2,
                weight_decay=0.0,
                eps=self.EPSILON,
                amsgrad=False,
                maximize=False,
            )

    def state(self) -> list[Tensor]:
        return [*self.means, *self.squares]


def update_for(kind: str, tensors: Sequence[Tensor], *, rate: Vector, momentum: Vector) -> Update:
    """The update of one optimizer kind ("adamw" is adam; its decay is `shrink`'s)."""
    match kind:
        case "sgd":
            return SGD(tensors, rate)
        case "momentum" | "nesterov":
            return Momentum(tensors, rate, momentum=momentum, nesterov=kind == "nesterov")
        case "rmsprop":
            return RMSprop(tensors, rate)
        case _:
            return Adam(tensors, rate)


class Clipping:
    """Shortens each member's gradient to its `clip_norm`, as torch's clip_grad_norm_ does.

    The gradient is of the whole loss, L1 and L2 included; decoupled decay is no part of it.

    Args:
        members: whose knobs count; 0 is no limit.
        like: a parameter.
    """

    EPSILON = 1e-6

    def __init__(self, members: Sequence[Settings], *, like: Tensor) -> None:
        self.acts = any(settings.clip_norm for settings in members)
        self._limit = vector([settings.clip_norm for settings in members], like=like)
        self._free = self._limit == 0

    def shorten(self, gradients: Sequence[Tensor]) -> None:
        """Scale gradients in place; all of a member's tensors count as one vector."""
        if not self.acts:
            return
        # In float64, so that the sum is the same whatever its order.
        squares = [g.square().sum((1, 2), keepdim=True, dtype=torch.float64) for g in gradients]
        norm = torch.stack(squares).sum(0).sqrt().to(self._limit.dtype)
        factor = (self._limit / (norm + self.EPSILON)).clamp_(max=1).masked_fill_(self._free, 1)
        for gradient in gradients:
            gradient.mul_(factor)


class Penalties:
    """What pulls weights towards 0: L1 and L2 in the loss, decay beside it; biases are spared.

    Args:
        members: whose knobs count.
        rate: learning rates, as the update has them.
    """

    def __init__(self, members: Sequence[Settings], rate: Vector) -> None:
        self.l1 = vector([settings.l1 for settings in members], like=rate)
        self.l2_slope = vector([2 * settings.l2 for settings in members], like=rate)
        self.decay = vector([settings.weight_decay for settings in members], like=rate)
        self.rate = rate
        self.has_l1 = any(settings.l1 for settings in members)
        self.has_l2 = any(settings.l2 for settings in members)
        self.has_decay = any(settings.weight_decay for settings in members)

    def add_slopes(self, weights: Sequence[Tensor], gradients: Sequence[Tensor]) -> None:
        """Add the gradient of l1·Σ|w| + l2·Σw² to the weights' gradients, in place."""
        for weight, gradient in zip(weights, gradients, strict=True):
            if self.has_l1:
                gradient.addcmul_(weight.sign(), self.l1)
            if self.has_l2:
                gradient.addcmul_(weight, self.l2_slope)

    def shrink(self, weights: Sequence[Tensor]) -> None:
        """Multiply weights by 1 - rate·decay (Loshchilov and Hutter 2019), in place."""
        if self.has_decay:
            factor = 1 - self.rate * self.decay
            for weight in weights:
                weight.mul_(factor)


def vector(values: Sequence[float], *, like: Tensor) -> Vector:
    """One number per member, shaped to act on its tensors."""
    return torch.tensor(values, dtype=like.dtype, device=like.device).view(-1, 1, 1)
