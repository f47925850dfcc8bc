"""Who carries a user's network: the fused MLP, `torch.vmap`, or a loop; and whether it can train.

The module is built as a member's would be and watched on real examples. What draws at random
beside dropout modules, what vmap does not take, and what in company computes something else
than alone (it keeps state outside itself) goes to the loop.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import lightning.pytorch as pl
import torch
from torch import Tensor, nn

from harness.errors import NetworkError
from harness.networks.building import Build
from harness.networks.company import company_difference, runs_in
from harness.networks.modules import as_table
from harness.networks.randomness import Draws, Watch, own_dropout
from harness.networks.recognised import perceptron
from harness.study import Settings

TOLERANCE = {torch.float64: 1e-9, torch.float32: 1e-3}
"""Largest difference, against 1 or the value itself, that rounding may leave."""

Carrier = Literal["fused MLP", "vmap", "loop"]
_WORDS: dict[Carrier, str] = {
    "fused MLP": "the fused MLP",
    "vmap": "torch.vmap",
    "loop": "a loop over its members",
}


@dataclass(frozen=True, kw_only=True)
class Carriage:
    """Who carries a network, and what of it counts for training.

    Args:
        by: the fused MLP, vmap, or the loop over members.
        reason: why it is the loop; empty otherwise.
        taken_apart: vmap takes it only below a second level of autograd.
        random: its forward pass draws from PyTorch's generator.
        step_bytes: random bytes that its dropout modules take in a training step.
        lightning: it is a LightningModule, of which only forward is used.
    """

    by: Carrier
    reason: str = ""
    taken_apart: bool = False
    random: bool = False
    step_bytes: int = 0
    lightning: bool = False

    @property
    def line(self) -> str:
        """For people."""
        words = _WORDS[self.by]
        return f"{words}: {self.reason}" if self.reason else words


@dataclass(frozen=True, kw_only=True)
class Watched:
    """A network seen on real batches.

    Args:
        module: one member's.
        random: operations by which it drew from PyTorch's generator.
        step_bytes: random bytes that its dropout modules take in a training step.
        parameters: trainable numbers of one member.
        made: numbers that a training step's operations make.
    """

    module: nn.Module
    random: tuple[str, ...]
    step_bytes: int
    parameters: int
    made: int


def watched(build: Build, settings: Settings, batches: Sequence[Tensor]) -> Watched:
    """Build one member's module and see it through its kinds of training steps.

    Args:
        build: of the study.
        settings: of the members.
        batches: inputs [example, feature] of one step each, the largest first.

    Raises:
        NetworkError: it cannot be trained, whoever carries it.
    """
    draws, watch = Draws(), Watch()
    module = own_dropout(build.module(settings, 0), draws).train()
    _check_alike(module, own_dropout(build.module(settings, 0), draws), build)
    with build.function.blame, watch:
        outputs = as_table(module(batches[0]), len(batches[0]))
    step_bytes = draws.taken
    _check_trains(outputs, module, build)
    for rest in batches[1:]:
        draws.begin(None)
        with build.function.blame:
            module(rest)
    return Watched(
        module=module,
        random=tuple(watch.random),
        step_bytes=step_bytes,
        parameters=sum(p.numel() for p in module.parameters() if p.requires_grad),
        made=watch.made,
    )


def carriage(build: Build, settings: Settings, batches: Sequence[Tensor]) -> Carriage:
    """Watch the network, see it in company, and decide who carries it.

    Args and errors as `watched` has them.
    """
    seen = watched(build, settings, batches)
    by, taken_apart, reason = _decided(build, settings, batches[0], seen)
    return Carriage(
        by=by,
        reason=reason,
        taken_apart=taken_apart,
        random=bool(seen.random),
        step_bytes=seen.step_bytes,
        lightning=isinstance(seen.module, pl.LightningModule),
    )


def _decided(
    build: Build, settings: Settings, x: Tensor, seen: Watched
) -> tuple[Carrier, bool, str]:
    if seen.random:
        return "loop", False, f"it draws at random by {', '.join(seen.random)}, no dropout module"
    if perceptron(seen.module) is not None:
        return "fused MLP", False, ""
    fault = _vmap_fault(build, settings, x, seen.step_bytes, taken_apart=False)
    if fault and not _vmap_fault(build, settings, x, seen.step_bytes, taken_apart=True):
        return "vmap", True, ""
    return ("loop", False, fault) if fault else ("vmap", False, "")


def _check_alike(module: nn.Module, twin: nn.Module, build: Build) -> None:
    """Refuse a function that builds another network when asked for the same again."""
    for first, second in zip(_shapes(module), _shapes(twin), strict=False):
        if first != second:
            raise NetworkError(
                f"{build.place} must build the same network for the same settings, "
                f"got {first} and then {second}"
            )
    if len(_shapes(module)) != len(_shapes(twin)):
        counts = f"{len(_shapes(module))} and then {len(_shapes(twin))} parameters"
        raise NetworkError(
            f"{build.place} must build the same network for the same settings, got {counts}"
        )


def _shapes(module: nn.Module) -> list[str]:
    held = [*module.named_parameters(), *module.named_buffers()]
    return [f"{name} {' × '.join(map(str, value.shape))}" for name, value in held]


def _check_trains(outputs: Tensor, module: nn.Module, build: Build) -> None:
    if outputs.shape[1] != build.outputs:
        rule = f"must give {build.outputs} output{'s' if build.outputs > 1 else ''} an example"
        raise NetworkError(f"{build.place} {rule}, got {outputs.shape[1]}")
    trained = {name: p for name, p in module.named_parameters() if p.requires_grad}
    if not trained:
        raise NetworkError(f"{build.place} must return a module with parameters to train, got none")
    if not outputs.requires_grad:
        raise NetworkError(f"{build.place}: no parameter gets a gradient from the outputs")
    found = torch.autograd.grad(outputs.sum(), list(trained.values()), allow_unused=True)
    idle = [name for name, gradient in zip(trained, found, strict=True) if gradient is None]
    if idle:
        raise NetworkError(
            f"{build.place}: {', '.join(idle)} never get a gradient; use them in forward, "
            "remove them, or set requires_grad = False"
        )


def _vmap_fault(
    build: Build, settings: Settings, x: Tensor, step_bytes: int, *, taken_apart: bool
) -> str:
    """Why vmap does not carry a network, or nothing."""
    dtype = torch.float64 if runs_in(torch.float64, build, settings, x) else torch.float32
    try:
        with build.function.blame:
            difference = company_difference(
                build,
                settings,
                x.to(dtype),
                step_bytes=step_bytes,
                taken_apart=taken_apart,
            )
    except NetworkError as error:
        return f"torch.vmap does not carry it ({_cause(error, build)})"
    if difference <= TOLERANCE[dtype]:
        return ""
    return (
        f"in company it computes something else than alone (by {difference:.1g}): "
        "it may keep state outside itself"
    )


def _cause(error: NetworkError, build: Build) -> str:
    text = error.faults[0].removeprefix(f"{build.place}: ").removeprefix("raised ")
    return text.split(". ")[0][:160]
