"""From members to the network that carries them: the built-in MLP, or the user's own."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from harness.networks.building import Build
from harness.networks.carrying import Carriage, Carrier, carriage
from harness.networks.initialization import first_weights
from harness.networks.interface import PopulationNetwork
from harness.networks.looped import LoopedNetwork
from harness.networks.mlp import PopulationMLP
from harness.networks.randomness import Draws, own_dropout
from harness.networks.recognised import Perceptron, perceptron
from harness.networks.vmapped import VmappedNetwork
from harness.study import Settings, stream_seed

Member = tuple[Settings, int]
"""Settings and run seed."""


def mlp_population(
    members: Sequence[Member],
    *,
    features: int,
    outputs: int,
    pad_output: int,
    study_seed: int,
    dtype: torch.dtype = torch.float32,
) -> PopulationMLP:
    """The built-in network: members share depth, activation and whether there are biases.

    Args:
        members: their padded widths must agree.
        features, outputs: of the data.
        pad_output: outputs are padded to a multiple of this.
        study_seed: of the streams.
        dtype: of all parameters.
    """
    first = members[0][0]
    weights = [
        first_weights(own, (features, *own.widths, outputs), study_seed=study_seed, run_seed=seed)
        for own, seed in members
    ]
    return PopulationMLP(
        weights,
        activation=first.activation,
        bias=first.bias,
        batch_norm=first.batch_norm,
        dropout=[own.dropout for own, _ in members],
        pad_output=pad_output,
        dtype=dtype,
    )


def users_population(
    build: Build,
    members: Sequence[Member],
    batches: Sequence[Tensor],
    *,
    pad_output: int,
    carried_by: Carrier | None = None,
    dtype: torch.dtype = torch.float32,
) -> tuple[PopulationNetwork, Carriage]:
    """The user's networks of members with equal own settings, by the best carrier.

    Args:
        build: the user's function.
        members: their own knobs agree.
        batches: inputs of a training step, [example, feature], the largest first, to watch the
            network on.
        pad_output: as for the built-in network, where the fused MLP carries it.
        carried_by: another carrier than the best, for those who compare.
        dtype: of all parameters.

    Raises:
        NetworkError: the network cannot be trained.
    """
    found = carriage(build, members[0][0], batches)
    draws = Draws()
    modules = [own_dropout(build.module(own, seed, dtype=dtype), draws) for own, seed in members]
    by = carried_by or found.by
    if by == "fused MLP":
        known = [part for module in modules if (part := perceptron(module)) is not None]
        return _fused(known, pad_output=pad_output, dtype=dtype), found
    if by == "vmap":
        return _vmapped(modules, draws, found, dtype=dtype), found
    seeds = [stream_seed(build.study_seed, seed, "random operations") for _, seed in members]
    looped = LoopedNetwork(
        modules,
        draws=draws,
        step_bytes=found.step_bytes,
        pad_output=pad_output,
        seeds=seeds if found.random else None,
        dtype=dtype,
    )
    return looped, found


def _vmapped(
    modules: Sequence[nn.Module], draws: Draws, found: Carriage, *, dtype: torch.dtype
) -> VmappedNetwork:
    return VmappedNetwork(
        modules,
        draws=draws,
        step_bytes=found.step_bytes,
        taken_apart=found.taken_apart,
        dtype=dtype,
    )


def _fused(members: Sequence[Perceptron], *, pad_output: int, dtype: torch.dtype) -> PopulationMLP:
    return PopulationMLP(
        [member.layers for member in members],
        activation=members[0].activation,
        bias=members[0].bias,
        dropout=[member.dropout for member in members],
        pad_output=pad_output,
        dtype=dtype,
    )
