"""Whether a user's module computes the same among others, by `torch.vmap`, as alone."""

import torch
from torch import Tensor, nn

from harness.errors import NetworkError
from harness.networks.building import Build
from harness.networks.flat import layout_of
from harness.networks.modules import as_table
from harness.networks.randomness import Draws, own_dropout
from harness.networks.vmapped import VmappedNetwork
from harness.study import Settings

STEPS = 3
"""State kept from one step shows in the next."""


def runs_in(dtype: torch.dtype, build: Build, settings: Settings, x: Tensor) -> bool:
    """Whether the module alone takes numbers of this precision."""
    module = own_dropout(build.module(settings, 0, dtype=dtype), Draws())
    try:
        with build.function.blame, default_dtype(dtype):
            return as_table(module(x.to(dtype)), len(x)).dtype == dtype
    except NetworkError:
        return False


class default_dtype:  # noqa: N801  (a context manager, read as a verb phrase)
    """New tensors without a stated type have this one inside."""

    def __init__(self, dtype: torch.dtype) -> None:
        self._dtype = dtype

    def __enter__(self) -> None:
        self._before = torch.get_default_dtype()
        torch.set_default_dtype(self._dtype)

    def __exit__(self, *_: object) -> None:
        torch.set_default_dtype(self._before)


def company_difference(
    build: Build, settings: Settings, x: Tensor, *, step_bytes: int, taken_apart: bool
) -> float:
    """How far a member among others is from the same module trained alone.

    Three steps of gradient descent on the sum of the outputs, weighted; outputs, gradients
    and outputs in eval mode are compared, against 1 or their own size. All in x's precision.
    """
    dtype = x.dtype
    with default_dtype(dtype):
        draws, own_draws = Draws(), Draws()
        modules = [own_dropout(build.module(settings, s, dtype=dtype), draws) for s in (0, 1)]
        company = VmappedNetwork(
            modules, draws=draws, step_bytes=step_bytes, taken_apart=taken_apart, dtype=dtype
        )
        company.begin()
        alone = own_dropout(build.module(settings, 0, dtype=dtype), own_draws)
        found = [
            difference
            for step in range(STEPS)
            for difference in _step(company, alone, own_draws, x.roll(step, 0))
        ]
        eval_mode = company.evaluate(x[None])[0]
        with torch.no_grad():
            found.append(_apart(eval_mode, as_table(alone.eval()(x), len(x))))
    return max(found)


def _step(company: VmappedNetwork, alone: nn.Module, draws: Draws, x: Tensor) -> list[float]:
    count = company.random_bytes(len(x))
    random = (torch.arange(2 * count) * 97 % 251).to(torch.uint8).view(2, -1) if count else None
    made = company.learn(torch.stack([x, x.flip(0)]), random)
    direction = torch.linspace(-1, 1, made.outputs.numel(), dtype=x.dtype).view_as(made.outputs)
    flats = company.backward(made, direction)
    alone.train()
    draws.begin(None if random is None else random[0])
    outputs = as_table(alone(x), len(x))
    layout = layout_of(alone)
    parameters = dict(alone.named_parameters())
    leaves = [parameters[place.name] for place in layout.places]
    wanted = torch.autograd.grad(outputs, leaves, direction[0], allow_unused=True)
    found = [_apart(made.outputs[0], outputs)]
    for place, leaf, gradient in zip(layout.places, leaves, wanted, strict=True):
        got = place.of(flats[0] if place.decays else flats[-1])
        if gradient is not None:
            found.append(_apart(got[0], gradient))
            leaf.data -= 1e-2 * gradient
    for flat, gradient in zip([*company.weights, *company.biases], flats, strict=True):
        flat -= 1e-2 * gradient
    return found


def _apart(got: Tensor, wanted: Tensor) -> float:
    got, wanted = got.detach(), wanted.detach()
    difference = (got - wanted).abs() / wanted.abs().clamp(min=1)
    return float(difference.max()) if bool(wanted.isfinite().all()) else 0.0
