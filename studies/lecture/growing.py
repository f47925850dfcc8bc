"""What the study of the right size shows: the procedure, and what it did not try (item 13)."""

from dataclasses import dataclass
from itertools import pairwise

from harness import (
    Claim,
    Line,
    Map,
    Mark,
    Outcome,
    Picture,
    Sheet,
    Showing,
    claim,
    mean_of,
    outcome,
    paired,
    runs_of,
)
from harness.findings import Interval, SettingFinding

BEST, END = "cross_fitted_loss", "validation_loss_end"
WORTH = 0.02
"""A step up in size must bring this share of what there is to learn (our choice)."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """One size that the procedure tried.

    Args:
        size: layers and units.
        by: change of the validation loss from the size kept before, in pairs of equal seeds.
        pays: whether the procedure goes on from here.
    """

    size: tuple[int, int]
    by: Interval
    pays: bool


def grown(findings, dataset):
    """The procedure from the smallest network up, and the whole grid beside it."""
    found = {_size(setting): setting for setting in findings.settings}
    steps = procedure(found)
    kept = [step.size for step in steps if step.pays][-1:] or [min(found)]
    stop = kept[0]
    least = WORTH * to_learn(found[stop])
    doublings = [step for step in steps if step.size[0] == 1]
    best = min(found, key=lambda size: mean_of(found[size], BEST).mean)
    rest = paired(found[stop], found[best], BEST)
    largest = max(found)
    harm = paired(found[stop], found[largest], END)
    return Showing(
        parts=[_losses(found, stop), _map(found), _steps(found, steps)],
        claims=[
            claim(
                "The returns diminish: each doubling of the units brings less than the one before",
                holds=all(a.by.mean < b.by.mean for a, b in pairwise(doublings)),
                measured="validation loss changes by "
                + ", ".join(f"{step.by.mean:.3f}" for step in doublings),
            ),
            Claim(
                says="No other size brings what a step of the procedure has to bring",
                outcome=_nothing_left(rest, least, best == stop),
                measured=f"it stops at {_words(stop)} after {len(steps) + 1} of {len(found)}"
                f" sizes; the best of all, {_words(best)}, differs by {_with(rest)}, and a step"
                f" had to bring {least:.3f}",
            ),
            Claim(
                says="Larger networks do harm, if they are trained to the end",
                outcome=outcome(harm, below=False),
                measured=f"at the end the validation loss of {_words(largest)} differs by"
                f" {_with(harm)} from that of {_words(stop)}",
            ),
        ],
    )


def procedure(found: dict[tuple[int, int], SettingFinding]) -> list[Step]:
    """Double the units, then add layers, as long as it pays."""
    kept = min(found)
    steps: list[Step] = []
    for grow in (_doubled, _deepened):
        while (size := grow(kept)) in found:
            by = paired(found[kept], found[size], BEST)
            surely = outcome(by, below=True) is Outcome.CONFIRMED
            pays = surely and -by.mean >= WORTH * to_learn(found[size])
            steps.append(Step(size=size, by=by, pays=pays))
            if not pays:
                break
            kept = size
    return steps


def _doubled(size):
    return size[0], 2 * size[1]


def _deepened(size):
    return size[0] + 1, size[1]


def to_learn(setting):
    """The loss of the best constant prediction less that of this setting."""
    return runs_of(setting)[0].curves.constant_loss - mean_of(setting, BEST).mean


def _size(setting):
    settings = setting.trial.settings
    return settings.layers, settings.units


def _nothing_left(rest, least, same):
    """Whether the best of all is less than a step's return away; it is the best by luck, too."""
    if same or rest.low > -least:
        return Outcome.CONFIRMED
    return Outcome.CONTRADICTED if rest.high < -least else Outcome.UNDECIDED


def _losses(found, stop):
    depths, widths = (sorted({size[at] for size in found}) for at in (0, 1))
    lines = []
    for depth in depths:
        means = [mean_of(found[depth, width], BEST) for width in widths]
        lines.append(
            Line(
                x=range(len(widths)),
                y=[one.mean for one in means],
                low=[one.low for one in means],
                high=[one.high for one in means],
                label=f"{depth} layer{'s' * (depth > 1)}",
            )
        )
    return Picture(
        title="Validation loss by size",
        x_label="units of each layer",
        y_label="validation loss at the best epoch",
        lines=lines,
        marks=[Mark(x=widths.index(stop[1]), y=mean_of(found[stop], BEST).mean, text="stop")],
        ticks=[str(width) for width in widths],
        note="Means of the seeds with their 95 % intervals.",
    )


def _map(found):
    depths, widths = (sorted({size[at] for size in found}) for at in (0, 1))
    return Map(
        title="What training to the end makes of each size",
        x_label="units of each layer",
        y_label="layers",
        x=[str(width) for width in widths],
        y=[str(depth) for depth in depths],
        values=[[mean_of(found[d, w], END).mean for w in widths] for d in depths],
        label="validation loss at the end",
    )


def _steps(found, steps):
    first = min(found)
    rows = [(_words(first), "", "", f"{mean_of(found[first], BEST).mean:.3f}", "begin here")]
    for step in steps:
        needed = WORTH * to_learn(found[step.size])
        rows.append(
            (
                _words(step.size),
                _with(step.by),
                f"{needed:.3f}",
                f"{mean_of(found[step.size], BEST).mean:.3f}",
                "keep" if step.pays else "not worth it",
            )
        )
    return Sheet(
        title="The procedure, step by step",
        columns=["size", "change of the loss", "must fall by", "validation loss", ""],
        rows=rows,
        note=f"A step is kept if it surely lowers the loss, by {WORTH:.0%} of what there is to"
        " learn or more. First the units are doubled, then layers are added.",
    )


def _words(size):
    layers, units = size
    return f"{layers} layer{'s' * (layers > 1)} of {units}"


def _with(found):
    return f"{found.mean:.3f} (95 %: {found.low:.3f} to {found.high:.3f})"
