"""What a forward pass shows inside: units that are off for every example, and what enters."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from harness.networks.modules import plain_attention
from harness.training.preflight.batches import Inputs, answer
from harness.training.preflight.copies import plainly

_RELU = ("aten.relu.default", "aten.relu_.default")


@dataclass(frozen=True, kw_only=True)
class Layer:
    """Rectified units of one place.

    Args:
        name: of the module, with its turn where it is called again.
        dead: share of units that are 0 for all examples.
    """

    name: str
    dead: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Seen:
    """A forward pass.

    Args:
        outputs: with their graph.
        layers: with rectified units.
        entering: what the first module with weights was given; None where it is not seen.
        normalised: whether that module normalises by itself.
    """

    outputs: Tensor
    layers: tuple[Layer, ...]
    entering: Tensor | None
    normalised: bool


def seen(module: nn.Module, inputs: Inputs) -> Seen:
    """Watch one forward pass, in which nothing is random."""
    watch = _Watch()
    with plainly(module), plain_attention(), _followed(module, watch), watch:
        outputs = answer(module, inputs)
    first = watch.first
    return Seen(
        outputs=outputs,
        layers=tuple(watch.layers),
        entering=watch.entering,
        normalised=first is not None and "Norm" in type(first).__name__,
    )


class _Watch(TorchDispatchMode):
    """Notes relus as they are computed, under the name of the module at work."""

    def __init__(self) -> None:
        super().__init__()
        self.layers: list[Layer] = []
        self.path: list[str] = []
        self.first: nn.Module | None = None
        self.entering: Tensor | None = None

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        if str(func) in _RELU and result.dim() > 1:
            self.layers.append(Layer(name=self._name(), dead=_dead(result)))
        return result

    def enter(self, name: str, module: nn.Module, arguments: Any) -> None:
        self.path.append(name)
        weighted = bool(list(module.parameters(recurse=False)))
        if self.first is None and weighted and arguments and isinstance(arguments[0], Tensor):
            self.first, self.entering = module, arguments[0].detach()

    def leave(self, *_: Any) -> None:
        self.path.pop()

    def _name(self) -> str:
        name = self.path[-1] if self.path and self.path[-1] else "forward"
        turns = sum(layer.name.split(" (")[0] == name for layer in self.layers)
        return f"{name} (relu {turns + 1})" if turns else name


@contextmanager
def _followed(module: nn.Module, watch: _Watch) -> Iterator[None]:
    hooks: list[Any] = []
    for name, part in module.named_modules():
        note = partial(_entering, watch, name)
        hooks.append(part.register_forward_pre_hook(note))
        hooks.append(part.register_forward_hook(watch.leave))
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


def _entering(watch: _Watch, name: str, module: nn.Module, arguments: Any) -> None:
    watch.enter(name, module, arguments)


def _dead(values: Tensor) -> float:
    """Share of units that are 0 everywhere, units lying along the second or the last axis."""
    off = values.detach() == 0
    shares: list[float] = []
    for axis in {1, values.dim() - 1}:
        others = [a for a in range(values.dim()) if a != axis]
        shares.append(float(off.float().amin(dim=others).mean()))
    return max(shares)
