"""Losses of a standardised target, said in the data's own unit."""

from pathlib import Path

import numpy as np
import pytest

import harness
from harness.conduct.preparing import data_lines
from harness.conduct.units import loss_units
from harness.data import load
from harness.study import DataSource, Points


@pytest.fixture(scope="module")
def diabetes():
    return load(DataSource(source="diabetes"), seed=0, folder=Path())


@pytest.mark.parametrize(
    ("loss", "name", "power"),
    [
        (None, "mean squared errors", "²"),
        ("mse", "mean squared errors", "²"),
        ("mae", "mean absolute errors", ""),
    ],
)
def test_a_standardised_targets_loss_can_be_turned_back(diabetes, loss, name, power):
    scale, target = f"{diabetes.target_scale:.3g}", diabetes.target_name
    assert loss_units(diabetes, loss=loss) == (
        f"losses are {name} of the standardised target: "
        f"multiply by {scale}{power} for {target}{power}"
    )


def test_the_factor_is_the_deviation_of_the_training_rows(diabetes):
    # y of the training part has deviation 1, so an error of 1 is one deviation.
    assert np.std(diabetes.train.y) == pytest.approx(1, rel=1e-5)
    assert diabetes.target_scale == pytest.approx(77, rel=0.1)


def test_a_huber_loss_has_no_single_factor(diabetes):
    line = loss_units(diabetes, loss="huber")
    assert line.startswith("losses are of the standardised target: an error of 1 is ")
    assert line.endswith(f" {diabetes.target_name}")


def test_the_lines_about_the_data_end_with_the_unit():
    study = harness.Study(
        name="sugar",
        question="How far does it progress?",
        data=DataSource(source="diabetes"),
        training=harness.Training(seeds=1, loss="mae"),
        arms=(harness.Arm(name="one", settings=harness.settings_from({})),),
    )
    prepared = harness.prepare_study(study)
    assert data_lines(prepared)[-1] == loss_units(prepared.dataset, loss="mae") != ""


def test_classes_and_points_have_no_unit_to_turn_back():
    points = DataSource(points=Points(x=[[0.0], [1.0]], y=[1.0, 3.0]), task="regression")
    study = harness.Study(
        name="line",
        question="What is a line?",
        data=points,
        training=harness.Training(seeds=1),
        arms=(harness.Arm(name="one", settings=harness.settings_from({})),),
    )
    prepared = harness.prepare_study(study)
    assert loss_units(prepared.dataset, loss=None) == ""
    assert data_lines(prepared) == ("points in the study file: 1 feature, a number to predict (y)",)
    assert loss_units(load(DataSource(source="digits"), seed=0, folder=Path()), loss=None) == ""
