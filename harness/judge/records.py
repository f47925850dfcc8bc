"""Verdicts and runs: what curves mean, and whose they are."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from harness.curves import Curves, Trace, curves_from_json
from harness.study import RECORDED_LOSSES, Trial, score_of, trial_from_json


class Fit(StrEnum):
    """The question people ask first."""

    OVERFIT = "overfit"
    UNDERFIT = "underfit"
    FITS = "fits"
    UNCLEAR = "unclear"


class Kind(StrEnum):
    """What a run's curves mean; the values are used in tags, JSON and code."""

    DIVERGED = "diverged"
    CONSTANT = "constant"
    STOPPED_EARLY = "stopped_early"
    TOO_WEAK = "too_weak"
    TRAINED_TOO_LONG = "trained_too_long"
    MEMORISES = "memorises"
    FITS = "fits"
    SETTLED = "settled"
    UNCLEAR = "unclear"

    @property
    def fit(self) -> Fit:
        """Overfit, underfit, fits or unclear (diverged and constant runs learned nothing)."""
        return _FITS[self]

    @property
    def words(self) -> str:
        """What people read: "overfit: trained too long"."""
        return _WORDS[self]


_FITS = {
    Kind.DIVERGED: Fit.UNCLEAR,
    Kind.CONSTANT: Fit.UNDERFIT,
    Kind.STOPPED_EARLY: Fit.UNDERFIT,
    Kind.TOO_WEAK: Fit.UNDERFIT,
    Kind.TRAINED_TOO_LONG: Fit.OVERFIT,
    Kind.MEMORISES: Fit.OVERFIT,
    Kind.FITS: Fit.FITS,
    Kind.SETTLED: Fit.UNCLEAR,
    Kind.UNCLEAR: Fit.UNCLEAR,
}
_WORDS = {
    Kind.DIVERGED: "diverged",
    Kind.CONSTANT: "underfit: nothing learned so far",
    Kind.STOPPED_EARLY: "underfit: stopped early",
    Kind.TOO_WEAK: "underfit: too weak",
    Kind.TRAINED_TOO_LONG: "overfit: trained too long",
    Kind.MEMORISES: "overfit: memorises",
    Kind.FITS: "fits",
    Kind.SETTLED: "settled: no reference to tell fit from weak",
    Kind.UNCLEAR: "unclear",
}


@dataclass(frozen=True, kw_only=True)
class Quantity:
    """One number a verdict rests on.

    Args:
        name: "rise", "gap" ...
        value: in `unit`.
        unit: "cross-entropy", "squared error", "share of what there is to learn" ...
        standard_error: None where it has none.
    """

    name: str
    value: float
    unit: str
    standard_error: float | None = None


@dataclass(frozen=True, kw_only=True)
class StopAt:
    """Where training should have ended, and how exactly the curve tells.

    Args:
        epoch: of the lowest validation loss, smoothed.
        low, high: the epochs around it at which the loss may as well have been lowest.
    """

    epoch: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What one run's curves mean.

    Args:
        kind: the meaning.
        why: one line with the figures that decided.
        quantities: the numbers it rests on.
        confidence: the probability that `kind` is right; of an unclear verdict that of the most
            likely kind.
        calibrated: whether the exam has shown that of verdicts with confidence p a share p is
            right.
        chances: the probability of each kind, the most likely first; empty where nothing could
            be weighed.
        stop_at: where training should have ended; None for a run that diverged or learned
            nothing.
        overconfident: whether the loss worsens while the score does not.
        decide_by: what would decide an unclear verdict; empty for the others.
        disagreement: a line where loss and score tell different stories, else None.
    """

    kind: Kind
    why: str
    quantities: tuple[Quantity, ...] = ()
    confidence: float = 0.5
    calibrated: bool = False
    chances: Mapping[Kind, float] = field(default_factory=dict)
    stop_at: StopAt | None = None
    overconfident: bool = False
    decide_by: str = ""
    disagreement: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain JSON from which `verdict_from_json` makes an equal verdict."""
        return {
            "kind": self.kind.value,
            "why": self.why,
            "quantities": [vars(quantity) for quantity in self.quantities],
            "confidence": self.confidence,
            "calibrated": self.calibrated,
            "chances": {kind.value: p for kind, p in self.chances.items()},
            "stop_at": None if self.stop_at is None else vars(self.stop_at),
            "overconfident": self.overconfident,
            "decide_by": self.decide_by,
            "disagreement": self.disagreement,
        }


