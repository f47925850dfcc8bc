"""What the study of momentum's three forms shows (item 8)."""

import numpy as np

from harness import Line, Mark, Picture, Sheet, Showing, claim, runs_of

SLOPE = 2.0
"""The loss is w², so the slope at w is 2·w."""
STEPS = 100


def forms(findings, dataset):
    """Paths on the parabola: as printed, with the sign mended, and by an accumulator."""
    runs = {
        (own.optimizer, own.momentum): run
        for setting in findings.settings
        for own, run in [(setting.trial.settings, runs_of(setting)[0])]
    }
    momenta = sorted({momentum for _, momentum in runs})
    rate = next(iter(runs.values())).trial.settings.learning_rate
    engine = {key: run.trace.of("weights 1")[:, 0, 0].astype(float) for key, run in runs.items()}
    written = {
        momentum: {name: path(step, momentum, rate) for name, step in STEP.items()}
        for momentum in momenta
    }
    return Showing(
        parts=[
            _ends(momenta, engine, written),
            _net_rates(momenta),
            _paths(engine, written),
            _table(momenta, engine, written),
        ],
        claims=[*_as_printed(momenta, written), *_as_mended(momenta, engine, written)],
    )


def as_printed(w, memory, slope, momentum, rate):
    """The velocity has the sign of the slope, and is added."""
    velocity = memory * momentum + rate * slope
    return w + momentum * velocity - rate * slope, velocity


def mended(w, memory, slope, momentum, rate):
    """The velocity points downhill: Nesterov's step, written without looking ahead."""
    velocity = memory * momentum - rate * slope
    return w + momentum * velocity - rate * slope, velocity


def by_accumulator(w, memory, slope, momentum, rate):
    """Slopes are added up; the rate is applied to their sum."""
    accumulator = memory * momentum + slope
    return w - rate * accumulator, accumulator


STEP = {"as printed": as_printed, "mended": mended, "accumulator": by_accumulator}


def path(step, momentum, rate, *, even=False, steps=STEPS):
    """The weight after every step from w = 1, on the parabola or on an even slope of 1."""
    w, memory, found = 1.0, 0.0, [1.0]
    for _ in range(steps):
        w, memory = step(w, memory, 1.0 if even else SLOPE * w, momentum, rate)
        found.append(w)
    return np.array(found)


def net_rate(step, momentum):
    """The last of many steps on an even slope, in lengths of plain descent's."""
    before, after = path(step, momentum, 1.0, even=True, steps=1000)[-2:]
    return before - after


def _as_printed(momenta, written):
    ends = {m: written[m]["as printed"][-1] for m in momenta}
    plain, some = ends[0.0], [m for m in momenta if m > 0]
    still = written[0.5]["as printed"]
    formula = [1 - m / (1 - m) for m in momenta]
    off = np.abs(np.array([net_rate(as_printed, m) for m in momenta]) - formula).max()
    return [
        claim(
            "As printed, with momentum 0.1, it converges",
            holds=0 < ends[0.1] < 0.5,
            measured=f"after {STEPS} steps w goes from 1 to {ends[0.1]:.3f}; plain descent to"
            f" {plain:.3f}",
        ),
        claim(
            "As printed, momentum makes descent faster",
            holds=any(abs(ends[m]) < abs(plain) for m in some),
            measured=f"w ends further from 0 than plain descent's {plain:.3f} with each of"
            f" {len(some)} momenta, from {ends[some[0]]:.3f} ({some[0]:g}) to"
            f" {ends[some[-1]]:,.0f} ({some[-1]:g})",
        ),
        claim(
            "As printed, with momentum 0.5, it stands still",
            holds=bool(np.ptp(still[10:]) < 1e-4),
            measured=f"w is {still[10]:.4f} after 10 steps and {still[-1]:.4f} after {STEPS}",
        ),
        claim(
            "As printed, above 0.5, it climbs",
            holds=all(ends[m] > 1 for m in some if m > 0.5),
            measured=", ".join(f"{ends[m]:.3g} with {m:g}" for m in some if m > 0.5),
        ),
        claim(
            "As printed, its net rate on an even slope is rate · (1 − m / (1 − m))",
            holds=off < 1e-6,
            measured=f"to {off:.1g}, for {len(momenta)} momenta",
        ),
    ]


