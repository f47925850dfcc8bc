"""Features that lie on a disk in blocks, and how examples are dealt out to blocks."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from harness.study import stream_seed

Array = np.ndarray[Any, np.dtype[Any]]
FloatArray = np.ndarray[Any, np.dtype[np.float32]]

BLOCK_BYTES = 1 << 23
"""Of one block's float32 features, 8 MiB: large enough to read fast, and to shuffle within."""


@dataclass(frozen=True, kw_only=True)
class BlockFile:
    """Features on a disk, float32, one block of rows after the other.

    What is asked for is read, and nothing is kept: a memory map would hold on to its pages.

    Args:
        path: the numbers, row by row, without a header.
        features: columns.
        sizes: rows of each block.
    """

    path: Path
    features: int
    sizes: tuple[int, ...]

    def __len__(self) -> int:
        return sum(self.sizes)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return len(self), self.features

    def rows(self, number: int) -> slice:
        """Where a block's rows lie among all."""
        start = sum(self.sizes[:number])
        return slice(start, start + self.sizes[number])

    def block(self, number: int) -> FloatArray:
        """One block: [row, feature]."""
        return self[self.rows(number)]

    def __getitem__(self, rows: slice) -> FloatArray:
        start, stop, _ = rows.indices(len(self))
        return self.read(rows, into=np.empty((stop - start, self.features), np.float32))

    def read(self, rows: slice, *, into: FloatArray) -> FloatArray:
        """These rows, at the beginning of an array that has place for them."""
        start, stop, _ = rows.indices(len(self))
        found = into[: stop - start]
        with self.path.open("rb", buffering=0) as file:
            file.seek(4 * start * self.features)
            left = found.data.cast("B") if found.size else memoryview(b"")
            while len(left) > 0:
                count = file.readinto(left)
                if not count:
                    raise EOFError(f"{self.path.name} ends before row {stop}")
                left = left[count:]
        return found


def dealt(count: int, *, features: int, block_bytes: int, seed: int) -> tuple[Array, Array]:
    """Which block each example goes to, and the rows of each block.

    Drawn from the study's seed, so that a file sorted by class or time still gives mixed
    blocks; a single block keeps the order.
    """
    blocks = -(-count * features * 4 // block_bytes)
    block_of = np.arange(count) % blocks
    if blocks > 1:
        np.random.default_rng(stream_seed(seed, -1, "dealing")).shuffle(block_of)
    return block_of, np.bincount(block_of, minlength=blocks)


def places(block_of: Array) -> Array:
    """The row of each example in the block file; within a block they keep their order."""
    found = np.empty(len(block_of), dtype=np.int64)
    found[np.argsort(block_of, kind="stable")] = np.arange(len(block_of))
    return found
