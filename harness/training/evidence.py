"""Paired evidence: what each example lost between the best epoch and the end."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from harness.curves import Estimate, Evidence
from harness.study import stream_seed

Floats = np.ndarray[Any, np.dtype[np.float64]]


def evidence_parts(examples: int, *, study_seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Two halves of the validation examples, the same for every run of a study."""
    rng = np.random.default_rng(stream_seed(study_seed, -1, "evidence"))
    order = rng.permutation(examples)
    return np.sort(order[: examples // 2]), np.sort(order[examples // 2 :])


class Pairs:
    """Holds what evidence needs: each half's running best on the other half, and the end.

    Args:
        members: how many.
        examples: of the validation part; 0 where there is none.
        study_seed: for the halves.
    """

    def __init__(self, members: int, *, examples: int, study_seed: int) -> None:
        self.parts = evidence_parts(examples, study_seed=study_seed)
        self.bests = [Best(members) for _ in self.parts]
        self.last: Any = None

    @property
    def paired(self) -> bool:
        """Whether both halves have examples."""
        return min(len(part) for part in self.parts) > 0

    def see(self, losses: Floats, counting: np.ndarray) -> None:
        """One epoch's losses [member, example] of the members that still count, as a mask."""
        self.last = replaced(self.last, losses, counting)
        if self.paired:
            for best, chosen_on, kept in zip(
                self.bests, self.parts, reversed(self.parts), strict=True
            ):
                best.see(losses[:, chosen_on], losses[:, kept], counting)

    def evidence(self, member: int, *, train_end: Estimate) -> Evidence | None:
        """One member's evidence; None below two examples."""
        if not self.paired:
            return None
        end = self.last[member]
        chosen = [best.kept[member] for best in self.bests]
        ends = [end[held] for held in reversed(self.parts)]
        rises = [late - early for late, early in zip(ends, chosen, strict=True)]
        return Evidence(
            rise=estimate(np.concatenate(rises)),
            cross_fitted_loss=estimate(np.concatenate(chosen)),
            validation_loss_end=estimate(end),
            train_loss_end=train_end,
        )

    def to_json(self) -> dict[str, Any]:
        """Plain JSON from which `pairs_from_json` makes equal pairs."""
        return {
            "examples": sum(len(part) for part in self.parts),
            "levels": [best.level.tolist() for best in self.bests],
            "kept": [None if best.kept is None else best.kept.tolist() for best in self.bests],
            "last": None if self.last is None else self.last.tolist(),
        }


def pairs_from_json(content: Mapping[str, Any], *, study_seed: int) -> Pairs:
    """The pairs whose `to_json` gave `content`; the seed must be theirs."""
    members = len(content["levels"][0])
    pairs = Pairs(members, examples=content["examples"], study_seed=study_seed)
    pairs.last = _array(content["last"])
    for best, level, kept in zip(pairs.bests, content["levels"], content["kept"], strict=True):
        best.level, best.kept = np.array(level, dtype=np.float64), _array(kept)
    return pairs


class Best:
    """What is kept of the epoch of lowest loss so far, for each member."""

    def __init__(self, members: int) -> None:
        self.level = np.full(members, np.inf)
        self.bettered = np.ones(members, dtype=bool)
        self.kept: Any = None

    def see(self, chosen_on: Floats, keep: Any, alive: np.ndarray) -> None:
        """Keep what belongs to this epoch where the mean loss over `chosen_on` is lower."""
        level = chosen_on.mean(axis=1)
        better = alive & (level < self.level)
        self.bettered = better
        self.level[better] = level[better]
        self.kept = replaced(self.kept, keep, better)


def replaced(held: Any, fresh: Any, which: np.ndarray) -> Any:
    """`held` with the rows of `fresh` where `which`; a copy of all of `fresh` at first."""
    if held is None:
        return fresh.copy()
    held[which] = fresh[which]
    return held


def _array(rows: Any) -> Floats | None:
    return None if rows is None else np.array(rows, dtype=np.float64)


def estimate(values: Sequence[float] | np.ndarray) -> Estimate:
    """The mean of values with its standard error; NaN for a single one."""
    array = np.asarray(values, dtype=np.float64)
    error = array.std(ddof=1) / np.sqrt(len(array)) if len(array) > 1 else np.nan
    return Estimate(mean=float(array.mean()), standard_error=float(error), n=len(array))
