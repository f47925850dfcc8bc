"""What the studies of overfitting and underfitting show (item 11)."""

import numpy as np

from harness import (
    Claim,
    Line,
    Mark,
    Outcome,
    Picture,
    Sheet,
    Showing,
    claim,
    curve,
    curve_line,
    mean_of,
    outcome,
    paired,
    runs_of,
    setting_of,
)
from harness.findings import interval

STILL = 0.01
"""An accuracy that changes by less than one example in a hundred stands still (our choice)."""
WEAK = 0.15
"""The share of what there is to learn that the judge, too, allows a network that fits to miss."""


def seen(findings, dataset):
    """Validation accuracy and loss with wrong labels and without, and where each turns."""
    both = wrong, true = [setting_of(findings, name) for name in ("wrong_labels", "true_labels")]
    falls, rises, kept = fall_of_accuracy(wrong), rise_of_loss(wrong), fall_of_accuracy(true)
    later = interval([_turn(run, "loss") - _turn(run, "score") for run in runs_of(wrong)])
    return Showing(
        parts=[
            _of_both(both, "validation_score", "validation accuracy", np.argmax),
            _of_both(both, "validation_loss", "validation loss", np.argmin),
            _table(both),
        ],
        claims=[
            Claim(
                says="With wrong labels, validation accuracy peaks and then decreases",
                outcome=outcome(falls, below=False),
                measured=f"from its peak to the end it falls by {_with(falls)}, while training"
                f" accuracy grows to {mean_of(wrong, 'train_score_end').mean:.3f}",
            ),
            Claim(
                says="Validation loss rises again as well",
                outcome=outcome(rises, below=False),
                measured=f"it ends {_with(rises)} above that of the epoch which other examples"
                " chose",
            ),
            claim(
                "Accuracy and loss turn at the same epoch, within 2",
                holds=later.low > -2 and later.high < 2,
                measured=f"the loss turns {_with(later, 1)} epochs after the accuracy",
            ),
            claim(
                "With true labels the same network keeps its accuracy",
                holds=kept.high < STILL,
                measured=f"from its peak to the end it falls by {_with(kept)}",
            ),
        ],
    )


def loss_alone(findings, dataset):
    """A network whose validation loss rises while its validation accuracy does not fall."""
    wide = setting_of(findings, "wide")
    rises, falls = rise_of_loss(wide), fall_of_accuracy(wide)
    times = mean_of(wide, "validation_loss_end").mean / mean_of(wide, "validation_loss_best").mean
    still = Outcome.CONTRADICTED if falls.high < STILL else outcome(falls, below=False)
    return Showing(
        parts=[
            _train_and_validation(wide, "loss", "loss (cross-entropy)"),
            _train_and_validation(wide, "score", "accuracy"),
            _table([wide]),
        ],
        claims=[
            Claim(
                says="Validation loss falls, then rises",
                outcome=outcome(rises, below=False),
                measured=f"it ends {_with(rises)} above that of the epoch which other examples"
                f" chose, at {times:.2f} times its lowest",
            ),
            Claim(
                says="So validation accuracy peaks and then decreases",
                outcome=still,
                measured=f"from its peak to the end it falls by {_with(falls, 4)}",
            ),
        ],
    )


def underfitting(findings, dataset):
    """Too weak and stopped early: their curves, their verdicts, and what more epochs do."""
    names = ("weak", "weak_for_longer", "short", "short_for_longer", "enough")
    weak, weak_on, short, short_on, enough = all_ = [setting_of(findings, name) for name in names]
    level = mean_of(enough, "cross_fitted_loss").mean
    to_learn = runs_of(enough)[0].curves.constant_loss - level
    weak_by, short_by = (
        paired(a, b, "cross_fitted_loss") for a, b in ((weak, weak_on), (short, short_on))
    )
    missed = mean_of(weak_on, "cross_fitted_loss").low - level
    trained = [mean_of(one, "train_loss_end").mean for one in (weak, short, enough)]
    return Showing(
        parts=[_long(weak, weak_on, short, short_on, enough), _table(all_)],
        claims=[
            claim(
                "A network that underfits is poor on its own training examples",
                holds=min(trained[:2]) > trained[2] + WEAK * to_learn,
                measured=f"training loss {trained[0]:.3f} (too small) and {trained[1]:.3f} (too"
                f" short), where {trained[2]:.3f} can be had",
            ),
            _told("The judge calls the small network too weak", weak, "too_weak"),
            _told("The judge calls the short training stopped early", short, "stopped_early"),
            Claim(
                says="Training for longer helps the one that was stopped early",
                outcome=outcome(short_by, below=True),
                measured=f"four times the epochs change its validation loss by {_with(short_by)}",
            ),
            claim(
                "Training for longer does not cure the one that is too weak",
                holds=missed > WEAK * to_learn,
                measured=f"four times the epochs change its validation loss by {_with(weak_by)};"
                f" it stays {missed:.2f} or more above what the larger network reaches",
            ),
        ],
    )


