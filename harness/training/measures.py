"""What is measured after every epoch, and the curves and evidence made of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import expit

from harness.curves import Curves, Estimate, Evidence
from harness.data import Dataset, Task, further_scores
from harness.study import Loss
from harness.training.evidence import Best, Floats, Pairs, replaced


@dataclass(frozen=True, kw_only=True)
class Measured:
    """The validation part under the members' weights, in eval mode and without penalties.

    Args:
        losses: [member, example].
        score: accuracy or R², [member]; NaN where not defined.
        outputs: of the network, [member, example, output].
    """

    losses: Floats
    score: Floats
    outputs: np.ndarray


@dataclass(frozen=True, kw_only=True)
class Averaged:
    """The training part under the members' weights, in eval mode and without penalties.

    Args:
        loss: mean over the examples, [member].
        error: its standard error, [member]; NaN for a single example.
        examples: how many.
        score: accuracy or R², [member]; NaN where not defined.
    """

    loss: Floats
    error: Floats
    examples: int
    score: Floats


class Averaging:
    """Means of losses and rights that come a few examples at a time.

    Means and sums of squares are joined as Chan, Golub and LeVeque (1983) do, equation 2.1.
    """

    def __init__(self) -> None:
        self.examples = 0
        self.loss: Any = 0.0
        self.right: Any = 0.0
        self._squares: Any = 0.0

    def add(self, losses: Floats, rights: Floats) -> None:
        """More examples: [member, example] both."""
        before, fresh = self.examples, losses.shape[1]
        total = before + fresh
        loss = losses.mean(axis=1)
        with np.errstate(invalid="ignore", over="ignore"):  # of members that diverge
            squares = np.square(losses - loss[:, None]).sum(axis=1)
            if before > 0:
                step = loss - self.loss
                squares += self._squares + np.square(step) * before * fresh / total
                loss = self.loss + step * fresh / total
        right = rights.mean(axis=1)
        self.right = right if before == 0 else self.right + (right - self.right) * fresh / total
        self.examples, self.loss, self._squares = total, loss, squares

    def averaged(self, score: Floats) -> Averaged:
        """What was seen so far."""
        n = self.examples
        error = np.sqrt(self._squares / (n - 1)) / np.sqrt(n) if n > 1 else self.loss * np.nan
        return Averaged(loss=self.loss, error=error, examples=n, score=score)


class Measurements:
    """Collects a population's epochs; only running bests and the last epoch are held whole.

    Args:
        members: how many.
        validation_examples: 0 where there is no validation part.
        study_seed: for the halves of the validation examples.
        patience: of each member; 0, or nothing at all, is never to stop.
    """

    def __init__(
        self,
        members: int,
        *,
        validation_examples: int,
        study_seed: int,
        patience: Sequence[int] = (),
    ) -> None:
        self.stopped: list[int | None] = [None] * members
        self._patience = np.array(patience or [0] * members)
        self._waited = np.zeros(members, dtype=int)
        self.alive = np.ones(members, dtype=bool)
        self.reasons = [""] * members
        self._epochs: list[int] = []
        self._lengths = np.zeros(members, dtype=int)
        self._rows: list[tuple[Floats, ...]] = []
        self._pairs = Pairs(members, examples=validation_examples, study_seed=study_seed)
        self._best = Best(members)
        self._train_examples = 0
        self._train_end: Any = None
        self._train_error: Any = None
        self._last_outputs: Any = None

    def record(self, epoch: int, train: Averaged, validation: Measured | None) -> np.ndarray:
        """Add one epoch; gives the members that diverged in it, as a mask."""
        losses = [train.loss]
        losses += [] if validation is None else [validation.losses.mean(axis=1)]
        finite = np.logical_and.reduce([np.isfinite(loss) for loss in losses])
        diverged = self.alive & ~finite
        self.alive &= finite
        for number in np.flatnonzero(diverged):
            self.reasons[number] = f"the loss was no longer a finite number after epoch {epoch}"
        self._epochs.append(epoch)
        self._lengths[self.alive] += 1
        counting = self.alive & np.array([stop is None for stop in self.stopped])
        scores = [train.score] + ([] if validation is None else [validation.score])
        self._rows.append((*losses, *scores))
        self._train_examples = train.examples
        self._train_end = replaced(self._train_end, train.loss, counting)
        self._train_error = replaced(self._train_error, train.error, counting)
        if validation is not None:
            self._hold(validation, counting)
            self._stop(epoch, counting)
        return diverged

    def _stop(self, epoch: int, counting: np.ndarray) -> None:
        """Mark the members whose patience ended now."""
        self._waited = np.where(self._best.bettered, 0, self._waited + 1)
        ended = counting & (self._patience > 0) & (self._waited >= self._patience)
        for number in np.flatnonzero(ended):
            self.stopped[number] = epoch

    def _hold(self, validation: Measured, counting: np.ndarray) -> None:
        self._last_outputs = replaced(self._last_outputs, validation.outputs, counting)
        self._pairs.see(validation.losses, counting)
        self._best.see(validation.losses, validation.outputs, counting)

    def curves(
        self, member: int, dataset: Dataset, *, loss: Loss, constant: float
    ) -> Curves | None:
        """The curves of one member up to its last finite epoch; None where epoch 0 had none."""
        length = int(self._lengths[member])
        if length == 0:
            return None
        rows = self._rows[:length]
        columns = [np.array([row[c][member] for row in rows]) for c in range(len(rows[0]))]
        validated = len(columns) == 4
        scored = loss != "output"
        empty = np.empty(0)
        further = self._further(member, dataset, loss) if validated and scored else ({}, {})
        return Curves(
            epochs=np.array(self._epochs[:length]),
            train_loss=columns[0],
            validation_loss=columns[1] if validated else empty,
            train_score=columns[-2 if validated else -1] if scored else empty,
            validation_score=columns[3] if validated and scored else empty,
            loss_name=loss,
            score_name=_score_name(dataset) if scored else "",
            constant_loss=constant,
            train_examples=self._train_examples,
            validation_examples=len(dataset.validation),
            evidence=self._evidence(member) if validated else None,
            scores_best=further[0],
            scores_end=further[1],
            stopped_epoch=self.stopped[member],
        )

    def _evidence(self, member: int) -> Evidence | None:
        train_end = Estimate(
            mean=float(self._train_end[member]),
            standard_error=float(self._train_error[member]),
            n=self._train_examples,
        )
        return self._pairs.evidence(member, train_end=train_end)

    def _further(
        self, member: int, dataset: Dataset, loss: Loss
    ) -> tuple[dict[str, float], dict[str, float]]:
        y = dataset.validation.y
        outputs = (self._best.kept[member], self._last_outputs[member])
        best, end = (further_scores(dataset.task, y, readable(o, dataset, loss)) for o in outputs)
        return best, end


def readable(outputs: np.ndarray, dataset: Dataset, loss: Loss) -> np.ndarray:
    """Class probabilities [example, class] of one member's raw outputs, or its predictions."""
    if dataset.task is Task.REGRESSION:
        return outputs
    raw = outputs.astype(np.float64)
    if raw.shape[1] > 1:
        shares = np.exp(raw - raw.max(axis=1, keepdims=True))
        return shares / shares.sum(axis=1, keepdims=True)
    one = expit(raw) if loss == "binary_crossentropy" else raw.clip(0, 1)
    return np.hstack([1 - one, one])


def _score_name(dataset: Dataset) -> str:
    return "accuracy" if dataset.task is Task.CLASSIFICATION else "r2"
