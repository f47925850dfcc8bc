"""What many runs together say: settings, knobs, differences and the answer."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from harness.curves import Baseline
from harness.findings.showing import Showing
from harness.judge import Fit, Kind, Run
from harness.study import Study, Trial


@dataclass(frozen=True, kw_only=True)
class Interval:
    """A mean over seeds with its 95 % Student-t interval.

    Args:
        mean: the mean of the finite values; NaN where there is none.
        low, high: the interval's ends; NaN below two values.
        deviation: sample deviation over seeds; NaN below two values.
        n: finite values.
    """

    mean: float
    low: float
    high: float
    deviation: float
    n: int

    @property
    def half(self) -> float:
        """Half the interval's width: what stands after ±."""
        return (self.high - self.low) / 2

    @property
    def negated(self) -> "Interval":
        """The interval of the same values with the opposite sign."""
        return replace(self, mean=-self.mean, low=-self.high, high=-self.low)


ALPHA = 0.05
"""What a p, adjusted for its family, must fall below for a claim."""
NOTHING = Interval(mean=math.nan, low=math.nan, high=math.nan, deviation=math.nan, n=0)
"""The interval of a quantity that was not measured."""


@dataclass(frozen=True, kw_only=True)
class SettingFinding:
    """One setting over its seeds.

    Losses of diverged seeds count as the worse of the constant's and their own; failed seeds
    count only in `collapsed`.

    Args:
        trial: the setting.
        runs: its runs, by seed.
        validation_loss, train_loss: after the last epoch.
        gap: validation minus training loss after the last epoch, finished seeds only.
        rise: validation loss after the last epoch above its minimum, finished seeds only.
        score: validation accuracy or R² after the last epoch, finished seeds only.
        scores: this and further scores on the validation part after the last epoch, by name
            ("balanced_accuracy", "roc_auc" ...), finished seeds only.
        cross_fitted_loss: validation loss at an epoch chosen on other validation examples.
        stop_epoch: the epoch of lowest validation loss, finished seeds only.
        true_loss_error: standard error of the setting's true loss after the last epoch:
            sqrt(var(seeds)/S + var(examples)/n); NaN without evidence or below two seeds.
        kind: what the seeds say together; None where no run has a validation curve.
        why: one line with the mean figures of the seeds that say so.
        counts: seeds by verdict.
        collapsed: share of seeds that diverged, failed or learned nothing.
        confidence: the probability that `kind` is true of most seeds; of an unclear setting that
            of the most likely kind; NaN where there is none.
        decide_by: what would decide an unclear setting; empty for the others.
        chances: the probability that each kind is true of most seeds, the most likely first;
            empty where there is none.
    """

    trial: Trial
    runs: tuple[Run, ...]
    validation_loss: Interval
    train_loss: Interval
    gap: Interval
    rise: Interval
    score: Interval
    scores: Mapping[str, Interval]
    cross_fitted_loss: Interval
    stop_epoch: Interval
    true_loss_error: float
    kind: Kind | None
    why: str
    counts: Mapping[Kind, int]
    collapsed: float
    confidence: float
    decide_by: str
    chances: Mapping[Kind, float] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """What people call it: the arm's name, or "trial 12"."""
        return self.trial.label

    @property
    def fit(self) -> Fit | None:
        """Overfit, underfit, fits or unclear; None where it is not judged."""
        return None if self.kind is None else self.kind.fit

    @property
    def seeds(self) -> tuple[int, ...]:
        """The run seeds, rising."""
        return tuple(run.seed for run in self.runs)


@dataclass(frozen=True, kw_only=True)
class ValueMean:
    """The settings that share one value of a knob.

    Args:
        value: as a study file writes it.
        gap, validation_loss: means over the settings' means, each setting counted once.
        overfit: share of the settings that overfit.
        n: settings.
    """

    value: str
    gap: float
    validation_loss: float
    overfit: float
    n: int


