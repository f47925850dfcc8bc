"""What the carriers of users' modules share: flat parameters, their gradients, calls by name."""

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from harness.networks.flat import Layout, Place, laid_out, layout_of
from harness.networks.interface import Pass, PopulationNetwork
from harness.networks.randomness import Draws


class ModulePopulation(PopulationNetwork):
    """A population of users' modules; autograd computes the gradients.

    `weights` and `biases` hold one flat tensor each, see `harness.networks.flat`.

    Args:
        modules: one for each member, of equal structure, their dropout exchanged.
        draws: where their dropout takes its bytes from.
        step_bytes: random bytes that a training step of the whole batch takes.
        dtype: of all parameters.
    """

    def __init__(
        self,
        modules: Sequence[nn.Module],
        *,
        draws: Draws,
        step_bytes: int,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        super().__init__()
        self.layout: Layout = layout_of(modules[0])
        self.members = len(modules)
        self.draws = draws
        self._step_bytes = step_bytes
        flats = laid_out(modules, self.layout, dtype=dtype)
        kept = [nn.Parameter(flat, requires_grad=False) for flat in flats]
        self.weights = nn.ParameterList([kept[0]] if self.layout.sizes[0] else [])
        self.biases = nn.ParameterList([kept[1]] if self.layout.sizes[1] else [])

    def random_bytes(self, batch: int) -> int:
        """As many as the modules' dropout took when it was watched."""
        return self._step_bytes

    def flat_of(self, place: Place) -> Tensor:
        """The tensor that holds a parameter."""
        return self.weights[0] if place.decays else self.biases[0]

    def backward(
        self, made: Pass, output_gradient: Float[Tensor, "member batch output"]
    ) -> list[Tensor]:
        """Gradients of the flat tensors; 0 where a parameter had no part in the outputs."""
        flats = [torch.zeros_like(flat) for flat in (*self.weights, *self.biases)]
        of_weights, of_biases = flats[0], flats[-1]
        found = self._gradients(made, output_gradient)
        for place, gradient in zip(self.layout.places, found, strict=True):
            if gradient is not None:
                place.of(of_weights if place.decays else of_biases).copy_(gradient)
        return flats

    @abstractmethod
    def _gradients(
        self, made: Pass, output_gradient: Float[Tensor, "member batch output"]
    ) -> list[Tensor | None]:
        """The gradient of each parameter of the layout, [member, *shape]."""

    def parameters_of(self, member: int) -> list[tuple[np.ndarray, ...]]:
        """One array for each trainable parameter, in the module's order."""
        return [
            (place.of(self.flat_of(place))[member].detach().cpu().numpy().copy(),)
            for place in self.layout.places
        ]

    def parameter_names(self) -> list[tuple[str, ...]]:
        """As the module names its parameters."""
        return [(place.name,) for place in self.layout.places]


@contextmanager
def plain_attention() -> Iterator[None]:
    """Attention by its ordinary operations: its fast path in eval mode knows no members."""
    before = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        yield
    finally:
        torch.backends.mha.set_fastpath_enabled(before)


def as_table(outputs: object, rows: int) -> Tensor:
    """A module's answer for a batch as [example, output].

    Raises:
        TypeError: it is no tensor of one row per example.
    """
    if not isinstance(outputs, Tensor):
        raise TypeError(f"forward must return a tensor, got {type(outputs).__name__}")
    if outputs.dim() == 1 and outputs.shape[0] == rows:
        return outputs.unsqueeze(1)
    if outputs.dim() != 2 or outputs.shape[0] != rows:
        shape = " × ".join(map(str, outputs.shape)) or "a single number"
        raise TypeError(f"forward must return [example, output], got {shape} for {rows} examples")
    return outputs