def _as_mended(momenta, engine, written):
    pairs = [("mended", "nesterov"), ("accumulator", "momentum")]
    off = {
        name: max(np.abs(engine[kind, m] - written[m][name]).max() for m in momenta)
        for name, kind in pairs
    }
    plain, fast = abs(engine["momentum", 0.0][-1]), [0.5, 0.8]
    ends = [abs(engine[kind, m][-1]) for kind in ("momentum", "nesterov") for m in fast]
    said = f"in {STEPS} steps with {len(momenta)} momenta they differ by {{:.1g}} at most"
    return [
        claim(
            "With the sign mended it is Nesterov's step",
            holds=off["mended"] < 1e-5,
            measured=said.format(off["mended"]),
        ),
        claim(
            "The accumulator form is what the engine and torch call momentum",
            holds=off["accumulator"] < 1e-5,
            measured=said.format(off["accumulator"]),
        ),
        claim(
            "With the sign mended, or by an accumulator, momentum makes descent faster",
            holds=max(ends) < plain,
            measured=f"with 0.5 and 0.8 the weight ends within {max(ends):.2g} of the bottom,"
            f" without momentum at {plain:.2g}",
        ),
    ]


def _ends(momenta, engine, written):
    printed = [abs(written[m]["as printed"][-1]) for m in momenta]
    return Picture(
        title=f"Where the weight is after {STEPS} steps",
        x_label="momentum",
        y_label="distance from the bottom",
        lines=[
            Line(x=momenta, y=printed, label="as printed"),
            Line(x=momenta, y=[abs(engine["nesterov", m][-1]) for m in momenta],
                 label="sign mended: Nesterov", style="dashed"),
            Line(x=momenta, y=[abs(engine["momentum", m][-1]) for m in momenta],
                 label="accumulator: momentum"),
            Line(x=[0, momenta[-1]], y=[1, 1], label="where it began", style="dotted"),
        ],
        marks=[Mark(x=0.5, y=printed[momenta.index(0.5)], text="stands still")],
        log_y=True,
        note="Above the dotted line the weight has climbed.",
    )  # fmt: skip


def _net_rates(momenta):
    grid = np.linspace(0, 0.8, 81)
    shown = [m for m in momenta if m <= 0.8]
    return Picture(
        title="Net rate on an even slope",
        x_label="momentum m",
        y_label="in lengths of plain descent's step",
        lines=[
            Line(x=grid, y=1 - grid / (1 - grid), label="1 − m / (1 − m)"),
            Line(x=shown, y=[net_rate(as_printed, m) for m in shown], label="as printed",
                 style="points"),
            Line(x=grid, y=1 / (1 - grid), label="1 / (1 − m)"),
            Line(x=shown, y=[net_rate(mended, m) for m in shown],
                 label="mended, and accumulator", style="points"),
            Line(x=[0, 0.8], y=[0, 0], style="dotted"),
        ],
        note="Below 0 the weight goes uphill.",
    )  # fmt: skip


def _paths(engine, written):
    lines = [
        Line(x=range(STEPS + 1), y=written[m]["as printed"], label=f"as printed, {m:g}")
        for m in (0.1, 0.5, 0.6)
    ]
    lines += [
        Line(x=range(STEPS + 1), y=engine[kind, 0.8], label=f"{kind}, 0.8", style="dashed")
        for kind in ("nesterov", "momentum")
    ]
    lines.append(Line(x=range(STEPS + 1), y=engine["momentum", 0.0], label="plain", style="dotted"))
    return Picture(title="The way of the weight", x_label="step", y_label="weight w", lines=lines)


def _table(momenta, engine, written):
    return Sheet(
        title=f"The weight after {STEPS} steps",
        columns=["momentum", "as printed", "net rate as printed", "mended, by hand",
                 "nesterov, engine", "accumulator, by hand", "momentum, engine"],
        rows=[
            (f"{m:g}", written[m]["as printed"][-1], net_rate(as_printed, m),
             written[m]["mended"][-1], engine["nesterov", m][-1],
             written[m]["accumulator"][-1], engine["momentum", m][-1])
            for m in momenta
        ],
        note="The engine counts in single precision, by hand is in double.",
    )  # fmt: skip
