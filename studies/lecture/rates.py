"""What the studies of the learning rate show (item 6)."""

import numpy as np

from harness import (
    Claim,
    Kind,
    Line,
    Picture,
    Sheet,
    Showing,
    claim,
    curve_line,
    epochs_to,
    mean_of,
    outcome,
    paired,
    runs_of,
)

REGIMES = (Kind.STOPPED_EARLY, Kind.FITS, Kind.DIVERGED)


def regimes(findings, dataset):
    """Loss against rate, and what the judge says at each."""
    by_rate = sorted(findings.settings, key=rate_of)
    half = 0.5 * runs_of(by_rate[0])[0].curves.constant_loss
    return Showing(
        parts=[_losses(by_rate), _verdicts(by_rate), _courses(by_rate), _table(by_rate, half)],
        claims=[*_named(by_rate), *_time(by_rate, half), *_converges(by_rate), *_edge(by_rate)],
    )


def rate_of(setting):
    """A setting's learning rate."""
    return setting.trial.settings.learning_rate


def _share(setting, kind):
    return setting.counts.get(kind, 0) / len(setting.runs)


def _of_kind(by_rate, kind):
    return [setting for setting in by_rate if setting.kind is kind]


def _losses(by_rate):
    whole = [s for s in by_rate if _share(s, Kind.DIVERGED) == 0]
    broken = [s for s in by_rate if _share(s, Kind.DIVERGED) > 0]
    lines = []
    for name, label in (("train", "training"), ("validation", "validation")):
        found = [mean_of(s, f"{name}_loss_end") for s in whole]
        lines.append(
            Line(
                x=[rate_of(s) for s in whole],
                y=[one.mean for one in found],
                low=[one.low for one in found],
                high=[one.high for one in found],
                label=label,
                style="dashed" if name == "train" else "line",
            )
        )
    highest = max(np.max(line.y) for line in lines)
    gone = Line(
        x=[rate_of(s) for s in broken],
        y=[highest] * len(broken),
        label="diverged: no number any more",
        style="points",
    )
    return Picture(
        title="The loss at the end, against the rate",
        x_label="learning rate",
        y_label="squared error",
        lines=[*lines, *([gone] if broken else [])],
        log_x=True,
        log_y=True,
        note="Left the steps are too short to arrive in time, right they are too long. The valley"
        " between is wide: a right rate need not be found exactly.",
    )


def _verdicts(by_rate):
    rates = [rate_of(setting) for setting in by_rate]
    return Picture(
        title="The three regimes, as the judge names them",
        x_label="learning rate",
        y_label="share of the seeds",
        lines=[
            Line(x=rates, y=[_share(setting, kind) for setting in by_rate], label=kind.words)
            for kind in REGIMES
        ],
        log_x=True,
        y_limits=(-0.03, 1.4),
    )


def _courses(by_rate):
    found = {kind: _of_kind(by_rate, kind) for kind in REGIMES[:2]}
    early, fits = found[Kind.STOPPED_EARLY], found[Kind.FITS]
    chosen = [*early[len(early) // 2 :][:1], *fits[:1], *fits[len(fits) // 2 :][:1], *fits[-1:]]
    chosen = chosen or by_rate[:3]
    return Picture(
        title="The way there",
        x_label="epoch",
        y_label="validation loss (squared error)",
        lines=[
            curve_line(s, "validation_loss", label=f"rate {rate_of(s):.2g}: {s.kind.words}")
            for s in chosen
        ],
        log_y=True,
        note="The largest of these rates is quick and then never quiet: each step overshoots.",
    )


def _table(by_rate, half):
    rows = []
    for setting in by_rate:
        runs = runs_of(setting)
        epochs = np.array([epochs_to(run, half) for run in runs])
        kinds = ", ".join(f"{n} {kind.words}" for kind, n in setting.counts.items())
        broken = _share(setting, Kind.DIVERGED) == 1
        rows.append(
            (
                f"{rate_of(setting):.2g}",
                kinds,
                "no number" if broken else mean_of(setting, "train_loss_end").mean,
                "no number" if broken else mean_of(setting, "validation_loss_end").mean,
                f"{epochs.mean():.3g}" if np.all(np.isfinite(epochs)) else "never",
            )
        )
    return Sheet(
        title="Every rate",
        columns=["rate", "seeds", "training loss", "validation loss", f"epochs to {half:.2g}"],
        rows=rows,
    )


def _named(by_rate):
    """Whether the judge names each regime, and in which order they come."""
    claims = []
    order = [setting.kind for setting in by_rate if setting.kind in REGIMES]
    says = ("Too small a rate: training is not done when the epochs are over",
            "A right rate: the network fits",
            "Too large a rate: training diverges")  # fmt: skip
    for sentence, kind in zip(says, REGIMES, strict=True):
        of = [rate_of(setting) for setting in _of_kind(by_rate, kind)]
        block = kind in order and order[order.index(kind) :][: len(of)] == [kind] * len(of)
        place = f"{min(of):.2g} to {max(of):.2g}" if of else "no rate"
        claims.append(
            claim(
                f"{sentence} ({kind.words})",
                holds=block and order == sorted(order, key=REGIMES.index),
                measured=f"{place}: {len(of)} of {len(by_rate)} rates, one beside the other",
            )
        )
    return claims


def _time(by_rate, half):
    """Epochs at the two smallest rates that halve the loss in every network."""
    arrived = [s for s in by_rate if all(epochs_to(run, half) > 0 for run in runs_of(s))]
    if len(arrived) < 2:
        return []
    slow, quick = arrived[:2]
    ratio = paired(quick, slow, lambda run: np.log(epochs_to(run, half)))
    larger = rate_of(quick) / rate_of(slow)
    low, high = np.exp(ratio.low), np.exp(ratio.high)
    one = Claim(
        says="The smaller the rate, the longer the training",
        outcome=outcome(ratio, below=False),
        measured=f"to halve the loss, rate {rate_of(slow):.2g} needs {np.exp(ratio.mean):.2f} times"
        f" the epochs of a rate {larger:.2f} times as large (95 %: {low:.2f} to {high:.2f},"
        f" {ratio.n} pairs)",
    )
    return [one]


def _converges(by_rate):
    broken = _of_kind(by_rate, Kind.DIVERGED)
    if not broken:
        return []
    beyond = by_rate[by_rate.index(broken[0]) :]
    runs = [run for setting in beyond for run in setting.runs]
    converged = sum(run.verdict.kind is Kind.FITS for run in runs)
    one = claim(
        "Too large a rate: the model still converges",
        holds=converged > len(runs) / 2,
        measured=f"from rate {rate_of(beyond[0]):.2g} on, {converged} of {len(runs)} networks"
        " converge",
    )
    return [one]


def _edge(by_rate):
    fits = _of_kind(by_rate, Kind.FITS)
    if len(fits) < 2:
        return []
    best = min(fits, key=lambda setting: mean_of(setting, "train_loss_end").mean)
    apart = paired(best, fits[-1], lambda run: run.curves.train_loss[-20:].mean())
    one = Claim(
        says="Close to the largest rate that works, the loss settles higher than it need",
        outcome=outcome(apart, below=False),
        measured=f"over the last 20 epochs the training loss at rate {rate_of(fits[-1]):.2g} is"
        f" {apart.mean:.3g} above that at"
        f" {rate_of(best):.2g} (95 %: {apart.low:.3g} to {apart.high:.3g}, {apart.n} pairs)",
    )
    return [one]
