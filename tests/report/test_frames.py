from dataclasses import replace

import numpy as np
import pytest

from harness.findings import find
from harness.report import html
from harness.report.frames import both, loss_frame, own_loss_frame
from tests.report.made_up import arm_runs, arms_study, diverged
from tests.report.reading import read


def lifted(run, by):
    curves = run.curves
    losses = {name: getattr(curves, name) + by for name in ("train_loss", "validation_loss")}
    return replace(run, curves=replace(curves, **losses))


def with_large(change):
    study = arms_study()
    runs = [change(run) if run.trial.name == "large" else run for run in arm_runs(study)]
    return find(study, runs)


@pytest.mark.parametrize("by", [6.0, 60.0, 6e5])
def test_a_curve_above_the_shared_scale_is_seen_on_one_of_its_own(by, provenance):
    found = with_large(lambda run: lifted(run, by))
    shared = loss_frame(found.settings)
    small, _, large = found.settings
    assert own_loss_frame(small, shared) is None
    own = own_loss_frame(large, shared)
    for curve in both(large, "loss"):
        assert np.all((curve.mean >= own.low) & (curve.mean <= own.high))
    told = [figure.text for figure in read(html(found, provenance)).all("figure")[:3]]
    assert ["a scale of its own" in text for text in told] == [False, False, True]


def test_a_loss_that_grows_without_end_is_drawn_by_orders_of_magnitude(provenance):
    draw = np.random.default_rng(1)
    found = with_large(lambda run: diverged(run.trial, run.seed, draw=draw, epochs=30))
    assert own_loss_frame(found.settings[2], loss_frame(found.settings)).logarithmic
    text = html(found, provenance)
    assert "This loss has a scale of its own, and rises by orders of magnitude" in text


def test_without_validation_the_loss_before_training_bounds_the_scale():
    settings = with_large(lambda run: lifted(run, 0.0)).settings
    bare = [replace(one, runs=tuple(map(_taught, one.runs))) for one in settings]
    start = max(float(both(one, "loss")[0].mean[0]) for one in bare)
    assert loss_frame(bare).high <= 2 * start * 1.05


def _taught(run):
    nothing = {"validation_loss": np.empty(0), "constant_loss": float("nan")}
    return replace(run, curves=replace(run.curves, **nothing, evidence=None))


def test_a_level_has_a_place_between_the_ends_of_a_frame():
    frame = loss_frame(with_large(lambda run: run).settings)
    assert frame.place(frame.low) == 0
    assert frame.place(frame.high) == 1
    ends = replace(frame, low=1.0, high=100.0, logarithmic=True)
    assert ends.place(10.0) == pytest.approx(0.5)
