"""What the study of stochastic, mini-batch and batch descent shows (item 10): costs and losses."""

import numpy as np
from costs import (
    LEVEL,
    examples,
    examples_a_step,
    examples_to_level,
    seconds_an_epoch,
    seconds_an_update,
    seconds_to_level,
    to_level,
    took,
    updates_an_epoch,
)

from harness import (
    Claim,
    Line,
    Outcome,
    Picture,
    Sheet,
    Showing,
    claim,
    curve_line,
    mean_of,
    outcome,
    paired,
    runs_of,
    setting_of,
)

SAME = 0.03
"""Losses that differ by less are as good as equal (our choice)."""
TWICE = 2.0
"""Seconds that differ by less than this factor are not told apart (our choice)."""
NUMBER_BYTES = 4


def costs(findings, dataset):
    """Seconds, memory and losses of three batch sizes; claims of each one's good and bad sides."""
    names = ("stochastic", "mini_batch", "batch", "batch_for_longer")
    one, mini, full, longer = arms = [setting_of(findings, name) for name in names]
    few = [setting_of(findings, name) for name in ("mini_batch_of_few", "batch_of_few")]
    return Showing(
        parts=[
            _curves((one, mini, longer), "epoch", lambda arm: 1.0),
            _curves((one, mini, longer), "update", updates_an_epoch),
            _curves((one, mini, longer), "seconds", seconds_an_epoch),
            _table([*arms, *few], dataset),
        ],
        claims=[
            *_of_stochastic(one, mini, full),
            *_of_batch(one, mini, full, longer, few),
            *_of_mini(one, mini, full, longer),
        ],
    )


def _of_stochastic(one, mini, full):
    epoch, step = seconds_an_epoch(one), seconds_an_update(one)
    times = epoch / seconds_an_epoch(mini)
    sooner = paired(mini, one, "train_loss_end")
    return [
        _slower(
            "Stochastic: computationally fast",
            seconds_an_epoch(mini),
            epoch,
            f"a step is the cheapest, {took(step)} against {took(seconds_an_update(mini))} and"
            f" {took(seconds_an_update(full))}, but an epoch takes {times:.1f} times as long as one"
            " of mini-batches",
        ),
        _slower(
            "Stochastic: so many updates make an epoch expensive",
            epoch,
            seconds_an_epoch(full),
            f"{took(epoch)} an epoch with {updates_an_epoch(one):,.0f} updates,"
            f" {took(seconds_an_epoch(full))} with one",
        ),
        Claim(
            says="Stochastic: many updates learn the most in an epoch",
            outcome=outcome(sooner, below=True),
            measured=f"training loss after 10 epochs less that of mini-batches: {_apart(sooner)}",
        ),
        claim(
            "Stochastic: needs the least memory for a step",
            holds=examples_a_step(one) < examples_a_step(mini) < examples_a_step(full),
            measured=f"{examples_a_step(one)} example at a time, against {examples_a_step(mini)}"
            f" and {examples_a_step(full):,}",
        ),
    ]


def _of_batch(one, mini, full, longer, few):
    (few_mini, few_full), seen = few, examples_to_level
    grown = [seen(mini) / seen(few_mini), seen(longer) / seen(few_full)]
    rises = [_rises(arm) for arm in (one, mini, longer)]
    worse = paired(mini, longer, "validation_loss_end")
    ahead = paired(full, mini, "train_loss_end")
    example = [seconds_an_epoch(arm) / examples(arm) * 1e6 for arm in (one, full)]
    return [
        _slower(
            "Batch: few updates make an epoch cheap",
            seconds_an_epoch(one),
            seconds_an_epoch(full),
            f"{took(seconds_an_epoch(full))} an epoch, stochastic {took(seconds_an_epoch(one))};"
            f" but mini-batches take {took(seconds_an_epoch(mini))}, so most of that is gained"
            " with 32 examples already",
        ),
        _slower(
            "Batch: errors first, update afterwards, so that examples are computed side by side",
            example[0],
            example[1],
            f"{example[1]:.2f} µs an example, {example[0]:.2f} µs where each is followed by an"
            " update",
        ),
        claim(
            "Batch: the loss goes down steadily",
            holds=rises[2] == 0 < rises[0],
            measured=f"it rose after {rises[2]:.0%} of the epochs; with mini-batches after"
            f" {rises[1]:.0%}, stochastic {rises[0]:.0%}",
        ),
        Claim(
            says="Batch: the steady way ends too early, at worse weights",
            outcome=Outcome.CONTRADICTED if worse.high < SAME else outcome(worse, below=False),
            measured=f"with 320 updates each, its validation loss less the mini-batches' is"
            f" {_apart(worse)} (10c has a loss on which it does end too early)",
        ),
        Claim(
            says="Batch: learns little in an epoch",
            outcome=outcome(ahead, below=True),
            measured=f"after 10 epochs its training loss is"
            f" {mean_of(full, 'train_loss_end').mean:.2f}, that of mini-batches"
            f" {mean_of(mini, 'train_loss_end').mean:.3f}",
        ),
        claim(
            "Batch: too slow where there are many examples",
            holds=grown[1] > TWICE * grown[0],
            measured=f"to a training loss of {LEVEL:g} it computes {seen(few_full):,.0f} examples"
            f" where there are 256, and {seen(longer):,.0f} where there are 1,024,"
            f" {grown[1]:.1f} times as many; mini-batches {grown[0]:.1f} times as many",
        ),
    ]


