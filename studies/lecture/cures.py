"""What the study of the four cures shows (item 12)."""

import math

from harness import (
    Claim,
    Line,
    Mark,
    Outcome,
    Picture,
    Sheet,
    Showing,
    curve,
    mean_of,
    outcome,
    paired,
    setting_of,
)

END, BEST = "validation_loss_end", "cross_fitted_loss"
SMALLER, PENALTIES, DROPOUT = (
    ("smaller",),
    ("l1", "l2", "l2_stronger"),
    ("dropout_0_2", "dropout_0_5"),
)
OTHERS = (*SMALLER, *PENALTIES, *DROPOUT)


def ranked(findings, dataset):
    """The cures on one sick network, by their validation loss at the end and at the best epoch."""
    return Showing(
        parts=[
            _bars(findings),
            _by_steps(findings, ("alone", "more_data_and_steps"), "More data", ends="more_data"),
            _by_steps(findings, ("alone", "smaller", "l2_stronger", "dropout_0_5"), "The others"),
            _table(findings),
        ],
        claims=[
            _helps(findings, "More training data", ("more_data",)),
            _helps(findings, "A smaller network", SMALLER),
            _helps(findings, "A penalty on weights", PENALTIES),
            _helps(findings, "Dropout", DROPOUT),
            _first(findings, "More training data is the best cure, at the best epoch", BEST),
            _first(findings, "More training data is the best cure, after equal steps", END),
            _first(
                findings,
                "More training data is the best cure, after equal epochs",
                END,
                name="more_data_and_steps",
            ),
            _next(findings, "at the best epoch", BEST),
            _next(findings, "after equal steps", END),
        ],
    )


def _helps(findings, words, names):
    """Whether a cure lowers the validation loss at the end, at each of its doses."""
    alone = setting_of(findings, "alone")
    by = {name: paired(alone, setting_of(findings, name), END) for name in names}
    told = "; ".join(f"{_spoken(name)} changes it by {_with(found)}" for name, found in by.items())
    helped = {outcome(found, below=True) for found in by.values()}
    return Claim(
        says=f"{words} lowers the validation loss at the end",
        outcome=helped.pop() if len(helped) == 1 else Outcome.UNDECIDED,
        measured=told,
    )


def _first(findings, says, quantity, *, name="more_data"):
    """Whether a cure ends below every other one, in pairs of equal seeds."""
    cure = setting_of(findings, name)
    apart = {other: paired(setting_of(findings, other), cure, quantity) for other in OTHERS}
    return Claim(
        says=says,
        outcome=_all(apart.values()),
        measured=_nearest(apart, mean_of(cure, quantity)),
    )


def _next(findings, when, quantity):
    """Whether the penalties, at their best dose, come before the smaller network and dropout."""
    best = min(PENALTIES, key=lambda name: mean_of(setting_of(findings, name), quantity).mean)
    cure = setting_of(findings, best)
    rivals = (*SMALLER, *DROPOUT)
    apart = {other: paired(setting_of(findings, other), cure, quantity) for other in rivals}
    return Claim(
        says=f"A penalty on weights comes second, before a smaller network and dropout, {when}",
        outcome=_all(apart.values()),
        measured=f"{_spoken(best)}: {_nearest(apart, mean_of(cure, quantity))}",
    )


def _all(apart):
    """Confirmed where each difference is below 0, contradicted where any is above."""
    found = {outcome(one, below=True) for one in apart}
    if Outcome.CONTRADICTED in found:
        return Outcome.CONTRADICTED
    return Outcome.CONFIRMED if found == {Outcome.CONFIRMED} else Outcome.UNDECIDED


def _nearest(apart, level):
    name = max(apart, key=lambda other: apart[other].mean)
    return (
        f"validation loss {level.mean:.3f}; against its strongest rival, {_spoken(name)}, the"
        f" difference is {_with(apart[name])}"
    )


def _bars(findings):
    names = ("alone", "more_data", "more_data_and_steps", *OTHERS)
    ends, bests = (
        [mean_of(setting_of(findings, name), quantity) for name in names]
        for quantity in (END, BEST)
    )
    return Picture(
        title="The cures side by side",
        x_label="",
        y_label="validation loss",
        lines=[
            Line(
                x=range(len(names)),
                y=[one.mean for one in found],
                low=[one.low for one in found],
                high=[one.high for one in found],
                label=label,
                style="bars",
            )
            for label, found in (("at the end", ends), ("at the best epoch", bests))
        ],
        ticks=[_short(name) for name in names],
        note="Means of the seeds with their 95 % intervals. The best epoch is chosen on other"
        " validation examples than those that measure it.",
    )


def _short(name):
    words = {
        "more_data": "data\n×4",
        "more_data_and_steps": "data,\nsteps\n×4",
        "l2_stronger": "l2\n0.003",
        "l1": "l1\n0.001",
        "l2": "l2\n0.001",
        "dropout_0_2": "drop\n0.2",
        "dropout_0_5": "drop\n0.5",
        "smaller": "16\nunits",
    }
    return words.get(name, name)


def _by_steps(findings, names, title, *, ends=""):
    """Mean curves over steps; `ends` is an arm whose end is marked on another's curve."""
    marks = []
    if ends:
        steps, losses = _losses(setting_of(findings, ends))
        marks.append(Mark(x=steps[-1], y=losses[-1], text=f"{_spoken(ends)}, equal steps"))
    curves = {name: _losses(setting_of(findings, name)) for name in names}
    return Picture(
        title=f"{title}: validation loss, step by step",
        x_label="steps",
        y_label="validation loss",
        lines=[Line(x=x, y=y, label=_spoken(name)) for name, (x, y) in curves.items()],
        marks=marks,
        y_limits=(0.3, 1.2),
    )


def _losses(setting):
    settings = setting.trial.settings
    epochs, losses = curve(setting, "validation_loss")
    return epochs * math.ceil(settings.train_size / settings.batch), losses.mean(axis=0)


def _table(findings):
    names = ("alone", "more_data", "more_data_and_steps", *OTHERS)
    rows = []
    for name in names:
        setting = setting_of(findings, name)
        rows.append(
            (
                _spoken(name),
                setting.kind.words,
                *(
                    f"{mean_of(setting, quantity).mean:.3f}"
                    for quantity in (BEST, END, "validation_score_end", "train_score_end")
                ),
            )
        )
    return Sheet(
        title="The cures, the lowest loss first",
        columns=[
            "cure",
            "verdict at the end",
            "loss, best epoch",
            "loss, end",
            "accuracy, end",
            "training accuracy, end",
        ],
        rows=sorted(rows, key=lambda row: float(row[2])),
        note="On the validation part, where nothing else is said.",
    )


def _spoken(name):
    return {
        "more_data": "four times the data",
        "more_data_and_steps": "four times the data and steps",
        "smaller": "16 units",
        "l1": "L1 of 0.001",
        "l2": "L2 of 0.001",
        "l2_stronger": "L2 of 0.003",
        "dropout_0_2": "dropout of 0.2",
        "dropout_0_5": "dropout of 0.5",
    }.get(name, name)


def _with(found):
    return f"{found.mean:.3f} (95 %: {found.low:.3f} to {found.high:.3f})"
