"""Preflight of what a build function returns, on a data set of ours."""

from collections.abc import Callable
from dataclasses import replace
from inspect import Parameter, signature
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from harness.data import Dataset
from harness.errors import NetworkError
from harness.findings.checks import Check
from harness.networks import Build, load_build, seeded
from harness.networks.modules import as_table
from harness.study import Loss, Settings, stream_seed
from harness.training.losses import loss_function, loss_name
from harness.training.preflight.batches import Batch
from harness.training.preflight.procedure import checks_of

EXAMPLES = 256
"""Of the training part, drawn by the study's seed."""
_GIVEN = ("features", "outputs", "settings")


def preflight_build(
    build: Build,
    dataset: Dataset,
    settings: Settings,
    *,
    loss: Loss | None = None,
    learning_rate: float | None = None,
    optimizer: str = "adam",
) -> tuple[Check, ...]:
    """`preflight` of a build function's module, on examples of the training part.

    Args:
        build: the function, with what it is told of the data.
        dataset: of which the training part is looked at.
        settings: that the function reads.
        loss: by name; None takes what fits the data.
        learning_rate: held against its range test where given.
        optimizer: of that rate.

    Raises:
        NetworkError: the function or its module raises, or it returns no module; one line.
    """
    name = loss_name(dataset, loss)
    outputs = loss_function(dataset, name).outputs
    batch = _batch(dataset, name, seed=build.study_seed)
    module = build.module(settings, 0)
    module.register_forward_hook(_as_table)
    seed = stream_seed(build.study_seed, 0, "preflight")
    with build.function.blame, seeded(seed):
        return checks_of(
            module,
            batch,
            loss=name,
            learning_rate=learning_rate,
            optimizer=optimizer,
            outputs=None if name == "output" else outputs,
        )


def load_lenient(
    place: str, *, dataset: Dataset, loss: Loss | None, folder: Path, seed: int
) -> Build:
    """The build function at `place`, also one that takes less than a study's has to.

    Given is what it asks for by the names features, outputs and settings, or else as many of
    them, in this order, as it needs.

    Args:
        place: "my_nets.py:build", or a class in place of the function.
        dataset: that it is told of.
        loss: by name; None takes what fits the data.
        folder: of the file.
        seed: of the streams.

    Raises:
        NetworkError: there is no such file or function, it raises, or it needs more.
    """
    build = load_build(
        place,
        folder=folder,
        features=dataset.features,
        outputs=loss_function(dataset, loss_name(dataset, loss)).outputs,
        study_seed=seed,
    )
    called = _called(build.function.function, place)
    return replace(build, function=replace(build.function, function=called))


def _called(function: Callable[..., Any], place: str) -> Callable[..., Any]:
    known = signature(function).parameters.values()
    needed = [p.name for p in known if p.default is Parameter.empty and _by_place(p)]
    more = [name for name in needed if name not in _GIVEN]
    named = {p.name for p in known if p.name in _GIVEN}
    if more and (named or len(needed) > len(_GIVEN)):
        rule = "must take (features, outputs, settings) or some of them"
        raise NetworkError(f"{place} {rule}, and needs {', '.join(more)}")
    return _by_name(function, named) if named else _first(function, len(needed))


def _by_place(parameter: Parameter) -> bool:
    return parameter.kind in (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)


def _by_name(function: Callable[..., Any], named: set[str]) -> Callable[..., Any]:
    def call(*given: Any) -> Any:
        values = dict(zip(_GIVEN, given, strict=True))
        return function(**{name: values[name] for name in _GIVEN if name in named})

    return call


def _first(function: Callable[..., Any], count: int) -> Callable[..., Any]:
    def call(*given: Any) -> Any:
        return function(*given[:count])

    return call


def _as_table(module: nn.Module, arguments: Any, made: Any) -> Tensor:
    return as_table(made, arguments[0].shape[0])


def _batch(dataset: Dataset, name: Loss, *, seed: int) -> Batch:
    part, total = dataset.train, len(dataset.train)
    draws = np.random.Generator(np.random.SFC64(stream_seed(seed, -1, "preflight")))
    count = min(EXAMPLES, total)
    rows = draws.permutation(total)[:count]
    if isinstance(part.x, np.ndarray):
        x, y = part.x[rows], part.y[rows]
    else:  # on the disk, where neighbours are read at once
        x, y = part.x[0:count], part.y[:count]
    return Batch(inputs=torch.from_numpy(x.copy()), targets=_targets(y, name))


def _targets(y: np.ndarray, name: Loss) -> Tensor:
    """Targets as the loss of this name takes them, where a training would convert them."""
    targets = torch.from_numpy(y.copy())
    return targets[:, None].float() if name == "binary_crossentropy" else targets
