"""Item 12: four cures of one sick network."""

import pytest

from harness import mean_of, setting_of

NAME = "12-four-cures"
pytestmark = pytest.mark.long


def end(taught, arm):
    return mean_of(setting_of(taught(NAME), arm), "validation_loss_end").mean


def test_the_network_is_sick_and_every_cure_does_something(taught):
    findings = taught(NAME)
    alone = setting_of(findings, "alone")
    assert alone.kind == "trained_too_long"
    assert mean_of(alone, "train_score_end").mean > 0.99
    for setting in findings.settings:
        assert setting is alone or end(taught, setting.label) < end(taught, "alone")


def test_equal_steps_are_equal_within_a_few(taught):
    def steps(arm):
        run = setting_of(taught(NAME), arm).runs[0]
        settings = run.trial.settings
        return settings.epochs * -(-run.curves.train_examples // settings.batch)

    assert (steps("alone"), steps("more_data"), steps("more_data_and_steps")) == (480, 480, 1920)


def test_outcomes(outcomes):
    assert list(outcomes(NAME).values()) == [
        *["confirmed"] * 6,
        "undecided",
        "contradicted",
        "undecided",
    ]