def fall_of_accuracy(setting):
    """Validation accuracy at its peak minus that at the end, over seeds.

    The peak is that of the other seeds' mean: a seed's own lies above its end by luck alone.
    """
    _, values = curve(setting, "validation_score")
    peaks = [np.delete(values, row, axis=0).mean(axis=0).argmax() for row in range(len(values))]
    return interval([float(own[at] - own[-1]) for own, at in zip(values, peaks, strict=True)])


def rise_of_loss(setting):
    """Validation loss at the end above that at an epoch chosen on other validation examples."""
    return interval([run.curves.evidence.rise.mean for run in runs_of(setting)])


def _turn(run, of):
    """The epoch of highest accuracy or of lowest loss, each a mean over three epochs."""
    values = run.curves.validation_score if of == "score" else -run.curves.validation_loss
    return float(run.curves.epochs[1 + np.convolve(values, np.ones(3) / 3, "valid").argmax()])


def _told(says, setting, kind):
    count = sum(run.verdict.kind == kind for run in setting.runs)
    return claim(
        says,
        holds=count > len(setting.runs) / 2,
        measured=f"{count} of {len(setting.runs)} runs are judged so",
    )


def _of_both(settings, quantity, label, turning):
    lines = [curve_line(one, quantity, label=one.label.replace("_", " ")) for one in settings]
    at = turning(lines[0].y)
    words = "peak" if turning is np.argmax else "lowest"
    return Picture(
        title=f"{label.capitalize()} with wrong labels and without",
        x_label="epoch",
        y_label=label,
        lines=lines,
        marks=[Mark(x=lines[0].x[at], y=lines[0].y[at], text=f"{words}, epoch {lines[0].x[at]:g}")],
        note="Mean of the seeds; the band goes from the lowest to the highest.",
    )


def _train_and_validation(setting, of, label):
    return Picture(
        title=f"The {label} on both parts",
        x_label="epoch",
        y_label=label,
        lines=[
            curve_line(setting, f"train_{of}", label="training", dashed=True),
            curve_line(setting, f"validation_{of}", label="validation"),
        ],
    )


def _long(weak, weak_on, short, short_on, enough):
    given = [(mean_of(one, "validation_loss_end").mean, one) for one in (weak, short)]
    return Picture(
        title="Training for longer helps one of the two",
        x_label="epoch",
        y_label="validation loss",
        lines=[
            curve_line(weak_on, "validation_loss", label="2 units"),
            curve_line(short_on, "validation_loss", label="32 units, small steps"),
            curve_line(enough, "validation_loss", label="32 units"),
            Line(
                x=[one.trial.settings.epochs for _, one in given],
                y=[loss for loss, _ in given],
                label="where training ended",
                style="points",
            ),
        ],
        marks=[
            Mark(x=one.trial.settings.epochs, y=loss, text=words)
            for (loss, one), words in zip(given, ("too weak", "stopped early"), strict=True)
        ],
        log_x=True,
    )


def _table(settings):
    rows = []
    for one in settings:
        epochs, scores = curve(one, "validation_score")
        losses = curve(one, "validation_loss")[1].mean(axis=0)
        scores = scores.mean(axis=0)
        rows.append(
            (
                one.label.replace("_", " "),
                one.kind.words,
                f"{scores.max():.3f} at {epochs[scores.argmax()]:g}",
                f"{scores[-1]:.3f}",
                f"{losses.min():.3f} at {epochs[losses.argmin()]:g}",
                f"{losses[-1]:.3f}",
                f"{mean_of(one, 'train_loss_end').mean:.3f}",
            )
        )
    return Sheet(
        title="Where the curves turn, and what the judge says",
        columns=[
            "",
            "verdict",
            "highest validation accuracy, at epoch",
            "at the end",
            "lowest validation loss, at epoch",
            "at the end",
            "training loss at the end",
        ],
        rows=rows,
        note="Of the mean curve over seeds.",
    )


def _with(found, digits=3):
    return f"{found.mean:.{digits}f} (95 %: {found.low:.{digits}f} to {found.high:.{digits}f})"
