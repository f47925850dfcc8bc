"""Item 10: seconds, memory and losses of stochastic, mini-batch and batch descent."""

import numpy as np
import pytest

from harness import curve, mean_of, paired, setting_of

NAME = "10-batch-sizes"
pytestmark = pytest.mark.long

TIMED = {
    "Stochastic: computationally fast": "contradicted",
    "Stochastic: so many updates make an epoch expensive": "confirmed",
    "Batch: few updates make an epoch cheap": "confirmed",
    "Batch: errors first, update afterwards, so that examples are computed side by side": (
        "confirmed"
    ),
    "Mini-batch: the most efficient": "confirmed",
}


def arm(taught, name):
    return setting_of(taught(NAME), name)


def test_equal_epochs_favour_small_batches_and_equal_updates_none(taught):
    one, mini, full, longer = (
        arm(taught, name) for name in ("stochastic", "mini_batch", "batch", "batch_for_longer")
    )
    assert paired(one, mini, "train_loss_end").low > 0
    assert paired(mini, full, "train_loss_end").low > 0
    assert mean_of(longer, "train_loss_end").mean == pytest.approx(
        mean_of(mini, "train_loss_end").mean, abs=0.02
    )


def test_batch_descent_never_goes_up(taught):
    _, losses = curve(arm(taught, "batch_for_longer"), "train_loss")
    assert losses.shape == (6, 321)
    assert (np.diff(losses, axis=1) < 0).all()


def test_the_table_counts_examples_and_bytes(taught):
    (sheet,) = (part for part in taught(NAME).showing.parts if hasattr(part, "rows"))
    assert [row[1] for row in sheet.rows[:3]] == [1, 32, 1024]
    assert [row[3] for row in sheet.rows[:3]] == [1024, 32, 1]
    assert sheet.rows[0][2] == f"{(64 + 32 + 10) * 4 / 1024:.1f} KiB"


def test_outcomes_of_losses(outcomes):
    found = {says: one for says, one in outcomes(NAME).items() if says not in TIMED}
    contradicted = {says for says, one in found.items() if one == "contradicted"}
    assert contradicted == {"Batch: the steady way ends too early, at worse weights"}
    assert len(found) == 10
    assert set(found.values()) == {"confirmed", "contradicted"}


def test_outcomes_of_seconds_at_most_undecided_on_a_busy_machine(outcomes):
    for says, expected in TIMED.items():
        assert outcomes(NAME)[says] in {expected, "undecided"}
