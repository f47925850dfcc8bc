"""A random forest that reads a run's signs; `python -m tests.exam fit` grew it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from harness.judge.records import Kind

FORESTS = Path(__file__).with_name("forests.npz")
"""Of each knowledge that a judge may have, in one file."""
LEAST = 0.005
"""No answer is surer than that: the trees have seen a few thousand runs."""
Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True, kw_only=True, eq=False)
class Forest:
    """Trees by kind; a kind's answer is the mean over its trees (Breiman, 2001).

    Args:
        kinds: what is asked about, in the order of asking.
        signs: their names, in the order of their numbers.
        roots: the first node of each tree, [kind, tree].
        sign: the number of the sign that a node looks at, [node].
        bound: up to which it goes on below, [node].
        below, above: the node it goes on to, [node]; a leaf's own.
        share: at a leaf the share of the runs there of which the kind is true, [node].
    """

    kinds: tuple[Kind, ...]
    signs: tuple[str, ...]
    roots: Array
    sign: Array
    bound: Array
    below: Array
    above: Array
    share: Array

    def answers(self, seen: Mapping[str, float]) -> Mapping[Kind, float]:
        """How likely each kind is, given that those asked about before it are untrue.

        Args:
            seen: every sign by its name.
        """
        values = np.array([seen[name] for name in self.signs], dtype=np.float32)
        at = self.roots
        while True:
            goes = values[self.sign[at]] <= self.bound[at]
            following = np.where(goes, self.below[at], self.above[at])
            if np.array_equal(following, at):
                break
            at = following
        means = self.share[at].mean(axis=1, dtype=np.float64)
        return dict(zip(self.kinds, np.clip(means, LEAST, 1 - LEAST).tolist(), strict=True))


_ARRAYS = ("roots", "sign", "bound", "below", "above", "share")


@cache
def forest(knowing: str) -> Forest:
    """The forest for what is known of a run: "reference", "alone" or "curves"."""
    with np.load(FORESTS, allow_pickle=False) as kept:
        names = {name: kept[f"{knowing} {name}"] for name in _ARRAYS}
        kinds = tuple(Kind(kind) for kind in kept[f"{knowing} kinds"])
        return Forest(kinds=kinds, signs=tuple(kept["signs"].tolist()), **names)


def write(forests: Mapping[str, Forest], path: Path) -> None:
    """Keep them in one file, from which `forest` reads."""
    kept: dict[str, Any] = {"signs": np.array(next(iter(forests.values())).signs)}
    for knowing, one in forests.items():
        kept |= {f"{knowing} {name}": getattr(one, name) for name in _ARRAYS}
        kept[f"{knowing} kinds"] = np.array([kind.value for kind in one.kinds])
    np.savez_compressed(path, **kept)


def joined(trees: Mapping[Kind, Sequence[Mapping[str, Array]]], signs: Sequence[str]) -> Forest:
    """One forest of the trees of each kind, as many for each.

    Args:
        trees: of every kind in the order of asking, each with `sign`, `bound`, `below`, `above`
            and `share` [node], its root first.
        signs: their names, in the order of their numbers.
    """
    roots, parts, count = [], {name: [] for name in _ARRAYS[1:]}, 0
    for of_kind in trees.values():
        starts: list[int] = []
        for tree in of_kind:
            starts.append(count)
            for name, part in parts.items():
                part.append(tree[name] + (count if name in ("below", "above") else 0))
            count += len(tree["sign"])
        roots.append(starts)
    types = {"sign": np.uint8, "bound": np.float32, "share": np.float32}
    arrays = {n: np.concatenate(p).astype(types.get(n, np.int32)) for n, p in parts.items()}
    return Forest(kinds=tuple(trees), signs=tuple(signs), roots=np.array(roots), **arrays)
