"""Parameters of equal modules, laid side by side in two flat tensors.

One tensor holds the parameters of two or more dimensions (weights, kernels, embeddings), which
penalties shrink; the other those of one dimension (biases, gains of norms), which they spare.
So an update is two operations, whatever the module. Each parameter begins at a multiple of 32
numbers: an element never shares a vector register with another member's, and so an update
gives it the same bits in any company.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

import torch
from jaxtyping import Float
from torch import Tensor, nn

ALIGNED = 32


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where one parameter stands.

    Args:
        name: as the module has it.
        shape: of one member's.
        decays: in the tensor that penalties shrink.
        start: within a member's row.
    """

    name: str
    shape: tuple[int, ...]
    decays: bool
    start: int

    def of(self, flat: Float[Tensor, "member 1 number"]) -> Tensor:
        """The parameter of all members, [member, *shape], as a view."""
        return flat[:, 0, self.start : self.start + prod(self.shape)].view(-1, *self.shape)


@dataclass(frozen=True, kw_only=True)
class Layout:
    """Where all parameters of a module stand.

    Args:
        places: in the module's order.
        sizes: numbers in a member's row: of weights, of the others.
    """

    places: tuple[Place, ...]
    sizes: tuple[int, int]


def layout_of(module: nn.Module) -> Layout:
    """The layout of a module's trainable parameters."""
    ends = {True: 0, False: 0}
    places: list[Place] = []
    for name, parameter in module.named_parameters():
        if not parameter.requires_grad:
            continue
        decays = parameter.dim() >= 2
        shape = tuple(parameter.shape)
        places.append(Place(name=name, shape=shape, decays=decays, start=ends[decays]))
        ends[decays] += -(-parameter.numel() // ALIGNED) * ALIGNED
    return Layout(places=tuple(places), sizes=(ends[True], ends[False]))


def laid_out(
    modules: Sequence[nn.Module], layout: Layout, *, dtype: torch.dtype
) -> list[Float[Tensor, "member 1 number"]]:
    """The modules' parameters, copied: weights, then the others."""
    flats = [torch.zeros(len(modules), 1, size, dtype=dtype) for size in layout.sizes]
    held = [dict(module.named_parameters()) for module in modules]
    for place in layout.places:
        stacked = torch.stack([parameters[place.name].detach() for parameters in held])
        place.of(flats[0 if place.decays else 1]).copy_(stacked)
    return flats
