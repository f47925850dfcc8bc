"""A population against a plain PyTorch loop, numbers worked by hand, and planted trouble."""

import numpy as np
import pytest
import torch
from torch import nn

from harness.data import Dataset, Part, Task, noisy_targets, subset
from harness.errors import DataError
from harness.judge import Ending
from harness.networks import first_weights
from harness.study import GivenLayer, settings_from
from harness.training import Member, constant_loss, fit, plan, train
from harness.training.evidence import evidence_parts
from harness.training.examples import DropoutBytes, Orders
from harness.training.measures import Measured, Measurements
from tests.training.conftest import (
    averaged,
    make_dataset,
    make_study,
    members_of,
    only_chunk,
)


def points(x, y):
    """Examples that all train, as written in a study file."""
    x, y = np.array(x, dtype=np.float32), np.array(y, dtype=np.float32).reshape(-1, 1)
    return Dataset(
        task=Task.REGRESSION,
        train=Part(x=x, y=y),
        validation=Part(x=x[:0], y=y[:0]),
        test=Part(x=x[:0], y=y[:0]),
        feature_names=("x",),
        fingerprint="points",
    )


def by_hand(**knobs):
    return {
        "layers": 0,
        "bias": False,
        "initialization": (GivenLayer(weights=((0.5,),)),),
        "optimizer": "sgd",
        "learning_rate": 0.1,
        "batch": "stochastic",
        "order": "given",
        **knobs,
    }


@pytest.mark.parametrize(("examples", "weight"), [(1, 1.7), (2, 1.76), (3, 2.192)])
def test_gradient_descent_by_hand_takes_the_lectures_steps(examples, weight):
    dataset = points([[2], [1], [3]][:examples], [4, 2, 6][:examples])
    study = make_study(loss="mse")
    chunk = only_chunk(members_of(by_hand(epochs=1)), dataset, study)
    ((weights, _),) = fit(chunk, dataset, study, dtype=torch.float64).parameters_of(0)
    assert weights.item() == pytest.approx(weight, abs=1e-12)


def test_without_validation_part_there_is_a_training_curve_and_no_evidence():
    dataset, study = points([[2], [1], [3]], [4, 2, 6]), make_study(loss="mse")
    (run,) = train(only_chunk(members_of(by_hand(epochs=30)), dataset, study), dataset, study)
    assert run.curves is not None
    assert not run.curves.validated
    assert run.curves.evidence is None
    assert run.curves.train_loss[0] == pytest.approx((1.5**2) * (4 + 1 + 9) / 3, rel=1e-6)
    assert run.curves.train_loss[-1] < 1e-6


def plain_loop(settings, dataset, *, seed, epochs):
    """One member trained as a PyTorch user would, with the member's own streams."""
    sizes = (dataset.features, *settings.widths, dataset.classes)
    layers: list[nn.Module] = []
    for weights, shift in first_weights(settings, sizes, study_seed=0, run_seed=seed):
        linear = nn.Linear(*weights.shape, dtype=torch.float64)
        linear.weight.data = torch.from_numpy(weights.T.copy())
        linear.bias.data = torch.from_numpy(shift.copy())
        layers += [linear, nn.Tanh()]
    network = nn.Sequential(*layers[:-1])
    weights = [module.weight for module in network if isinstance(module, nn.Linear)]
    optimizer = torch.optim.SGD(
        network.parameters(), lr=settings.learning_rate, momentum=settings.momentum, nesterov=True
    )
    rows = subset(settings, len(dataset.train), study_seed=0, run_seed=seed)
    x = torch.from_numpy(dataset.train.x[rows]).double()
    y = torch.from_numpy(noisy_targets(settings, dataset, study_seed=0, run_seed=seed)[rows])
    orders = iter(Orders([(settings, seed)], examples=len(rows), study_seed=0))
    for _ in range(epochs):
        for batch in torch.from_numpy(next(orders)[0]).split(int(settings.batch)):
            loss = nn.functional.cross_entropy(network(x[batch]), y[batch])
            loss = loss + settings.l2 * sum(w.square().sum() for w in weights)
            loss = loss + settings.l1 * sum(w.abs().sum() for w in weights)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    with torch.no_grad():
        return network, nn.functional.cross_entropy(network(x), y).item()


def test_a_member_is_what_a_plain_loop_trains():
    knobs = {
        "units": (9, 6), "activation": "tanh", "optimizer": "nesterov", "momentum": 0.7,
        "learning_rate": 0.05, "batch": 13, "epochs": 5, "l1": 1e-3, "l2": 2e-3,
        "train_size": 0.8, "label_noise": 0.1,
    }  # fmt: skip
    dataset, study = make_dataset(), make_study()
    members = members_of(knobs, seeds=(4, 5))
    population = fit(only_chunk(members, dataset, study), dataset, study, dtype=torch.float64)
    for number, seed in enumerate((4, 5)):
        network, end = plain_loop(settings_from(knobs), dataset, seed=seed, epochs=5)
        linears = [module for module in network if isinstance(module, nn.Linear)]
        for (weights, shift), linear in zip(population.parameters_of(number), linears, strict=True):
            np.testing.assert_allclose(weights, linear.weight.detach().T, rtol=0, atol=1e-10)
            np.testing.assert_allclose(shift, linear.bias.detach(), rtol=0, atol=1e-10)
        curves = population.measurements.curves(
            number, dataset, loss="categorical_crossentropy", constant=1.0
        )
        assert curves is not None
        assert curves.train_loss[-1] == pytest.approx(end, abs=1e-10)


