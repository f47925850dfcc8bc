"""What the studies of outputs and losses in pairs show (item 5)."""

import numpy as np
from pairings import accuracies, shares_of

from harness import (
    Claim,
    Line,
    Picture,
    Sheet,
    Showing,
    claim,
    interval,
    outcome,
    runs_of,
    setting_of,
)

RIGHT = "softmax, cross-entropy"
EARLY = 2


def several_classes(findings, dataset):
    """Endings of a network for ten digits, each at its best rate."""
    part, tried = dataset.test, {}
    for setting in findings.settings:
        ending = dict(setting.trial.settings.own)["ending"]
        found = np.array([accuracies(run, part) for run in runs_of(setting)])
        tried.setdefault(ending, []).append((setting, found))
    best = {name: max(both, key=lambda one: one[1][:, -1].mean()) for name, both in tried.items()}
    courses = {name: found for name, (_, found) in best.items()}
    quick = {
        name: max((found for _, found in both), key=lambda one: one[:, EARLY].mean())
        for name, both in tried.items()
    }
    return Showing(
        parts=[_accuracy(courses), _endings(tried)],
        claims=[
            _sums_to_one(best, part),
            _by_hand(best[RIGHT][0], dataset.train),
            _only(courses),
            *(_earlier(quick, name) for name in quick if name != RIGHT),
        ],
    )


def _accuracy(courses):
    return Picture(
        title="Right answers, each ending at its best rate",
        x_label="epoch",
        y_label="accuracy on the test part",
        lines=[
            Line(x=range(found.shape[1]), y=found.mean(axis=0), label=name)
            for name, found in courses.items()
        ],
        note="Mean of the seeds. They start differently and end together.",
    )


def _endings(tried):
    rows = []
    for name, both in tried.items():
        for setting, found in both:
            end = interval(found[:, -1])
            rate = f"{setting.trial.settings.learning_rate:g}"
            early = f"{found[:, EARLY].mean():.3f}"
            rows.append((name, rate, early, f"{end.mean:.3f} ± {end.half:.3f}"))
    return Sheet(
        title="Every ending and rate",
        columns=["output, loss", "rate", f"accuracy after {EARLY} epochs", "after the last"],
        rows=rows,
        note="± is the 95 % interval of the mean over the seeds.",
    )


def _sums_to_one(best, part):
    x = part.x[:, :-1].astype(float)
    soft, sigmoids = (
        np.concatenate([shares_of(run, x).sum(axis=1) for run in runs_of(best[name][0])])
        for name in (RIGHT, "sigmoids, cross-entropy")
    )
    return claim(
        "Softmax gives shares that sum to 1, sigmoids do not",
        holds=bool(np.abs(soft - 1).max() < 1e-9 and np.abs(sigmoids - 1).max() > 0.01),
        measured=f"sums over the ten digits: softmax 1 to within {np.abs(soft - 1).max():.1g},"
        f" sigmoids {sigmoids.min():.2f} to {sigmoids.max():.2f}",
    )


def _by_hand(setting, part):
    x, labels = part.x[:, :-1].astype(float), part.x[:, -1].astype(int)
    off = 0.0
    for run in runs_of(setting):
        right = shares_of(run, x)[np.arange(len(x)), labels]
        off = max(off, abs(-np.log(right).mean() - run.curves.train_loss[-1]))
    return claim(
        "Categorical cross-entropy is minus the logarithm of the share of the right class",
        holds=off < 1e-4,
        measured=f"by hand and as trained the losses differ by {off:.1g} at most",
    )


def _only(courses):
    ends = {name: interval(found[:, -1] - courses[RIGHT][:, -1]) for name, found in courses.items()}
    others = {name: one for name, one in ends.items() if name != RIGHT}
    as_good = [name for name, one in others.items() if one.low > -0.02]
    figures = "; ".join(
        f"{name} {one.mean:+.3f} ({one.low:+.3f} to {one.high:+.3f})"
        for name, one in others.items()
    )
    return claim(
        "For several classes softmax with cross-entropy is the only choice",
        holds=not as_good,
        measured=f"{len(as_good)} of {len(others)} others are within 0.02 of its accuracy of"
        f" {courses[RIGHT][:, -1].mean():.3f} by their whole interval: {figures}",
    )


def _earlier(courses, name):
    apart = interval(courses[name][:, EARLY] - courses[RIGHT][:, EARLY])
    return Claim(
        says=f"Softmax with cross-entropy learns faster than {name.replace(', ', ' with ')}",
        outcome=outcome(apart, below=True),
        measured=f"each at its quicker rate, its accuracy after {EARLY} epochs is"
        f" {courses[RIGHT][:, EARLY].mean():.3f}, that of the other {apart.mean:+.3f}"
        f" (95 %: {apart.low:+.3f} to {apart.high:+.3f}, {apart.n} pairs)",
    )


