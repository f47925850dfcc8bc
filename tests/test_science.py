"""Shipped studies find again what others published: the whole study, through the harness."""

from pathlib import Path

import numpy as np
import pytest

from harness import conduct
from harness.findings.intervals import interval
from harness.judge import Run
from harness.store import read_study

STUDIES = Path(__file__).parents[1] / "studies"
pytestmark = [pytest.mark.long, pytest.mark.timeout(3600)]


def studied(name: str, folder: Path) -> dict[tuple[str, int], Run]:
    """The runs of a shipped study, conducted in a folder, by label and seed."""
    store = folder / "mlruns"
    prepared = conduct.prepare(str(STUDIES / f"{name}.toml"))
    outcome = conduct.conduct(
        prepared, progress=conduct.Silence(), store=store, reports=folder / "reports"
    )
    assert not outcome.failed
    stored = read_study(store, study=name)
    runs = next(each.runs for each in stored if each.edition == prepared.edition)
    return {(run.trial.label, run.seed): run for run in runs}


def test_a_wider_network_gets_better_then_worse_then_better_than_ever(tmp_path):
    """Greydanus and Kobak, 2024: dip near 16 units, peak near 47, the lowest error near 300."""
    runs = studied("double-descent", tmp_path)
    widths = sorted({run.trial.settings.units for run in runs.values()})
    errors = {width: errors_at(runs, width) for width in widths}
    assert {len(each) for each in errors.values()} == {5}
    means = {width: each.mean() for width, each in errors.items()}
    assert min(means, key=means.__getitem__) == 300
    beyond_the_first = {width: mean for width, mean in means.items() if width >= 16}
    assert max(beyond_the_first, key=beyond_the_first.__getitem__) == 47
    assert min((w for w in widths if w < 47), key=means.__getitem__) == 16
    assert means[16] == pytest.approx(47, abs=3)
    assert means[47] == pytest.approx(54, abs=3)
    assert means[300] == pytest.approx(45, abs=3)
    for lower, higher in [(16, 8), (16, 47), (300, 47), (300, 16)]:
        difference = interval(errors[higher] - errors[lower], comparisons=4)
        assert difference.low > 0, (lower, higher, difference)


def errors_at(runs: dict[tuple[str, int], Run], width: int) -> np.ndarray:
    """Validation errors after the last epoch in percent, by rising seed."""
    scores = {
        run.seed: run.curves.validation_score[-1]
        for run in runs.values()
        if run.trial.settings.units == width
    }
    return 100 * (1 - np.array([scores[seed] for seed in sorted(scores)]))


@pytest.fixture(scope="module")
def mnist1d_models(tmp_path_factory):
    return studied("mnist1d-models", tmp_path_factory.mktemp("mnist1d-models"))


MODELS = {"logistic": (32, 31.5), "mlp": (68, 65.1), "cnn": (94, 92.3), "gru": (91, 89.1)}


@pytest.mark.parametrize(("model", "published"), MODELS.items())
def test_four_models_reach_their_published_accuracy(mnist1d_models, model, published):
    """Greydanus and Kobak, 2024: their paper's figure and their executed notebook's."""
    scores = [
        run.curves.validation_score[-1]
        for (label, _), run in mnist1d_models.items()
        if label == model
    ]
    assert len(scores) == 3
    accuracy = 100 * np.mean(scores)
    assert min(abs(accuracy - figure) for figure in published) <= 3, accuracy


@pytest.fixture(scope="module")
def random_labels(tmp_path_factory):
    return studied("random-labels", tmp_path_factory.mktemp("random-labels"))


RANDOM_LABELS = {"true_labels": 47, "a_fifth_random": 36, "half_random": 27, "all_random": 10}


@pytest.mark.parametrize(("arm", "published"), RANDOM_LABELS.items())
def test_random_labels_are_learned_by_heart_and_cost_validation_accuracy(
    random_labels, arm, published
):
    """Zhang et al., 2017, on MNIST-1D."""
    runs = [run for (label, _), run in random_labels.items() if label == arm]
    assert len(runs) == 6
    assert [run.curves.train_score[-1] for run in runs] == [1.0] * 6
    accuracy = np.mean([run.curves.validation_score[-1] for run in runs])
    assert 100 * accuracy == pytest.approx(published, abs=4)


def first_step(accuracy: np.ndarray, level: float) -> int:
    """The first epoch with at least this accuracy."""
    reached = np.flatnonzero(accuracy >= level)
    assert len(reached) > 0, f"accuracy stayed at {accuracy.max()}"
    return int(reached[0])


def test_weight_decay_finds_the_rule_of_modular_addition_long_after_the_examples(tmp_path):
    """Power et al., 2022: 99 % of training about step 100, 90 % of the rest about step 3,550.

    Epochs are steps, since a step sees all training pairs.
    """
    runs = studied("weight-decay-grokking", tmp_path)
    assert {len(run.curves.epochs) for run in runs.values()} == {6001}
    decayed, plain = (
        [run.curves for (label, _), run in runs.items() if label == arm]
        for arm in ("weight_decay", "none")
    )
    known = [first_step(curves.train_score, 0.99) for curves in decayed]
    understood = [first_step(curves.validation_score, 0.9) for curves in decayed]
    assert len(known) == len(plain) == 3
    assert np.mean(known) == pytest.approx(100, abs=30)
    assert np.mean(understood) == pytest.approx(3550, rel=0.15)
    for curves in plain:
        assert first_step(curves.train_score, 0.99) <= 130
        assert curves.validation_score.max() < 0.05