def _of_mini(one, mini, full, longer):
    times = [seconds_to_level(arm) for arm in (one, mini, longer)]
    pairs = [paired(one, mini, "train_loss_end"), paired(mini, full, "train_loss_end")]
    decided = [outcome(pair, below=False) for pair in pairs]
    losses = [mean_of(arm, "train_loss_end").mean for arm in (one, mini, full)]
    rates = [arm.trial.settings.learning_rate for arm in (one, mini, full)]
    reached = np.isfinite(to_level(mini))
    return [
        Claim(
            says="Mini-batch: stands between the two in what an epoch teaches",
            outcome=decided[0] if decided[0] == decided[1] else Outcome.UNDECIDED,
            measured="training loss after 10 epochs {:.2g} (one), {:.2g} (32), {:.2g} (all)".format(
                *losses
            ),
        ),
        _slower(
            "Mini-batch: the most efficient",
            min(times[0], times[2]),
            times[1],
            f"{took(times[1])} to a training loss of {LEVEL:g}, stochastic {took(times[0])},"
            f" batch {took(times[2])}",
        ),
        claim(
            "Mini-batch: converges robustly",
            holds=bool(reached.all()) and np.ptp(to_level(mini)) <= 2,
            measured=f"{reached.sum()} of {len(reached)} seeds come to {LEVEL:g}, after"
            f" {np.nanmin(to_level(mini)):.0f} to {np.nanmax(to_level(mini)):.0f} epochs",
        ),
        claim(
            "Mini-batch: not all examples need be in memory",
            holds=examples_a_step(mini) < examples(mini),
            measured=f"a step holds {examples_a_step(mini)} of {examples(mini):,} examples",
        ),
        claim(
            "Mini-batch: its size is one more knob to set, and it matters",
            holds=max(losses) > TWICE * min(losses),
            measured=f"with 1, 32 or all examples the loss differs {max(losses) / min(losses):.0f}"
            f"-fold, and the rate that each bears goes from {min(rates):g} to {max(rates):g}",
        ),
    ]


def _rises(arm):
    return np.mean([np.diff(run.curves.train_loss) > 0 for run in runs_of(arm)])


def _slower(says, long, short, measured):
    """Whether the first takes longer, by a factor that a busy machine does not bring about."""
    clear = {long > TWICE * short: Outcome.CONFIRMED, short > TWICE * long: Outcome.CONTRADICTED}
    return Claim(says=says, outcome=clear.get(True, Outcome.UNDECIDED), measured=measured)


def _curves(arms, of, factor):
    title, label = {
        "epoch": ("For equal epochs many updates win", "epoch"),
        "update": ("For equal updates large batches lose nothing", "updates taken"),
        "seconds": ("For equal time mini-batches win", "seconds of training"),
    }[of]
    lines = []
    for arm in arms:
        whole = curve_line(arm, "train_loss", label=_words(arm).replace(" for longer", ""))
        x, y, low, high = (part[1:] for part in (whole.x, whole.y, whole.low, whole.high))
        lines.append(Line(x=x * factor(arm), y=y, low=low, high=high, label=whole.label))
    return Picture(
        title=title,
        x_label=label,
        y_label="training loss",
        lines=lines,
        log_x=True,
        log_y=True,
        note="Mean of the seeds; the band goes from the lowest to the highest.",
    )


def _table(arms, dataset):
    rows = []
    for arm in arms:
        held = examples_a_step(arm)
        numbers = held * (dataset.features + arm.trial.settings.units + dataset.classes)
        rows.append(
            (
                _words(arm),
                held,
                f"{numbers * NUMBER_BYTES / 1024:.1f} KiB",
                int(updates_an_epoch(arm)),
                took(seconds_an_epoch(arm)),
                took(seconds_an_update(arm)),
                mean_of(arm, "train_loss_end").mean,
                took(seconds_to_level(arm)),
            )
        )
    return Sheet(
        title="What each costs",
        columns="|examples a step|their inputs and outputs|updates an epoch|an epoch takes|"
        f"an update takes|training loss at the end|time to {LEVEL:g}".split("|"),
        rows=rows,
        note="Times are of a network's share of six that train side by side; an epoch's includes"
        " measuring both parts.",
    )


def _words(arm):
    return arm.label.replace("_", " ").replace("mini batch", "mini-batch")


def _apart(found):
    return f"{found.mean:+.3f} (95 %: {found.low:+.3f} to {found.high:+.3f})"
