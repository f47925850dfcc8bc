"""Batch normalisation of the fused MLP (Ioffe and Szegedy 2015), written out.

Means over a batch are matrix products, since their rounding must not depend on company; the
numbers are torch.nn.BatchNorm1d's: momentum 0.1, epsilon 1e-5, the variance of the batch to
normalise by, the unbiased one to remember.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

EPSILON = 1e-5
MOMENTUM = 0.1

Row = Float[Tensor, "member 1 unit"]
Batch = Float[Tensor, "member batch unit"]


@dataclass(frozen=True, kw_only=True)
class Normalized:
    """What a forward pass in train mode leaves for the backward pass.

    Args:
        values: of zero mean and unit variance over the batch.
        inverse: one over the deviation.
    """

    values: Batch
    inverse: Row


class PopulationNorm(nn.Module):
    """Batch norm of one hidden layer of all members.

    Args:
        real: units of each member; the others are padding and stay 0.
        width: padded units.
        dtype: of all parameters.

    `gain` and `shift` are the parameters, both spared by penalties.
    """

    gain: nn.Parameter
    shift: nn.Parameter
    mean: Row
    variance: Row

    def __init__(self, real: Int[Tensor, " member"], *, width: int, dtype: torch.dtype) -> None:
        super().__init__()
        used = (torch.arange(width)[None, None, :] < real[:, None, None]).to(dtype)
        self.gain = nn.Parameter(used, requires_grad=False)
        self.shift = nn.Parameter(torch.zeros_like(used), requires_grad=False)
        self.register_buffer("mean", torch.zeros_like(used))
        self.register_buffer("variance", torch.ones_like(used))

    def learn(self, sums: Batch, ones: Float[Tensor, "member 1 batch"]) -> tuple[Batch, Normalized]:
        """Normalise by the batch, and remember its mean and variance.

        Args:
            sums: of the layer.
            ones: 1 for every example.

        Raises:
            ValueError: the batch is a single example.
        """
        count = sums.shape[1]
        if count < 2:
            raise ValueError("knobs.batch_norm needs at least 2 examples at every step, got 1")
        mean = torch.bmm(ones, sums).div_(count)
        centred = sums - mean
        variance = torch.bmm(ones, centred.square()).div_(count)
        self.mean.mul_(1 - MOMENTUM).add_(mean * MOMENTUM)
        self.variance.mul_(1 - MOMENTUM).add_(variance * (MOMENTUM * count / (count - 1)))
        inverse = variance.add_(EPSILON).sqrt_().reciprocal_()
        values = centred.mul_(inverse)
        return (values * self.gain).add_(self.shift), Normalized(values=values, inverse=inverse)

    def evaluate(self, sums: Batch) -> Batch:
        """Normalise by what is remembered."""
        inverse = (self.variance + EPSILON).sqrt_().reciprocal_()
        return (sums - self.mean).mul_(inverse).mul_(self.gain).add_(self.shift)

    def backward(
        self, made: Normalized, gradient: Batch, ones: Float[Tensor, "member 1 batch"]
    ) -> tuple[Batch, Row, Row]:
        """Gradients of the sums, of `gain` and of `shift`, from that of the result."""
        count = gradient.shape[1]
        of_gain = torch.bmm(ones, gradient * made.values)
        of_shift = torch.bmm(ones, gradient)
        # mean(g·gain) = gain·mean(g), and the same with the values.
        pull = (of_shift + made.values * of_gain).div_(count)
        of_sums = (gradient - pull).mul_(self.gain * made.inverse)
        return of_sums, of_gain, of_shift