def test_a_member_that_diverges_is_frozen_and_the_others_go_on():
    wild = {"units": 10, "optimizer": "sgd", "learning_rate": 1e30, "epochs": 4}
    tame = {**wild, "learning_rate": 0.05}
    dataset, study = make_dataset(), make_study()
    members = [*members_of(wild), *members_of(tame, seeds=(1,))]
    diverged, finished = train(only_chunk(members, dataset, study), dataset, study)
    assert diverged.ending is Ending.DIVERGED
    assert "no longer a finite number after epoch 1" in diverged.reason
    assert diverged.curves is not None
    assert len(diverged.curves.epochs) == 1
    assert finished.ending is Ending.FINISHED
    (alone,) = train(only_chunk(members_of(tame, seeds=(1,)), dataset, study), dataset, study)
    assert finished.curves.equals(alone.curves)


def test_an_error_in_training_makes_failed_runs_with_its_message():
    given_weights = (GivenLayer(weights=((1.0,), (2.0,))),)
    dataset, study = make_dataset(classes=0), make_study(loss="mse")
    members = members_of({"layers": 0, "initialization": given_weights}, seeds=(0, 1))
    runs = train(only_chunk(members, dataset, study), dataset, study)
    assert [run.ending for run in runs] == [Ending.FAILED, Ending.FAILED]
    assert "knobs.initialization: layer 0 must be (7, 1), got 2 × 1" in runs[0].reason


def test_curves_are_measured_without_dropout_and_penalties():
    knobs = {"units": 10, "epochs": 1, "learning_rate": 1e-12, "dropout": 0.9, "l2": 10.0}
    dataset, study = make_dataset(), make_study()
    (run,) = train(only_chunk(members_of(knobs), dataset, study), dataset, study)
    assert run.curves.train_loss[1] == pytest.approx(run.curves.train_loss[0], rel=1e-5)


def test_evidence_chooses_on_one_half_and_measures_on_the_other():
    dataset = make_dataset(train=20, validation=31)
    rng = np.random.default_rng(0)
    losses = rng.gamma(2, size=(8, 2, 31))
    measurements = Measurements(2, validation_examples=31, study_seed=0)
    score, outputs = np.zeros(2), np.full((2, 31, 3), 1 / 3, dtype=np.float32)
    for epoch in range(8):
        train_part = averaged(rng.gamma(2, size=(2, 20)))
        validation = Measured(losses=losses[epoch], score=score, outputs=outputs)
        measurements.record(epoch, train_part, validation)
    first, second = evidence_parts(31, study_seed=0)
    assert sorted([*first, *second]) == list(range(31))
    for member in range(2):
        mine = losses[:, member]
        chosen = np.empty(31)
        chosen[second] = mine[mine[:, first].mean(1).argmin(), second]
        chosen[first] = mine[mine[:, second].mean(1).argmin(), first]
        curves = measurements.curves(member, dataset, loss="mse", constant=1.0)
        evidence = curves.evidence
        assert evidence.cross_fitted_loss.mean == pytest.approx(chosen.mean())
        assert evidence.rise.mean == pytest.approx((mine[-1] - chosen).mean())
        error = (mine[-1] - chosen).std(ddof=1) / 31**0.5
        assert evidence.rise.standard_error == pytest.approx(error)
        assert evidence.rise.n == 31
        assert curves.stop_epoch == mine.mean(1).argmin()


def test_further_scores_stand_at_the_best_epoch_and_the_end():
    dataset, study = make_dataset(), make_study()
    knobs = {"units": 10, "epochs": 5}
    (run,) = train(only_chunk(members_of(knobs), dataset, study), dataset, study)
    curves = run.curves
    assert curves.scores_end["accuracy"] == pytest.approx(curves.validation_score[-1])
    assert curves.scores_best["accuracy"] == pytest.approx(curves.validation_score[curves.best])
    assert 0 <= curves.scores_end["balanced_accuracy"] <= 1


@pytest.mark.parametrize(
    ("loss", "classes"), [("binary_crossentropy", 2), ("mse", 2), ("mse", 3), ("mse", 0)]
)
def test_every_loss_learns_and_scores(loss, classes):
    dataset, study = make_dataset(classes=classes), make_study(loss=loss)
    knobs = {"units": 16, "epochs": 60, "learning_rate": 0.01}
    (run,) = train(only_chunk(members_of(knobs), dataset, study), dataset, study)
    assert run.curves.score_name == ("accuracy" if classes else "r2")
    assert run.curves.train_score[-1] > 0.9
    assert run.curves.constant_loss == pytest.approx(constant_loss(dataset, loss))