@dataclass(frozen=True, kw_only=True)
class Link:
    """How strongly a knob goes with one quantity, over settings; NaN where not defined.

    Args:
        strength: 0..1, by ranks: the size of Spearman's correlation, or, for a knob without an
            order, how far its values lie apart; 1 where they do not overlap, and the size of
            the rank-biserial correlation where there are two.
        correlation: Spearman's; NaN for knobs without an order.
        p: two-sided (without an order that of Kruskal and Wallis), Holm-adjusted over the
            searched knobs; rough, since a search does not draw its settings independently.
    """

    strength: float = math.nan
    correlation: float = math.nan
    p: float = math.nan


@dataclass(frozen=True, kw_only=True)
class KnobFinding:
    """How one searched knob goes with the gap and the validation loss, over settings.

    A search moves all knobs at once: these are associations, not effects.

    Args:
        knob: its name.
        gap, loss: with the gap and with the validation loss at the end; not defined for a
            constant column and below three settings.
        n: settings counted: the knob acts in them and their gap was measured.
        by_value: means per value, for knobs without an order; empty for the others.
    """

    knob: str
    gap: Link
    loss: Link
    n: int
    by_value: tuple[ValueMean, ...] = ()

    @property
    def gap_correlation(self) -> float:
        """Spearman's with the gap."""
        return self.gap.correlation

    @property
    def loss_correlation(self) -> float:
        """Spearman's with the validation loss."""
        return self.loss.correlation

    @property
    def gap_p(self) -> float:
        """p of the link with the gap."""
        return self.gap.p


@dataclass(frozen=True, kw_only=True)
class Difference:
    """Two settings compared in pairs of equal seeds.

    Args:
        a, b: labels; the difference is b minus a.
        quantity: "validation_loss", "gap" or "validation_score", after the last epoch.
        difference: mean and 95 % Student-t interval over pairs, Bonferroni-adjusted over the
            family (the stage's comparisons of this quantity).
        pairs: equal seeds with the quantity measured in both.
        enough: at least 6 of them; below, nothing is claimed.
        holm_p: p of the paired t test, Holm-adjusted over the same family; NaN where the
            test is not defined.
        sentence: what a person reads.
    """

    a: str
    b: str
    quantity: str
    difference: Interval
    pairs: int
    enough: bool
    holm_p: float
    sentence: str

    @property
    def clear(self) -> bool:
        """Whether it may be claimed: enough pairs, p below 0.05 and an interval without 0."""
        beyond = self.difference.low > 0 or self.difference.high < 0
        return self.enough and beyond and self.holm_p < ALPHA


@dataclass(frozen=True, kw_only=True)
class Findings:
    """What a study found.

    Args:
        study: what was asked.
        settings: one for each trial with at least one run, by trial number.
        best: lowest mean cross-fitted loss; None where no validation loss was measured.
        sickest: the overfit setting with the widest gap; where there is none, of the diverged
            ones, or else of the underfit ones, that with the highest validation loss; None
            where all are well, nothing is clear, or it is the best one too.
        default: the searched knobs at their defaults, where a search tried that.
        knobs: the searched knobs, the strongest association with the gap first.
        differences: arms in pairs, the validation loss first.
        baselines: cheap models that learned from the same examples.
        answer: two or three sentences.
        loss_name, score_name: of the runs' curves; "" where none was measured.
        failed, diverged: the runs that ended so.
        showing: what the study's own function shows of them; None where it has none.
    """

    study: Study
    settings: tuple[SettingFinding, ...]
    best: SettingFinding | None
    sickest: SettingFinding | None
    default: SettingFinding | None
    knobs: tuple[KnobFinding, ...] = ()
    differences: tuple[Difference, ...] = ()
    baselines: tuple[Baseline, ...] = ()
    answer: str
    loss_name: str = ""
    score_name: str = ""
    failed: tuple[Run, ...] = field(default=())
    diverged: tuple[Run, ...] = field(default=())
    showing: Showing | None = None

    @property
    def runs(self) -> tuple[Run, ...]:
        """Every run, setting by setting."""
        return tuple(run for setting in self.settings for run in setting.runs)