def verdict_from_json(content: Mapping[str, Any]) -> Verdict:
    """The verdict whose `to_json` gave `content`."""
    # One stored before there were chances has none.
    stop_at = content.get("stop_at")
    read = {
        "kind": Kind(content["kind"]),
        "quantities": tuple(Quantity(**quantity) for quantity in content["quantities"]),
        "chances": {Kind(kind): p for kind, p in content.get("chances", {}).items()},
        "stop_at": None if stop_at is None else StopAt(**stop_at),
    }
    return Verdict(**{**content, **read})


class Ending(StrEnum):
    """How a run ended."""

    FINISHED = "finished"
    DIVERGED = "diverged"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True)
class Run:
    """One trial with one seed.

    Args:
        trial: what was trained.
        seed: the run seed.
        ending: how it ended.
        reason: why it diverged or failed, in a line; empty otherwise.
        curves: None only for a failed run.
        verdict: None until judged, for failed runs, and where there is no validation part.
        seconds: training time, the population's divided evenly among its members.
        trace: its weights while it trained, where the study asks for them; not part of its JSON.
    """

    trial: Trial
    seed: int
    ending: Ending
    reason: str = ""
    curves: Curves | None = None
    verdict: Verdict | None = None
    seconds: float = 0.0
    trace: Trace | None = None

    def __post_init__(self) -> None:
        if (self.curves is None) != (self.ending is Ending.FAILED):
            raise ValueError("a run has curves unless it failed")

    @property
    def name(self) -> str:
        """ "0012/s3": trial and seed, as MLflow shows it."""
        return f"{self.trial.number:04d}/s{self.seed}"

    def judged(self, verdict: Verdict | None) -> "Run":
        """The same run with another verdict."""
        return replace(self, verdict=verdict)

    def objective(self, quantity: str) -> float:
        """A recorded quantity as a search sees it; NaN, which does not steer, for failed runs.

        What a diverged run counts as must not look good. For a loss it is the worse of the
        constant's loss and its own. A network that answers with no number earns nothing: its
        scores are 0 or below, its absolute error is infinite. A rise or a stop epoch up to the
        last finite epoch says nothing: NaN.
        """
        if self.curves is None:
            return float("nan")
        value = self.curves.quantities().get(quantity, float("nan"))
        return value if self.ending is not Ending.DIVERGED else self._diverged(quantity, value)

    def _diverged(self, quantity: str, value: float) -> float:
        assert self.curves is not None
        if quantity in RECORDED_LOSSES:
            worst = [self.curves.constant_loss, float(self.curves.train_loss[-1]), value]
            return max(x for x in worst if x == x)
        if score_of(quantity) == "mae":
            return math.inf
        scored = score_of(quantity) is not None or "_score_" in quantity
        return min(0.0, value) if scored and value == value else math.nan

    def to_json(self) -> dict[str, Any]:
        """Plain JSON from which `run_from_json` makes an equal run."""
        return {
            "trial": self.trial.to_json(),
            "seed": self.seed,
            "ending": self.ending.value,
            "reason": self.reason,
            "curves": None if self.curves is None else self.curves.to_json(),
            "verdict": None if self.verdict is None else self.verdict.to_json(),
            "seconds": self.seconds,
        }


def run_from_json(content: Mapping[str, Any]) -> Run:
    """The run whose `to_json` gave `content`."""
    curves, verdict = content["curves"], content["verdict"]
    return Run(
        trial=trial_from_json(content["trial"]),
        seed=content["seed"],
        ending=Ending(content["ending"]),
        reason=content["reason"],
        curves=None if curves is None else curves_from_json(curves),
        verdict=None if verdict is None else verdict_from_json(verdict),
        seconds=content["seconds"],
    )
