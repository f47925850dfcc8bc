"""Users' modules one after the other: for those that `torch.vmap` does not carry.

Slower, and without any restriction: a member is a module of its own, with what it keeps in its
attributes, and with its own state of PyTorch's generator for whatever it draws at random. A
member is the same alone or in company, bit for bit.
"""

from collections.abc import Callable, Sequence

import torch
from jaxtyping import Float, UInt8
from torch import Tensor, nn

from harness.networks.interface import Pass
from harness.networks.modules import ModulePopulation, as_table, plain_attention
from harness.networks.randomness import Draws


class LoopedNetwork(ModulePopulation):
    """A module for each member; see `ModulePopulation` for the other arguments.

    Modules are given copies of their inputs and gradients, and outputs are padded: products
    and losses round by where their numbers stand in memory.

    Args:
        pad_output: outputs are padded to a multiple of this.
        seeds: of each member's random operations; None where it has none.
    """

    def __init__(
        self,
        modules: Sequence[nn.Module],
        *,
        draws: Draws,
        step_bytes: int,
        pad_output: int = 1,
        seeds: Sequence[int] | None = None,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        super().__init__(modules, draws=draws, step_bytes=step_bytes, dtype=dtype)
        self.each = nn.ModuleList([module.to(dtype) for module in modules])
        self._pad_output = pad_output
        self._generators = None if seeds is None else [_state_of(seed) for seed in seeds]

    def begin(self) -> None:
        """Point every module's parameters into the flat tensors, where they are now."""
        for number, module in enumerate(self.each):
            parameters = dict(module.named_parameters())
            for place in self.layout.places:
                parameters[place.name].data = place.of(self.flat_of(place))[number]

    def learn(
        self,
        x: Float[Tensor, "member batch feature"],
        random: UInt8[Tensor, "member byte"] | None,
    ) -> Pass:
        """Outputs in train mode, with their graphs."""
        made: list[Tensor] = []
        for number, module in enumerate(self.each):
            module.train()
            self.draws.begin(None if random is None else random[number])
            with torch.enable_grad():
                made.append(self._drawing(number, module, x[number].clone()))
        return Pass(outputs=self._padded(made), kept=made)

    def evaluate(
        self, x: Float[Tensor, "member_or_1 example feature"]
    ) -> Float[Tensor, "member example output"]:
        """Outputs in eval mode."""
        made: list[Tensor] = []
        for number, module in enumerate(self.each):
            module.eval()
            with torch.no_grad(), plain_attention():
                inputs = x[number if x.shape[0] > 1 else 0].clone()
                made.append(self._drawing(number, module, inputs))
        return self._padded(made)

    def _padded(self, made: Sequence[Tensor]) -> Tensor:
        outputs = torch.stack([one.detach() for one in made])
        return nn.functional.pad(outputs, (0, -outputs.shape[2] % self._pad_output))

    def _drawing(self, number: int, module: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
        """The module's answer; what it draws at random is from the member's own generator."""
        if self._generators is None:
            return as_table(module(x), x.shape[0])
        with torch.random.fork_rng(devices=_gpus(x)):
            _resume(self._generators[number], x)
            outputs = as_table(module(x), x.shape[0])
            self._generators[number] = _pause(x)
        return outputs

    def _gradients(
        self, made: Pass, output_gradient: Float[Tensor, "member batch output"]
    ) -> list[Tensor | None]:
        found: list[Sequence[Tensor | None]] = []
        for module, outputs, wanted in zip(self.each, made.kept, output_gradient, strict=True):
            parameters = dict(module.named_parameters())
            leaves = [parameters[place.name] for place in self.layout.places]
            slope = wanted[:, : outputs.shape[1]].clone()
            found.append(torch.autograd.grad(outputs, leaves, slope, allow_unused=True))
        return [_stacked(gradients) for gradients in zip(*found, strict=True)]


def _stacked(gradients: Sequence[Tensor | None]) -> Tensor | None:
    known = next((g for g in gradients if g is not None), None)
    if known is None:
        return None
    return torch.stack([torch.zeros_like(known) if g is None else g for g in gradients])


def _state_of(seed: int) -> list[Tensor]:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        gpu = [torch.cuda.get_rng_state()] if torch.cuda.is_available() else []
        return [torch.random.get_rng_state(), *gpu]


def _gpus(x: Tensor) -> list[int]:
    return [x.device.index or 0] if x.is_cuda else []


def _resume(state: list[Tensor], x: Tensor) -> None:
    torch.random.set_rng_state(state[0])
    if x.is_cuda:
        torch.cuda.set_rng_state(state[1], x.device)


def _pause(x: Tensor) -> list[Tensor]:
    gpu = [torch.cuda.get_rng_state(x.device)] if x.is_cuda else []
    return [torch.random.get_rng_state(), *gpu]
