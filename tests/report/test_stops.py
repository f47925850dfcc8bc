"""Where patience stopped runs: in words, in the tables and beside the curves."""

from dataclasses import replace

import pytest

from harness.findings import find
from harness.report import html, markdown
from harness.report.frames import loss_frame
from harness.report.plots import loss_curves
from harness.report.stops import mean_stop, stop_line, stops
from harness.study import Arm, Training, settings_from
from tests.report.made_up import arm_runs, arms_study
from tests.report.reading import read


def patient(*ends, epochs=30):
    """A study of one arm of patience 10, whose seeds stopped at these epochs (None: never)."""
    made = settings_from({"units": 512, "learning_rate": 0.005, "patience": 10, "epochs": epochs})
    arms = (Arm(name="large", settings=made),)
    study = arms_study(arms=arms, training=Training(seeds=len(ends)))
    runs = arm_runs(study, epochs=epochs, seeds=len(ends))
    stopped = [
        replace(run, curves=replace(run.curves, stopped_epoch=end))
        for run, end in zip(runs, ends, strict=True)
    ]
    return find(study, stopped)


@pytest.mark.parametrize(
    ("ends", "line"),
    [
        ((21,), "Stopped at epoch 21 of 30 by patience 10: figures end there, curves go on."),
        ((20, 24), "Stopped at epoch 22 (20 to 24) of 30 by patience 10: figures end"),
        ((20, None), "Stopped at epoch 20 of 30 by patience 10, 1 of 2 seeds: figures end"),
        ((None, None), "Patience 10 stopped no seed in 30 epochs."),
    ],
)
def test_it_is_said_where_patience_stopped(ends, line, provenance):
    found = patient(*ends)
    assert stop_line(found.settings[0]).startswith(line)
    assert line in html(found, provenance)


def test_nothing_is_said_without_patience(armed, provenance):
    setting = armed.settings[0]
    assert (stops(setting), mean_stop(setting), stop_line(setting)) == ((), None, "")
    for made in (html, markdown):
        assert "topped at epoch" not in made(armed, provenance)


def test_figures_are_those_of_the_epoch_of_the_stop(provenance):
    found = patient(15)
    curves = found.settings[0].runs[0].curves
    assert found.settings[0].validation_loss.mean == curves.validation_loss[15]
    assert found.settings[0].stop_epoch.mean <= 15 < len(curves.epochs) - 1
    lines = markdown(found, provenance).splitlines()
    head, row = (line for line in lines if line.startswith(("| setting |", "| large ")))
    assert head.split("|")[-2].strip() == "stopped at epoch"
    assert row.split("|")[-2].strip() == "15"


def test_the_curves_are_marked_at_the_stop_and_their_lowest_lies_before_it():
    for end in (4, 24):
        setting = patient(end).settings[0]
        plot = loss_curves(setting, frame=loss_frame([setting]), loss="cross-entropy", salt="x")
        label = read(f"<html>{plot}</html>").all("svg")[0].attrs["aria-label"]
        assert label.endswith(f", stopped by patience at epoch {end}")
        assert f"stopped at epoch {end}" in plot
        lowest = int(plot.split("lowest at epoch ")[1].split("<")[0].split(" ")[0])
        assert lowest <= end
