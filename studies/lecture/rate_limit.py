"""What the study of the largest learning rate shows (item 6)."""

import numpy as np

from harness import Line, Picture, Showing, claim, runs_of


def rate_of(setting):
    """A setting's learning rate."""
    return setting.trial.settings.learning_rate


def limit(findings, dataset):
    """Where the steps of one linear neuron begin to climb, measured and computed."""
    by_rate = sorted(findings.settings, key=rate_of)
    runs = [runs_of(setting)[0] for setting in by_rate]
    knobs = runs[0].trial.settings
    momentum = knobs.momentum if knobs.optimizer == "momentum" else 0.0
    bowl = Bowl(dataset.train.x.astype(float), dataset.train.y[:, 0].astype(float), momentum)
    start = [runs[0].trace.of(name)[0].ravel() for name in ("weights 1", "biases 1")]
    steps = int(runs[0].curves.epochs[-1])
    rates = np.array([rate_of(setting) for setting in by_rate])
    began = float(runs[0].curves.train_loss[0])
    ended = np.array([_last(run, steps) for run in runs])
    computed = np.array([bowl.loss(np.concatenate(start), rate, steps) for rate in rates])
    return Showing(
        parts=[_scan(rates, ended, computed, began, bowl), _ways(runs, rates, bowl)],
        claims=_limits(rates, ended, computed, began, bowl),
    )


class Bowl:
    """The mean squared error of a linear model: a bowl with a curvature in each direction."""

    def __init__(self, x, y, momentum):
        wide = np.hstack([x, np.ones((len(x), 1))])
        self.curvatures, self._directions = np.linalg.eigh(2 * wide.T @ wide / len(x))
        self._bottom = np.linalg.lstsq(wide, y, rcond=None)[0]
        self.floor = float(np.mean((wide @ self._bottom - y) ** 2))
        self._momentum = momentum
        self.limit = 2 * (1 + momentum) / self.curvatures[-1]

    def loss(self, start, rate, steps):
        """After so many steps; without momentum each multiplies a direction's distance from the
        bottom by 1 - rate · curvature."""
        apart = self._directions.T @ (start - self._bottom)
        velocity = 0 * apart
        for _ in range(steps):
            velocity = self._momentum * velocity + self.curvatures * apart
            apart = apart - rate * velocity
        return self.floor + np.sum(self.curvatures * apart**2) / 2


def _last(run, steps):
    """The loss after the last step; infinite where it is no number any more."""
    losses = run.curves.train_loss
    return losses[-1] if len(losses) > steps else np.inf


def _scan(rates, ended, computed, began, bowl):
    shown, top = ended < 1e9, 1e9
    return Picture(
        title="The loss after 40 steps, against the rate",
        x_label="learning rate",
        y_label="mean squared error",
        lines=[
            Line(x=rates, y=computed, label="computed"),
            Line(x=rates[shown], y=ended[shown], label="trained", style="points"),
            Line(x=rates[[0, -1]], y=[began] * 2, label="before training", style="dotted"),
            Line(x=[bowl.limit] * 2, y=[bowl.floor, top], label="limit", style="dashed"),
        ],
        log_y=True,
        y_limits=(bowl.floor / 2, top),
        note=f"The bowl's largest curvature c is {bowl.curvatures[-1]:.3g}: without momentum steps"
        f" lead away from the minimum from the rate 2/c on. The limit here: {bowl.limit:.3g}.",
    )


def _ways(runs, rates, bowl):
    below = int(np.searchsorted(rates, bowl.limit)) - 1
    chosen = [0, below // 2, below, below + 1]
    return Picture(
        title="Step by step, on either side of the limit",
        x_label="step",
        y_label="mean squared error",
        lines=[
            Line(
                x=runs[at].curves.epochs,
                y=runs[at].curves.train_loss,
                label=f"rate {rates[at]:.3g}",
            )
            for at in chosen
        ],
        log_y=True,
    )


def _limits(rates, ended, computed, began, bowl):
    under, over = rates < bowl.limit, rates > bowl.limit
    down, up = int(np.sum(ended[under] < began)), int(np.sum(ended[over] > began))
    off = np.abs(ended[under] / computed[under] - 1).max()
    good = rates[ended < 1.01 * bowl.floor]
    return [
        claim(
            "There is one limit, 2/c without momentum, where c is the largest curvature: below it"
            " the loss falls, above it the loss climbs",
            holds=down == under.sum() and up == over.sum(),
            measured=f"limit {bowl.limit:.4g}: {down} of {under.sum()} rates below it end lower"
            f" than they began, {up} of {over.sum()} above it end higher",
        ),
        claim(
            "How far a rate leads in a number of steps can be computed beforehand",
            holds=off < 1e-3,
            measured=f"below the limit the losses trained and computed differ by {100 * off:.2g} %"
            " at most",
        ),
        claim(
            "A right rate need not be met exactly",
            holds=len(good) > 0 and good[-1] > 3 * good[0],
            measured=f"{len(good)} of {len(rates)} rates{_from_to(good)} end within 1 % of the"
            " lowest loss",
        ),
    ]


def _from_to(rates):
    return f", from {rates[0]:.2g} to {rates[-1]:.2g}," if len(rates) else ""
