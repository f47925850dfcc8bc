"""Randomness inside a user's module, made the member's own.

`nn.Dropout` draws from PyTorch's global generator, so what drops out would depend on whatever
drew before. Dropout modules are therefore exchanged for ones that take random bytes handed in,
which come from the member's stream. Other random operations are found by watching a forward
pass.
"""

from collections.abc import Sequence
from math import prod
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from harness.networks.interface import drop_below, factors, keep_factor

_BY_CHANNEL = (nn.Dropout1d, nn.Dropout2d, nn.Dropout3d)


class Draws:
    """The random bytes of the present training step, taken by one dropout after the other."""

    def __init__(self) -> None:
        self._bytes: Tensor | None = None
        self.taken = 0

    def begin(self, random: Tensor | None) -> None:
        """Start a forward pass with these bytes; without any it is only counted."""
        self._bytes = random
        self.taken = 0

    def take(self, shape: Sequence[int]) -> Tensor:
        """The next bytes, in this shape; 255, which never drops, while only counting.

        Raises:
            RuntimeError: the pass asks for more than the one that was counted.
        """
        start, self.taken = self.taken, self.taken + prod(shape)
        if self._bytes is None:
            return torch.full(tuple(shape), 255, dtype=torch.uint8)
        if self.taken > self._bytes.shape[0]:
            raise RuntimeError("dropout is asked for more units than in the first forward pass")
        return self._bytes[start : self.taken].view(*shape)


class MemberDropout(nn.Module):
    """Dropout by the member's own random bytes.

    Args:
        like: the module it stands for.
        draws: where the bytes come from.
    """

    def __init__(self, like: nn.Module, draws: Draws) -> None:
        super().__init__()
        self.p = float(like.p)  # pyright: ignore[reportArgumentType]
        self.inplace = False
        self.training = like.training
        self._by_channel = isinstance(like, _BY_CHANNEL)
        self._draws = draws

    def forward(self, x: Tensor) -> Tensor:
        """Some units, or whole channels, set to 0 and the others scaled up; x in eval mode."""
        if not self.training or drop_below(self.p) == 0:
            return x
        shape = (*x.shape[:2], *[1] * (x.dim() - 2)) if self._by_channel else x.shape
        drawn = self._draws.take(shape).to(x.device)
        last, keep = drop_below(self.p) - 1.0, keep_factor(self.p)
        return x * factors(drawn, last_dropped=last, keep=keep, dtype=x.dtype)


def own_dropout(module: nn.Module, draws: Draws) -> nn.Module:
    """The module with its dropout modules exchanged, in place where it is not one itself."""
    kinds = (nn.Dropout, *_BY_CHANNEL)
    if type(module) in kinds:
        return MemberDropout(module, draws)
    for parent in list(module.modules()):
        for name, child in list(parent.named_children()):
            if type(child) in kinds:
                setattr(parent, name, MemberDropout(child, draws))
    return module


class Watch(TorchDispatchMode):
    """What the operations run inside are: which draw at random, how much they make.

    Args:
        random: names of operations that drew from a global generator, each once.
        made: numbers in all results.
    """

    def __init__(self) -> None:
        super().__init__()
        self.random: list[str] = []
        self.made = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        # Tagged operations draw only sometimes: attention where its dropout is above 0.
        before = torch.random.get_rng_state() if _may_draw(func) else None
        result = func(*args, **(kwargs or {}))
        if before is not None and not torch.equal(before, torch.random.get_rng_state()):
            name = str(func).removeprefix("aten.").removesuffix(".default")
            if name not in self.random:
                self.random.append(name)
        results = result if isinstance(result, tuple | list) else (result,)
        self.made += sum(part.numel() for part in results if isinstance(part, Tensor))
        return result


def _may_draw(func: Any) -> bool:
    return torch.Tag.nondeterministic_seeded in func.tags
