"""What a population asks of the networks of its members, whoever computes them."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor, nn


@dataclass(frozen=True, kw_only=True)
class Pass:
    """What a forward pass in train mode leaves for the backward pass.

    Args:
        outputs: of the networks.
        kept: what else the implementation wants back.
    """

    outputs: Float[Tensor, "member batch output"]
    kept: Any = None


class PopulationNetwork(nn.Module, ABC):
    """The networks of a population's members, side by side.

    `weights` are the parameters that penalties pull towards 0, `biases` those that they leave
    alone; each is [member, rows, columns]. What a member computes must not depend on the
    others: bit for bit on one thread of a CPU where the class says nothing else.
    """

    weights: nn.ParameterList
    biases: nn.ParameterList

    def begin(self) -> None:
        """Called once when the parameters are on the device they train on."""

    def prepared(
        self, x: Float[Tensor, "example feature"]
    ) -> Float[Tensor, "example prepared_feature"]:
        """Examples laid out as `learn` and `evaluate` take them."""
        return x

    @abstractmethod
    def random_bytes(self, batch: int) -> int:
        """Random bytes that a member's training step on `batch` examples is given."""

    def random_piece(
        self, random: UInt8[Tensor, "member byte"], piece: slice
    ) -> UInt8[Tensor, "member piece_byte"]:
        """What `learn` is given of a batch's random bytes for a piece of its examples.

        Raises:
            NotImplementedError: a batch of these networks is never cut.
        """
        raise NotImplementedError(f"{type(self).__name__} learns from whole batches")

    @abstractmethod
    def learn(
        self,
        x: Float[Tensor, "member batch feature"],
        random: UInt8[Tensor, "member byte"] | None,
    ) -> Pass:
        """Outputs in train mode, each member for examples of its own.

        Args:
            x: prepared.
            random: `random_bytes` of the whole batch for each member, where that is not 0; a
                last batch that is smaller is given as many.
        """

    @abstractmethod
    def backward(
        self, made: Pass, output_gradient: Float[Tensor, "member batch output"]
    ) -> list[Tensor]:
        """Gradients of `weights` and then of `biases`, shaped as they are.

        Args:
            made: by `learn`.
            output_gradient: of the loss by the outputs.
        """

    @abstractmethod
    def evaluate(
        self, x: Float[Tensor, "member_or_1 example feature"]
    ) -> Float[Tensor, "member example output"]:
        """Outputs in eval mode; one member's examples stand for all members'."""

    @abstractmethod
    def parameters_of(self, member: int) -> list[tuple[np.ndarray, ...]]:
        """One member's parameters as the network's author knows them, copied."""

    @abstractmethod
    def parameter_names(self) -> list[tuple[str, ...]]:
        """A name for each array of `parameters_of`."""

    def parameters_by_decay(self) -> tuple[list[Tensor], list[Tensor]]:
        """Weights, which penalties shrink, and biases, which they leave alone."""
        return list(self.weights), list(self.biases)


DROP_STEPS = 256
"""Dropout is decided by bytes, so rates are kept to 1/256."""


def drop_below(rate: float) -> int:
    """A unit drops out where its byte lies below this."""
    return round(DROP_STEPS * rate)


def keep_factor(rate: float) -> float:
    """What a unit that stays is multiplied by, so that the expected sum stays."""
    below = drop_below(rate)
    return DROP_STEPS / (DROP_STEPS - below) if below < DROP_STEPS else 0.0


def factors(
    drawn: Tensor, *, last_dropped: Tensor | float, keep: Tensor | float, dtype: torch.dtype
) -> Tensor:
    """Bytes to the factor of each unit, 0 or `keep`.

    A byte less the last one that drops is at least 1 where the unit stays, else at most 0; in
    floats, since comparing bytes and converting is nine times as slow.
    """
    return drawn.to(dtype).sub_(last_dropped).clamp_(0, 1).mul_(keep)
