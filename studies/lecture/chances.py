"""What the study of sigmoid, binary cross-entropy and threshold shows (item 5)."""

import numpy as np

from harness import Claim, Line, Picture, Sheet, Showing, claim, interval, outcome, runs_of

STRICT = 0.9


def threshold(findings, dataset):
    """Chances of validation examples, and what each threshold makes of them."""
    (arm,) = findings.settings
    x, y = dataset.validation.x.astype(float), dataset.validation.y
    runs = runs_of(arm)
    chances = np.array([chances_of(run, x) for run in runs])
    thresholds = np.linspace(0.02, 0.98, 49)
    return Showing(
        parts=[_sigmoid(), _spread(chances, y), _right(chances, y, thresholds),
               _answers(chances, y)],
        claims=[
            _between(chances),
            _by_hand(runs, chances, y),
            _half(runs, chances, y),
            _best(chances, y, thresholds),
            _missed(chances, y),
        ],
    )  # fmt: skip


def chances_of(run, x):
    """The sigmoid of what the trained network makes of examples."""
    (w1, b1), (w2, b2) = run.trace.layers(-1)
    sums = np.maximum(x @ w1.astype(float) + b1, 0) @ w2.astype(float) + b2
    return 1 / (1 + np.exp(-sums[:, 0]))


def _sigmoid():
    z = np.linspace(-6, 6, 121)
    return Picture(
        title="From a sum to a chance",
        x_label="output z of the last unit",
        y_label="chance of class 1",
        lines=[
            Line(x=z, y=1 / (1 + np.exp(-z)), label="sigmoid"),
            Line(x=[-6, 6], y=[0.5, 0.5], label="threshold 0.5, which is z = 0", style="dotted"),
        ],
        y_limits=(-0.05, 1.25),
    )


def _spread(chances, y):
    edges = np.linspace(0, 1, 11)
    middles = (edges[1:] + edges[:-1]) / 2
    return Picture(
        title="The chances that the tumours get",
        x_label="chance of being benign",
        y_label="tumours (mean of the seeds)",
        lines=[
            Line(
                x=middles,
                y=np.histogram(chances[:, y == side], edges)[0] / len(chances),
                label=name,
                style="bars",
            )
            for side, name in enumerate(("malignant", "benign"))
        ],
        note="Most are clear. Only those in the middle are decided by the threshold.",
    )


def _right(chances, y, thresholds):
    lines = [("all", np.ones(len(y), dtype=bool)), ("malignant", y == 0), ("benign", y == 1)]
    return Picture(
        title="Right answers by threshold",
        x_label="threshold for benign",
        y_label="share of right answers",
        lines=[
            Line(
                x=thresholds,
                y=[np.mean(((chances > t) == y)[:, of]) for t in thresholds],
                label=name,
                style="line" if name == "all" else "dashed",
            )
            for name, of in lines
        ],
    )


def _answers(chances, y):
    rows = []
    for at in (0.1, 0.5, STRICT):
        yes = chances > at
        missed, suspected = (yes[:, y == 0]).sum(axis=1), (~yes[:, y == 1]).sum(axis=1)
        accuracy = interval(np.mean(yes == y, axis=1))
        rows.append((f"{at:g}", f"{accuracy.mean:.3f} ± {accuracy.half:.3f}",
                     f"{missed.mean():.1f} of {np.sum(y == 0)}",
                     f"{suspected.mean():.1f} of {np.sum(y == 1)}"))  # fmt: skip
    return Sheet(
        title="Three thresholds",
        columns=["threshold", "accuracy", "malignant, missed", "benign, suspected"],
        rows=rows,
        note="Means of the seeds.",
    )


def _between(chances):
    return claim(
        "A sigmoid makes a number between 0 and 1 of any output",
        holds=bool(np.all((chances > 0) & (chances < 1))),
        measured=f"{chances.size:,} outputs, from {chances.min():.2g} to {chances.max():.6f}",
    )


def _by_hand(runs, chances, y):
    by_hand = -np.where(y == 1, np.log(chances), np.log1p(-chances)).mean(axis=1)
    own = np.array([run.curves.validation_loss[-1] for run in runs])
    off = np.abs(by_hand - own).max()
    return claim(
        "Binary cross-entropy is minus the logarithm of the chance given to what is true",
        holds=off < 1e-5,
        measured=f"by hand and as trained the losses of {len(runs)} networks differ by {off:.1g}"
        " at most",
    )


def _half(runs, chances, y):
    own = np.array([run.curves.validation_score[-1] for run in runs])
    same = int(np.sum(np.abs(np.mean((chances > 0.5) == y, axis=1) - own) < 1e-6))
    return claim(
        "A chance above 0.5 is counted as a yes",
        holds=same == len(runs),
        measured=f"so counted, the accuracy of {same} of {len(runs)} networks is that of their"
        " curves",
    )


def _best(chances, y, thresholds):
    """A threshold chosen on one half of the examples, and tried on the other, both ways."""
    halves = np.arange(len(y)) % 2 == 0
    gains = []
    for one in chances:
        gain = []
        for chosen in (halves, ~halves):
            scores = [np.mean((one[chosen] > t) == y[chosen]) for t in thresholds]
            best = thresholds[int(np.argmax(scores))]
            rest = ~chosen
            gain.append(np.mean((one[rest] > best) == y[rest])
                        - np.mean((one[rest] > 0.5) == y[rest]))  # fmt: skip
        gains.append(np.mean(gain))
    apart = interval(gains)
    return Claim(
        says="No other threshold gives more right answers than 0.5",
        outcome=outcome(apart, below=True),
        measured=f"one chosen on half of the examples gains {100 * apart.mean:+.2f} points of"
        f" accuracy on the other half (95 %: {100 * apart.low:+.2f} to {100 * apart.high:+.2f},"
        f" {apart.n} seeds)",
    )


def _missed(chances, y):
    bad = chances[:, y == 0]
    fewer = interval((bad > STRICT).sum(axis=1) - (bad > 0.5).sum(axis=1))
    return Claim(
        says="Where one mistake costs more, another threshold serves better",
        outcome=outcome(fewer, below=True),
        measured=f"at {STRICT} instead of 0.5, {-fewer.mean:.1f} fewer of {bad.shape[1]} malignant"
        f" tumours are missed (95 %: {-fewer.high:.1f} to {-fewer.low:.1f}, {fewer.n} seeds)",
    )