def test_r2_is_that_of_scikit_learn():
    from sklearn.metrics import r2_score

    dataset, study = make_dataset(classes=0, outputs=2), make_study(loss="mse")
    chunk = only_chunk(members_of({"units": 8, "epochs": 3}), dataset, study)
    population = fit(chunk, dataset, study)
    with torch.no_grad():
        x = population.validation_x
        made = population.network.evaluate(x)[0, :, :2].numpy()
    curves = population.measurements.curves(0, dataset, loss="mse", constant=1.0)
    y = dataset.validation.y.astype(np.float64)
    wanted = 1 - np.mean((y - made) ** 2) / y.var(0).mean()
    assert curves.validation_score[-1] == pytest.approx(wanted, abs=1e-6)
    one = r2_score(y, made, multioutput="variance_weighted")
    assert curves.validation_score[-1] == pytest.approx(one, abs=1e-6)


def test_dropout_drops_its_rate_and_keeps_the_mean():
    members = members_of({"units": 64, "dropout": 0.3}, {"units": 64, "dropout": 0.6}, seeds=(0,))
    dataset, study = make_dataset(train=512), make_study()
    network = fit(only_chunk(members, dataset, study), dataset, study).network
    drawn = DropoutBytes([0, 1], study_seed=0).draw(network.random_bytes(512))
    x = network.prepared(torch.from_numpy(dataset.train.x)).expand(2, -1, -1)
    (dropped,) = network.learn(x, torch.from_numpy(drawn)).kept.dropout
    factors = dropped.numpy()
    for number, rate in enumerate((0.3, 0.6)):
        n = factors[number].size
        assert (factors[number] == 0).mean() == pytest.approx(rate, abs=4 / n**0.5 + 1 / 512)
        assert factors[number].mean() == pytest.approx(1, abs=8 / n**0.5)


def test_dropout_of_different_members_and_epochs_is_independent():
    stream = DropoutBytes([0, 1], study_seed=0)
    first, later = stream.draw(80_000) < 128, stream.draw(80_000) < 128
    for a, b in [(first[0], first[1]), (first[0], later[0]), (first[0][:-1], first[0][1:])]:
        assert np.corrcoef(a, b)[0, 1] == pytest.approx(0, abs=4 / 80_000**0.5)


def test_bytes_are_uniform():
    counts = np.bincount(DropoutBytes([7], study_seed=0).draw(256_000)[0], minlength=256)
    chi = ((counts - 1000) ** 2 / 1000).sum()
    assert 170 < chi < 350  # 255 degrees of freedom: mean 255, deviation 22.6


def test_subsets_are_nested_and_noise_grows():
    small, large = settings_from({"train_size": 20}), settings_from({"train_size": 0.8})
    dataset = make_dataset()
    few = subset(small, 75, study_seed=0, run_seed=1)
    many = subset(large, 75, study_seed=0, run_seed=1)
    assert set(few) < set(many)
    assert len(few) == 20
    assert len(many) == 60
    some = noisy_targets(settings_from({"label_noise": 0.2}), dataset, study_seed=0, run_seed=1)
    more = noisy_targets(settings_from({"label_noise": 0.9}), dataset, study_seed=0, run_seed=1)
    wrong, wronger = some != dataset.train.y, more != dataset.train.y
    assert np.all(wronger[wrong])
    assert 0 < wrong.sum() < wronger.sum() < 75


def test_noise_in_a_regression_passes_targets_around():
    dataset = make_dataset(classes=0)
    noisy = noisy_targets(settings_from({"label_noise": 0.5}), dataset, study_seed=0, run_seed=1)
    np.testing.assert_array_equal(np.sort(noisy, axis=0), np.sort(dataset.train.y, axis=0))
    assert 0.3 < (noisy != dataset.train.y).mean() < 0.7


def test_more_training_examples_than_there_are_is_refused():
    members = members_of({"train_size": 76})
    with pytest.raises(DataError, match=r"knobs.train_size must be at most 75, .* got 76"):
        plan(members, make_dataset(), make_study())


def test_chunks_hold_members_of_one_shape_and_every_member_once():
    tables = [{"units": u, "optimizer": o} for u in (3, 12, 40, 500) for o in ("sgd", "adam")]
    members = members_of(*tables, seeds=range(20))
    chunks = plan(members, make_dataset(), make_study())
    found = [member for chunk in chunks for member in chunk.members]
    assert sorted(found, key=key) == sorted(members, key=key)
    assert all(len({m.trial.settings.optimizer for m in chunk.members}) == 1 for chunk in chunks)
    together = [
        chunk for chunk in chunks if {3, 12} <= {m.trial.settings.units for m in chunk.members}
    ]
    assert together, "narrow widths share a padded width"
    assert [c.operations for c in chunks] == sorted((c.operations for c in chunks), reverse=True)


def key(member: Member):
    return (member.trial.number, member.seed)
