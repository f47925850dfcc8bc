"""Takes the losses of anybody's training, epoch by epoch, and says what they mean."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite, nan
from typing import Any

import numpy as np

from harness.curves import Curves, Estimate, Evidence
from harness.errors import CallbackError
from harness.judge import Ending, Kind, Verdict, how_sure, judge_alone, read
from harness.study import Thresholds
from harness.training.evidence import Floats, Pairs, estimate, pairs_from_json

LOOKS = 2
"""So many measurements one after the other must say "too long" before training is told.

Our choice: the judge is asked after every epoch, and each asking is a chance of a false alarm. In
150 trainings of known true loss (`tests/training/test_alarms.py`) two in a row gave a false alarm
in 2 of the 55 where the true loss held, and an alarm in 66 of the 74 where it rose by a tenth of
what there was to learn; one of those came too early.
"""


@dataclass(frozen=True, kw_only=True, eq=False)
class Measurement:
    """One part of the data under the present weights, in eval mode.

    Args:
        loss: mean loss an example.
        score: accuracy or another share; NaN where there is none.
        examples: how many the means are over; 0 where unknown.
        each: the loss of every example, always in the same order; None where only means are
            known.
    """

    loss: float
    score: float = nan
    examples: int = 0
    each: Floats | None = None


@dataclass(frozen=True, kw_only=True)
class Overdue:
    """Training went on for too long.

    Args:
        epoch: the epoch to go back to.
        now: the epoch at which that became clear.
        line: what to tell people.
    """

    epoch: int
    now: int
    line: str


class Watcher:
    """The curves of one training, and what they mean so far.

    Nothing here knows the library that trains. What was recorded goes to plain JSON and back,
    so that a resumed training goes on with it.

    Args:
        loss_name: as in `Curves`; gives the verdict its unit.
        score_name: as in `Curves`.
        constant_loss: validation loss of the best constant prediction; NaN where unknown.
        thresholds: of the judge.
        seed: halves the validation examples.
    """

    def __init__(
        self,
        *,
        loss_name: str = "",
        score_name: str = "",
        constant_loss: float = nan,
        thresholds: Thresholds | None = None,
        seed: int = 0,
    ) -> None:
        self.reason = ""
        self._names = {"loss_name": loss_name, "score_name": score_name}
        self._constant = constant_loss
        self._thresholds = thresholds or Thresholds()
        self._seed = seed
        self._epochs: list[int] = []
        self._rows: list[list[float]] = []
        self._examples = [0, 0]
        self._train_end: Estimate | None = None
        self._pairs: Pairs | None = None
        self._looks = 0

    @property
    def epochs(self) -> tuple[int, ...]:
        """Those recorded so far with finite losses."""
        return tuple(self._epochs)

    @property
    def diverged(self) -> bool:
        """Whether a loss was no finite number; nothing is recorded after that."""
        return self.reason != ""

    def record(self, epoch: int, train: Measurement, validation: Measurement | None) -> None:
        """Add an epoch, later than all before it.

        Args:
            epoch: 0 is before training.
            train: the training part, or a fixed share of it.
            validation: None where there is no validation part, and then always.

        Raises:
            CallbackError: the losses of every example are of more or fewer than before.
        """
        if self.diverged:
            return
        for part, seen in (("training", train), ("validation", validation)):
            if seen is not None and not isfinite(seen.loss):
                self.reason = f"the {part} loss was no finite number after epoch {epoch}"
                return
        row = [train.loss, train.score]
        row += [] if validation is None else [validation.loss, validation.score]
        self._epochs.append(epoch)
        self._rows.append(row)
        self._examples = [train.examples, 0 if validation is None else validation.examples]
        self._pair(train, validation)
        self._looks = self._looks + 1 if self._too_long() else 0

    def continues(self, train: Measurement, validation: Measurement | None) -> bool:
        """Whether these are over as many examples as what was recorded before."""
        fresh = [train.examples, 0 if validation is None else validation.examples]
        return not self._rows or fresh == self._examples

    def _pair(self, train: Measurement, validation: Measurement | None) -> None:
        if validation is None or train.each is None or validation.each is None:
            return
        if self._pairs is None:
            self._pairs = Pairs(1, examples=len(validation.each), study_seed=self._seed)
        before, now = sum(map(len, self._pairs.parts)), len(validation.each)
        if before != now:
            rule = "losses of every example must be of the same ones after every epoch"
            raise CallbackError(f"VerdictCallback: {rule}; there were {before}, now {now}")
        self._pairs.see(np.array(validation.each, dtype=np.float64)[None], np.array([True]))
        self._train_end = estimate(train.each)

    @property
    def curves(self) -> Curves | None:
        """What was recorded; None before anything was."""
        if not self._rows:
            return None
        validated = len(self._rows[0]) == 4
        columns = np.array(self._rows).T
        empty = np.empty(0)
        scored = not np.isnan(columns[1::2]).all()
        return Curves(
            epochs=np.array(self._epochs),
            train_loss=columns[0],
            validation_loss=columns[2] if validated else empty,
            train_score=columns[1] if scored else empty,
            validation_score=columns[3] if scored and validated else empty,
            loss_name=self._names["loss_name"],
            score_name=self._names["score_name"] if scored else "",
            constant_loss=self._constant,
            train_examples=self._examples[0],
            validation_examples=self._examples[1],
            evidence=self._evidence(),
        )

    def _evidence(self) -> Evidence | None:
        if self._pairs is None or self._train_end is None:
            return None
        return self._pairs.evidence(0, train_end=self._train_end)

    @property
    def verdict(self) -> Verdict | None:
        """What the curves mean so far; None before anything was recorded."""
        curves = self.curves
        if curves is None:
            return None
        return judge_alone(
            curves,
            ending=Ending.DIVERGED if self.diverged else Ending.FINISHED,
            reason=self.reason,
            thresholds=self._thresholds,
        )

    def _too_long(self) -> bool:
        verdict = self.verdict
        return verdict is not None and verdict.kind is Kind.TRAINED_TOO_LONG

    @property
    def overdue(self) -> Overdue | None:
        """Where the evidence for "trained too long" is in: the epoch to go back to."""
        curves = self.curves
        if curves is None or self._looks < LOOKS:
            return None
        reading = read(curves, reference=None, thresholds=self._thresholds)
        verdict = self.verdict
        back, now = int(reading.best_epoch), self._epochs[-1]
        assert verdict is not None
        line = f"trained too long already: {verdict.why}; go back to the weights of epoch {back}"
        return Overdue(epoch=back, now=now, line=line)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON of what was recorded, for `go_on`."""
        train_end, pairs = self._train_end, self._pairs
        return {
            "epochs": list(self._epochs),
            "rows": [list(row) for row in self._rows],
            "examples": list(self._examples),
            "reason": self.reason,
            "looks": self._looks,
            "train_end": None if train_end is None else vars(train_end).copy(),
            "pairs": None if pairs is None else pairs.to_json(),
        }

    def go_on(self, content: Mapping[str, Any]) -> None:
        """Take up what another watcher's `to_json` gave, in place of what was recorded here."""
        train_end, pairs = content["train_end"], content["pairs"]
        self._epochs = list(content["epochs"])
        self._rows = [list(row) for row in content["rows"]]
        self._examples = list(content["examples"])
        self.reason = content["reason"]
        self._looks = content["looks"]
        self._train_end = None if train_end is None else Estimate(**train_end)
        self._pairs = None if pairs is None else pairs_from_json(pairs, study_seed=self._seed)


def told(verdict: Verdict) -> str:
    """A verdict in one line: "overfit: trained too long (confidence 97 %): ..."."""
    rough = "" if verdict.calibrated else ", roughly"
    sure = f"confidence {how_sure(verdict.confidence)}{rough}"
    line = f"{verdict.kind.words} ({sure}): {verdict.why}"
    if verdict.disagreement is not None:
        line = f"{line}; {verdict.disagreement}"
    return f"{line} (more: python -m harness explain {verdict.kind.value})"
