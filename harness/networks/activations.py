"""Activations of hidden layers, each with its derivative, by PyTorch's own kernels."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

aten = torch.ops.aten


@dataclass(frozen=True, kw_only=True)
class Activation:
    """One activation.

    Args:
        forward: sums to activations.
        backward: (gradient of the activations, sums, activations) to gradient of the sums.
        zero_at_zero: a unit whose sum is 0 gives 0, so padding needs no mask.
        exact: made of comparisons and products only, so that a value never depends on where
            in a vector register it sits.
    """

    forward: Callable[[Tensor], Tensor]
    backward: Callable[[Tensor, Tensor, Tensor], Tensor]
    zero_at_zero: bool = True
    exact: bool = False


ACTIVATION_TABLE: Mapping[str, Activation] = {
    "relu": Activation(
        forward=torch.relu,
        backward=lambda gradient, _, a: aten.threshold_backward(gradient, a, 0),
        exact=True,
    ),
    "leaky_relu": Activation(
        forward=torch.nn.functional.leaky_relu,
        backward=lambda gradient, z, _: aten.leaky_relu_backward(gradient, z, 0.01, False),
        exact=True,
    ),
    "elu": Activation(
        forward=torch.nn.functional.elu,
        backward=lambda gradient, z, _: aten.elu_backward(gradient, 1, 1, 1, False, z),
    ),
    "silu": Activation(
        forward=torch.nn.functional.silu,
        backward=lambda gradient, z, _: aten.silu_backward(gradient, z),
    ),
    "gelu": Activation(
        forward=torch.nn.functional.gelu,
        backward=lambda gradient, z, _: aten.gelu_backward(gradient, z),
    ),
    "tanh": Activation(
        forward=torch.tanh,
        backward=lambda gradient, _, a: aten.tanh_backward(gradient, a),
    ),
    "sigmoid": Activation(
        forward=torch.sigmoid,
        backward=lambda gradient, _, a: aten.sigmoid_backward(gradient, a),
        zero_at_zero=False,
    ),
    "softplus": Activation(
        forward=torch.nn.functional.softplus,
        backward=lambda gradient, z, _: aten.softplus_backward(gradient, z, 1, 20),
        zero_at_zero=False,
    ),
    "threshold": Activation(
        forward=lambda z: (z > 0).to(z.dtype),
        backward=lambda gradient, _, __: torch.zeros_like(gradient),
        exact=True,
    ),
    "linear": Activation(
        forward=lambda z: z,
        backward=lambda gradient, _, __: gradient,
        exact=True,
    ),
}
