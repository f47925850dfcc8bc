"""What the study of two valleys shows (item 7): who stays, who rolls over the hill."""

import numpy as np
from landscapes import BAD, GOOD, TOP, drawn, height

from harness import Line, Map, Mark, Picture, Sheet, Showing, claim, runs_of


def out_of_valleys(findings, dataset):
    """Where the weight ends from each start with each momentum."""
    ways = {
        setting.trial.settings.momentum: runs_of(setting)[0].trace.of("w").astype(float)
        for setting in findings.settings
    }
    momenta = sorted(ways)
    starts = ways[0.0][0].round(6) + 0.0  # no -0
    good = np.array([ends_good(ways[m]) for m in momenta])
    return Showing(
        parts=[
            _map(starts, momenta, good),
            _on_landscape(starts, ways),
            _by_step(starts, ways),
            _table(starts, momenta, good),
        ],
        claims=_claims(starts, np.array(momenta), good),
    )


def ends_good(ways):
    """Whether each weight ends in the better valley."""
    return ways[-1] < TOP


def _claims(starts, momenta, good):
    right, left = starts > TOP, starts < TOP
    plain, rolling = good[0], good[1:]
    out = rolling[:, right]
    began = np.argwhere(out)
    high = height(starts[right][began[:, 1]])
    lost = ~rolling[:, left]
    most = good[-1]
    return [
        claim(
            "Plain gradient descent ends in the valley in which it begins",
            holds=bool((plain == left).all()),
            measured=f"from each of {len(starts)} starts; from {right.sum()} of them that is the"
            " worse valley",
        ),
        claim(
            "Momentum gets out of the local minimum",
            holds=bool(out.any()),
            measured=f"in {out.sum()} of {out.size} cases: from {_range(starts[right][out.any(0)])}"
            f" with momentum {_range(momenta[1:][out.any(1)])}",
        ),
        claim(
            "It gets out from wherever it begins, if momentum is large enough",
            holds=bool(out.any(axis=0).all()),
            measured=f"from {out.any(axis=0).sum()} of {right.sum()} starts on the worse side",
        ),
        claim(
            "It rolls over the hill only from higher up than the hill",
            holds=bool((high > height(TOP)).all()),
            measured=f"the lowest start that got out lies at a loss of {high.min():.2f}, the top of"
            f" the hill at {height(TOP):.2f}",
        ),
        claim(
            "Momentum never leaves the global minimum's valley for a worse one",
            holds=not lost.any(),
            measured=f"in {lost.sum()} of {lost.size} cases it does: from"
            f" {_range(starts[left][lost.any(0)])} with momentum"
            f" {_range(momenta[1:][lost.any(1)])}",
        ),
        claim(
            "The more momentum, the more often the better valley",
            holds=bool((np.diff(good.sum(axis=1)) >= 0).all()),
            measured=f"of {len(starts)} starts {plain.sum()} end well without momentum,"
            f" {good.sum(axis=1).max()} at best, {most.sum()} with {momenta[-1]:g}",
        ),
    ]


def _range(values):
    if not len(values):
        return "none"
    low, high = min(values), max(values)
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"


def _map(starts, momenta, good):
    return Map(
        title="Where it ends",
        x_label="start w",
        y_label="momentum",
        x=[f"{s:g}" for s in starts],
        y=[f"{m:g}" for m in momenta],
        values=good.astype(float),
        label="ends in the better valley",
        note="Full: the better valley. Pale: the worse one. The hill is at 0.08.",
    )


SHOWN = ((2.0, 0.0, "plain"), (2.0, 0.9, "momentum 0.9"), (1.0, 0.95, "0.95, from the bottom"))


def way_from(start, starts, ways):
    """The weight after every step, of the one that begins nearest to `start`."""
    return ways[:, np.abs(starts - start).argmin()]


def _on_landscape(starts, ways):
    lines = [Line(x=drawn(-2.1, 2.1)[0], y=drawn(-2.1, 2.1)[1], label="loss")]
    for at, (start, momentum, words) in enumerate(SHOWN):
        way = way_from(start, starts, ways[momentum])[:60]
        lines.append(Line(x=way, y=height(way) + 0.25 * (at + 1), label=words, style="points"))
    return Picture(
        title="Three ways on the landscape",
        x_label="weight w",
        y_label="loss",
        lines=lines,
        marks=[
            Mark(x=GOOD - 0.3, y=-1.1, text="better"),
            Mark(x=BAD - 0.25, y=-0.6, text="worse"),
        ],
        y_limits=(-1.3, 11.5),
        note="The first 60 steps, drawn a little above the curve.",
    )


def _by_step(starts, ways):
    return Picture(
        title="The weight by step",
        x_label="step",
        y_label="weight w",
        lines=[
            *(
                Line(x=range(101), y=way_from(start, starts, ways[m])[:101], label=words)
                for start, m, words in (*SHOWN, (-2.0, 0.9, "0.9, from -2"))
            ),
            Line(x=[0, 100], y=[TOP, TOP], label="top of the hill", style="dotted"),
        ],
        y_limits=(-2.2, 4.2),
    )


def _table(starts, momenta, good):
    right = starts > TOP
    rows = [
        (f"{m:g}", int(row[right].sum()), int((~row[~right]).sum()), int(row.sum()))
        for m, row in zip(momenta, good, strict=True)
    ]
    return Sheet(
        title="What each momentum does",
        columns=["momentum", f"of {right.sum()} in the worse valley get out",
                 f"of {(~right).sum()} in the better one are lost",
                 f"of all {len(starts)} end well"],
        rows=rows,
    )  # fmt: skip
