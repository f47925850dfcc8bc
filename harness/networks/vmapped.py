"""Users' modules carried by `torch.vmap`: one call of one module with all members' parameters.

The operations of all members become batched ones, so a member agrees with itself alone to
rounding (1e-9 in float64), not bit for bit.
"""

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
from jaxtyping import Float, UInt8
from torch import Tensor, nn
from torch.func import functional_call, vjp

from harness.networks.interface import Pass
from harness.networks.modules import ModulePopulation, as_table, plain_attention
from harness.networks.randomness import Draws


class VmappedNetwork(ModulePopulation):
    """One module, called once for all members; see `ModulePopulation` for the other arguments.

    Args:
        taken_apart: call the module below a second level of autograd, which takes operations
            apart that vmap does not know whole: LSTM and GRU.
    """

    def __init__(
        self,
        modules: Sequence[nn.Module],
        *,
        draws: Draws,
        step_bytes: int,
        taken_apart: bool = False,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        super().__init__(modules, draws=draws, step_bytes=step_bytes, dtype=dtype)
        self._taken_apart = taken_apart
        self.base = modules[0].to(dtype).requires_grad_(False)
        self._state = _stacked_state(modules, {place.name for place in self.layout.places}, dtype)
        self._leaves: dict[str, Tensor] = {}

    def begin(self) -> None:
        """Take views of the parameters where they are now; state moves beside them."""
        device = next(self.parameters()).device
        self._state = {name: value.to(device) for name, value in self._state.items()}
        self._leaves = {
            place.name: place.of(self.flat_of(place)).detach().requires_grad_()
            for place in self.layout.places
        }

    def learn(
        self,
        x: Float[Tensor, "member batch feature"],
        random: UInt8[Tensor, "member byte"] | None,
    ) -> Pass:
        """Outputs in train mode, with their graph."""
        self.base.train()
        in_dims = (0, 0, 0, None if random is None else 0)
        with torch.enable_grad(), _unwarned():
            called = torch.vmap(self._call, in_dims=in_dims)
            outputs = called(self._leaves, self._state, x, random)
        return Pass(outputs=outputs.detach(), kept=outputs)

    def evaluate(
        self, x: Float[Tensor, "member_or_1 example feature"]
    ) -> Float[Tensor, "member example output"]:
        """Outputs in eval mode."""
        self.base.eval()
        shared = x.shape[0] == 1
        in_dims = (0, 0, None if shared else 0, None)
        with torch.no_grad(), plain_attention(), _unwarned():
            called = torch.vmap(self._call, in_dims=in_dims)
            return called(self._leaves, self._state, x[0] if shared else x, None)

    def _call(
        self,
        parameters: dict[str, Tensor],
        state: dict[str, Tensor],
        x: Tensor,
        random: Tensor | None,
    ) -> Tensor:
        def outputs_of(parameters: dict[str, Tensor]) -> Tensor:
            outputs = functional_call(self.base, (parameters, state), (x,))
            return as_table(outputs, x.shape[0])

        self.draws.begin(random)
        return vjp(outputs_of, parameters)[0] if self._taken_apart else outputs_of(parameters)

    def _gradients(
        self, made: Pass, output_gradient: Float[Tensor, "member batch output"]
    ) -> list[Tensor | None]:
        leaves = list(self._leaves.values())
        found = torch.autograd.grad(made.kept, leaves, output_gradient, allow_unused=True)
        return list(found)


def _stacked_state(
    modules: Sequence[nn.Module], trained: set[str], dtype: torch.dtype
) -> dict[str, Tensor]:
    """Buffers, and parameters that are not trained, of all members: [member, ...]."""
    found: dict[str, Tensor] = {}
    held = [{**dict(m.named_parameters()), **dict(m.named_buffers())} for m in modules]
    for name in held[0]:
        if name not in trained:
            stacked = torch.stack([tensors[name].detach() for tensors in held])
            found[name] = stacked.to(dtype) if stacked.is_floating_point() else stacked
    return found


@contextmanager
def _unwarned() -> Iterator[None]:
    """Without hints that an operation is done member after member: it is right, only slower."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*performance drop.*")
        yield
