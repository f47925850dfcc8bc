"""A user's build function: called under a member's seed, its answer checked."""

import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn.parameter import is_lazy

from harness.data import UserFunction, load_function
from harness.errors import NetworkError
from harness.study import KnobValue, Settings, stream_seed


class OwnSettings(Mapping[str, KnobValue]):
    """The knobs that a study gives to its own network, by key or by attribute.

    Args:
        values: by name.

    `read` are the names asked for so far, `absent` those asked for that the study does not set.
    """

    def __init__(self, values: Mapping[str, KnobValue]) -> None:
        self._values = dict(values)
        self.read: set[str] = set()
        self.absent: set[str] = set()

    def __getitem__(self, name: str) -> KnobValue:
        self.read.add(name)
        if name not in self._values:
            self.absent.add(name)
            raise KeyError(name)
        return self._values[name]

    def __getattr__(self, name: str) -> KnobValue:
        if name.startswith("_"):
            raise AttributeError(name)
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


@dataclass(frozen=True, kw_only=True)
class Build:
    """A study's own network.

    Args:
        place: as the study names it, "my_nets.py:build".
        function: loaded from there.
        features, outputs: what it is told.
        study_seed: of the streams.
        read: names of settings that its calls have asked for, over all calls.
        absent: of these, the ones that the study does not set.
    """

    place: str
    function: UserFunction
    features: int
    outputs: int
    study_seed: int
    read: set[str] = field(default_factory=set)
    absent: set[str] = field(default_factory=set)

    def module(
        self, settings: Settings, run_seed: int, *, dtype: torch.dtype = torch.float32
    ) -> nn.Module:
        """The module of one member, with first weights of its seed.

        Raises:
            NetworkError: the function raises, or answers something else than a module.
        """
        own = OwnSettings(dict(settings.own))
        seed = stream_seed(self.study_seed, run_seed, "weights")
        try:
            with seeded(seed), self.function.blame:
                made = self.function.function(self.features, self.outputs, own)
        except NetworkError:
            if unset := sorted(own.absent):
                raise NetworkError(
                    f'{self.place} reads settings["{unset[0]}"], which [knobs] does not set'
                ) from None
            raise
        self.read.update(own.read)
        self.absent.update(own.absent)
        if not isinstance(made, nn.Module):
            kind = "nothing" if made is None else f"a {type(made).__name__}"
            raise NetworkError(f"{self.place} must return a torch.nn.Module, got {kind}")
        self._make_real(made, seed)
        return made.to(dtype)

    def _make_real(self, module: nn.Module, seed: int) -> None:
        """Lazy modules take their shapes from a first forward pass."""
        if any(is_lazy(parameter) for parameter in module.parameters()):
            with seeded(seed + 1), self.function.blame, torch.no_grad():
                module(torch.zeros(2, self.features))


def load_build(place: str, *, folder: Path, features: int, outputs: int, study_seed: int) -> Build:
    """The build function at `place`, "my_nets.py:build", in the study's folder.

    Raises:
        NetworkError: there is no such file or function, or the file raises.
    """
    return Build(
        place=place,
        function=load_function(place, folder=folder, error=NetworkError),
        features=features,
        outputs=outputs,
        study_seed=study_seed,
    )


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Every global generator a user's code may draw from begins at `seed`, and is put back."""
    numpy, plain = np.random.get_state(), random.getstate()
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        np.random.seed(seed % 2**32)
        random.seed(seed)
        try:
            yield
        finally:
            np.random.set_state(numpy)
            random.setstate(plain)