def two_classes(findings, dataset):
    """One output for two classes, in right and wrong pairs."""
    arms = {setting.label: setting for setting in findings.settings}
    part = dataset.test
    courses = {
        name: np.array([accuracies(run, part) for run in runs_of(arm)])
        for name, arm in arms.items()
    }
    return Showing(
        parts=[_moons(courses), _losses(), _slopes(), _pairs(courses)],
        claims=[
            _always_one(setting_of(findings, "softmax_of_one"), part, courses["softmax_of_one"]),
            _stands_still(setting_of(findings, "softmax_of_one")),
            _learns(courses["right"]),
            _difference(courses, "squared", "right",
                        "From an ordinary start a sigmoid with a squared error learns more slowly"),
            _difference(courses, "squared_after_a_bad_start", "right_after_a_bad_start",
                        "After a surely wrong start a squared error learns far more slowly than"
                        " cross-entropy"),
        ],
    )  # fmt: skip


def _moons(courses):
    return Picture(
        title="Right answers on two moons",
        x_label="epoch",
        y_label="accuracy on the test part",
        lines=[
            Line(
                x=range(found.shape[1]),
                y=found.mean(axis=0),
                low=found.min(axis=0),
                high=found.max(axis=0),
                label=name.replace("_", " "),
                style="dashed" if "bad" in name else "line",
            )
            for name, found in courses.items()
        ],
        y_limits=(0.3, 1.35),
    )


def _losses():
    z = np.linspace(-8, 4, 241)
    share = 1 / (1 + np.exp(-z))
    return Picture(
        title="The loss of an example of class 1",
        x_label="sum z before the sigmoid",
        y_label="loss",
        lines=[
            Line(x=z, y=-np.log(share), label="cross-entropy"),
            Line(x=z, y=(share - 1) ** 2, label="squared error"),
        ],
        note="On the left the network is surely wrong. There the squared error is flat.",
    )


def _slopes():
    z = np.linspace(-8, 4, 241)
    share = 1 / (1 + np.exp(-z))
    return Picture(
        title="And how hard it pulls",
        x_label="sum z before the sigmoid",
        y_label="size of the slope",
        lines=[
            Line(x=z, y=1 - share, label="cross-entropy: 1 - p"),
            Line(x=z, y=2 * (1 - share) ** 2 * share, label="squared error: 2·(1 - p)²·p"),
        ],
    )


def _pairs(courses):
    rows = []
    for name, found in courses.items():
        end = interval(found[:, -1])
        at = [f"{found[:, epoch].mean():.3f}" for epoch in (0, 5, 20)]
        rows.append((name.replace("_", " "), *at, f"{end.mean:.3f} ± {end.half:.3f}"))
    return Sheet(
        title="Accuracy on the way",
        columns=["pair", "before training", "epoch 5", "epoch 20", "at the end"],
        rows=rows,
    )


def _always_one(arm, part, found):
    x, ones = part.x[:, :-1].astype(float), part.x[:, -1].mean()
    shares = np.concatenate([shares_of(run, x) for run in runs_of(arm)])
    return claim(
        "A softmax of one unit always answers 1",
        holds=bool(np.all(shares == 1)),
        measured=f"in {np.sum(shares == 1):,} of {shares.size:,} cases after training; its"
        f" accuracy, {found[:, -1].mean():.3f}, is the share of class 1, {ones:.3f}",
    )


def _stands_still(arm):
    same = [run.trace.values[0] == run.trace.values[-1] for run in runs_of(arm)]
    count = sum(int(np.sum(one)) for one in same)
    of = sum(one.size for one in same)
    return claim(
        "With a softmax of one unit no weight is ever moved",
        holds=count == of,
        measured=f"{count} of {of} weights and biases end as they began, bit for bit",
    )


def _learns(found):
    end = interval(found[:, -1])
    return claim(
        "A sigmoid with binary cross-entropy learns the two classes",
        holds=end.low > 0.85,
        measured=f"accuracy {end.mean:.3f} ± {end.half:.3f}, {end.n} seeds",
    )


def _difference(courses, name, right, says):
    when = 5 if name == "squared" else 20
    apart = interval(courses[name][:, when] - courses[right][:, when])
    return Claim(
        says=says,
        outcome=outcome(apart, below=True),
        measured=f"accuracy after {when} epochs {apart.mean:+.3f} (95 %: {apart.low:+.3f} to"
        f" {apart.high:+.3f}, {apart.n} pairs)",
    )
