"""Trains populations. In: members (trials with seeds) and examples. Out: runs with curves.

One Lightning module trains all members of a chunk. Never judges, stores or decides what to
train next.
"""

from harness.training.chunks import Chunk, Member
from harness.training.losses import constant_loss, loss_name
from harness.training.population import Population
from harness.training.train import fit, gpu_name, one_thread, plan, train
from harness.training.users import check_network, numbers_made

__all__ = [
    "Chunk",
    "Member",
    "Population",
    "check_network",
    "constant_loss",
    "fit",
    "gpu_name",
    "loss_name",
    "numbers_made",
    "one_thread",
    "plan",
    "train",
]
