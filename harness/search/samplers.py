"""Optuna's samplers, by the names of a study file."""

from optuna.samplers import BaseSampler, GPSampler, QMCSampler, RandomSampler, TPESampler

from harness.study import Study, stream_seed

TPE_MULTIVARIATE = False
"""One density per knob. On a nearly additive objective of 11 knobs, in batches of 32 (256
trials, 6 seeds), it ended 0.03-0.57 above the minimum, Optuna's default (one joint density)
0.6-3.0 and random search 2.0-3.5. On four knobs that interact, in batches of 16 (64 trials,
12 seeds), the two are alike: 0.030 ± 0.009 and 0.019 ± 0.008 above the minimum, random 0.085.
One density per knob also learns of a knob that acts in some trials only from those trials;
the joint density leaves such a knob out.

On two real studies (`python -m tests.bench.samplers`: digits with 300 training examples and
five knobs, moons with label noise and six, one of them conditional; 48 trials of 3 seeds,
6 study seeds) the best trial's loss on fresh seeds was 0.1653 one by one, 0.1647 joint and
0.1966 random on digits, 0.2686, 0.2694 and 0.2787 on moons; joint less one by one:
-0.0006 ± 0.0184 and +0.0008 ± 0.0117 (95 %, pairs of study seeds). Both beat random, neither
the other, so the one that uses every trial of a conditional knob stays."""


def sampler_for(study: Study) -> BaseSampler:
    """The study's sampler, seeded by the study's seed alone.

    A grid's points are enqueued one by one, so its sampler only stands behind them.
    """
    assert study.search is not None
    seed = stream_seed(study.seed, -1, "sampler") % 2**32
    match study.search.sampler:
        case "tpe":
            return TPESampler(seed=seed, multivariate=TPE_MULTIVARIATE)
        case "gp":
            return GPSampler(seed=seed, warn_independent_sampling=False)
        case "qmc":
            # Scrambled: the plain Sobol sequence starts in the corner of all lower ends.
            return QMCSampler(seed=seed, scramble=True, warn_independent_sampling=False)
        case "random" | "grid":
            return RandomSampler(seed=seed)


def draws_every_knob(sampler: str) -> bool:
    """Whether a sampler wants one space for all trials.

    Those draw a value for every knob, also where it does not act; that value is dropped.
    Otherwise QMC would begin a new sequence with each new set of knobs, and GP would leave
    to chance every knob that some trial lacks.
    """
    return sampler in ("qmc", "gp")
