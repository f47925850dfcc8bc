"""Keeping the weights of a population's members while they train."""

import numpy as np

from harness.curves import Trace
from harness.networks import PopulationNetwork
from harness.study import Traced


class Tracing:
    """Holds every member's parameters at the moments that a study asks for.

    Args:
        network: whose parameters.
        members: how many.
        when: after each "steps", after each "epochs", or at both "ends"; None keeps nothing.
    """

    def __init__(self, network: PopulationNetwork, *, members: int, when: Traced | None) -> None:
        self._network = network
        self._members = members
        self._when = when
        self._steps: list[int] = []
        self._rows: list[list[np.ndarray]] = []

    def after_step(self, taken: int) -> None:
        """Called after each update; `taken` so far."""
        if self._when == "steps":
            self._keep(taken)

    def after_epoch(self, taken: int, *, last: bool) -> None:
        """Called before training and after each epoch."""
        if taken == 0 or self._when == "epochs" or (self._when == "ends" and last):
            self._keep(taken)

    def _keep(self, taken: int) -> None:
        if self._when is None:
            return
        rows = [
            np.concatenate(
                [part.ravel() for group in self._network.parameters_of(member) for part in group]
            )
            for member in range(self._members)
        ]
        self._steps.append(taken)
        self._rows.append(rows)

    def of(self, member: int) -> Trace | None:
        """What one member's weights went through; None where nothing is kept."""
        if not self._steps:
            return None
        names = [name for group in self._network.parameter_names() for name in group]
        parts = [part for group in self._network.parameters_of(member) for part in group]
        return Trace(
            steps=np.array(self._steps),
            shapes={name: part.shape for name, part in zip(names, parts, strict=True)},
            values=np.stack([rows[member] for rows in self._rows]).astype(np.float32),
        )
