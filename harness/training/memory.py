"""How much memory a population may take, and what is done where there was too little."""

import gc
import os
from dataclasses import dataclass

import torch

from harness.data import machine_memory

_WORDS = ("not enough memory", "can't allocate memory", "cannot allocate memory", "bad_alloc")
"""What torch's RuntimeErrors say where a CPU's memory is at an end."""
GPU_SHARE = 0.8
"""Of a GPU's free memory, which fragments and torch's own buffers take the rest of."""


@dataclass(frozen=True, kw_only=True)
class Room:
    """What there is for one chunk.

    Args:
        memory: bytes that it may take.
        cached: whether a step goes faster where its tensors stay in a core's cache.
    """

    memory: int
    cached: bool = True


def room() -> Room:
    """On a GPU 0.8 of the memory that is free, whose products want to be large.

    On a CPU half of the machine's memory by its cores, of which each may train a chunk: no
    matter how much of it is free, or how many workers there are.
    """
    if torch.cuda.is_available():
        free, _ = torch.cuda.mem_get_info()
        return Room(memory=int(GPU_SHARE * free), cached=False)
    return Room(memory=machine_memory() // (2 * (os.cpu_count() or 1)))


def lacked_memory(error: BaseException) -> bool:
    """Whether an error says that there was too little memory."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    said = str(error).lower()
    return isinstance(error, RuntimeError) and any(word in said for word in _WORDS)


def give_memory_back() -> None:
    """Let go of what a failed population held: its modules and trainer refer to each other."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
