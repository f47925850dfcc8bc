"""Schedules, clipping, softened targets, noise and batch norm against PyTorch's own."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.utils.class_weight import compute_class_weight
from torch import nn
from torch.nn import functional

from harness.judge import Ending
from harness.networks import PopulationMLP, first_weights
from harness.networks.normalization import PopulationNorm
from harness.study import settings_from
from harness.study.knobs import SCHEDULES
from harness.training import fit, train
from harness.training.examples import InputNoise, Orders
from harness.training.losses import BinaryCrossentropy, CategoricalCrossentropy
from harness.training.measures import Measured, Measurements
from harness.training.schedules import factor_at
from harness.training.softening import Softening, class_weights
from harness.training.updates import Clipping
from tests.networks.test_mlp import MODULES
from tests.training.conftest import (
    averaged,
    make_dataset,
    make_study,
    members_of,
    only_chunk,
)
from tests.training.test_company import assert_same_in_company


def rates(make, steps):
    """What one of torch's schedulers does to a rate of 1."""
    optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=1.0, momentum=0.9)
    scheduler = make(optimizer)
    found = []
    for _ in range(steps):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return found


@pytest.mark.parametrize("steps", [1, 7, 40])
def test_schedules_are_torchs(steps):
    schedulers = torch.optim.lr_scheduler
    made = {
        "constant": lambda o: schedulers.ConstantLR(o, factor=1.0),
        "step": lambda o: schedulers.MultiStepLR(o, [steps // 2, 3 * steps // 4]),
        "cosine": lambda o: schedulers.CosineAnnealingLR(o, T_max=steps),
        "one_cycle": lambda o: schedulers.OneCycleLR(o, max_lr=1.0, total_steps=steps + 1),
    }
    for name in SCHEDULES:
        own = settings_from({"schedule": name})
        total = steps + 1 if name == "one_cycle" else steps
        if steps == 1 and name == "step":
            continue  # torch's milestones are all 0 then
        got = [factor_at(own, step, total) for step in range(steps)]
        np.testing.assert_allclose(got, rates(made[name], steps), rtol=1e-9, atol=1e-12)


def test_a_warm_up_rises_linearly_into_its_schedule():
    own = settings_from({"schedule": "cosine", "warmup": 0.4})
    plain = settings_from({"schedule": "cosine"})
    got = [factor_at(own, step, 10) for step in range(10)]
    rise = [1 / 4, 2 / 4, 3 / 4, 1, 1, 1, 1, 1, 1, 1]
    assert got == [r * factor_at(plain, step, 10) for step, r in enumerate(rise)]


def loop(own, dataset, *, seed, make, optimizer):
    """A plain loop over a network of torch's layers, stepped by `make`'s scheduler."""
    layers: list[nn.Module] = []
    sizes = (dataset.features, *own.widths, dataset.classes)
    for weights, shift in first_weights(own, sizes, study_seed=0, run_seed=seed):
        linear = nn.Linear(*weights.shape, dtype=torch.float64)
        linear.weight.data = torch.from_numpy(weights.T.copy())
        linear.bias.data = torch.from_numpy(shift.copy())
        layers += [linear, nn.BatchNorm1d(weights.shape[1], dtype=torch.float64), nn.ReLU()]
        if not own.batch_norm:
            layers.pop(-2)
    del layers[-(2 if own.batch_norm else 1) :]
    network = nn.Sequential(*layers)
    decays = [p for p in network.parameters() if p.dim() > 1]
    others = [p for p in network.parameters() if p.dim() < 2]
    chosen = optimizer([{"params": decays, "weight_decay": own.weight_decay}, {"params": others}])
    scheduler = make(chosen)
    x, y = torch.from_numpy(dataset.train.x).double(), torch.from_numpy(dataset.train.y)
    orders = iter(Orders([(own, seed)], examples=len(x), study_seed=0))
    weight = None
    if own.class_weights == "balanced":
        weight = torch.from_numpy(class_weights(dataset.train.y, classes=dataset.classes))
    for _ in range(own.epochs):
        for batch in torch.from_numpy(next(orders)[0]).split(int(own.batch)):
            loss = functional.cross_entropy(
                network(x[batch]), y[batch], weight, label_smoothing=own.label_smoothing
            )
            loss = loss + own.l2 * sum(p.square().sum() for p in decays)
            chosen.zero_grad()
            loss.backward()
            if own.clip_norm:
                nn.utils.clip_grad_norm_(network.parameters(), own.clip_norm)
            chosen.step()
            scheduler.step()
    return network


@pytest.mark.parametrize(
    "knobs",
    [
        {"schedule": "cosine", "warmup": 0.3, "weight_decay": 0.1},
        {"schedule": "one_cycle", "l2": 1e-3, "clip_norm": 0.4},
        {"clip_norm": 0.2, "label_smoothing": 0.2, "class_weights": "balanced"},
        {"batch_norm": True, "units": (9, 5), "schedule": "step", "clip_norm": 1.0},
    ],
)
def test_a_member_with_these_knobs_is_what_a_plain_loop_trains(knobs):
    knobs = {"units": 9, "learning_rate": 0.02, "batch": 13, "epochs": 4, **knobs}
    dataset, study = make_dataset(), make_study()
    own = settings_from(knobs)
    steps = 4 * 6

    def make(optimizer):
        return torch.optim.lr_scheduler.LambdaLR(
            optimizer, lambda step: factor_at(own, min(step, steps - 1), steps)
        )

    def optimizer(groups):
        return torch.optim.AdamW(groups, lr=0.02, weight_decay=0.0)

    chunk = only_chunk(members_of(knobs, seeds=(4, 5)), dataset, study)
    population = fit(chunk, dataset, study, dtype=torch.float64)
    for number, seed in enumerate((4, 5)):
        network = loop(own, dataset, seed=seed, make=make, optimizer=optimizer).eval()
        x = torch.from_numpy(dataset.validation.x).double()
        with torch.no_grad():
            wanted = network(x)
            got = population.network.evaluate(population.validation_x)[number, :, :3]
        torch.testing.assert_close(got, wanted, rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize(
    "knobs",
    [
        {"schedule": "one_cycle", "optimizer": "sgd"},
        {"schedule": "cosine", "warmup": 0.5, "optimizer": "adam", "weight_decay": 0.1},
        {"clip_norm": 0.1, "units": 17, "layers": 2},
        {"label_smoothing": 0.1, "class_weights": "balanced"},
        {"input_noise": 0.3},
        {"batch_norm": True, "units": 17, "layers": 2, "activation": "sigmoid", "dropout": 0.2},
        {"batch_norm": True, "units": 10, "optimizer": "momentum"},
        {"batch_norm": True, "units": (9, 33), "dropout": 0.2, "clip_norm": 0.5},
    ],
)
@pytest.mark.parametrize("classes", [2, 3])
def test_each_is_the_same_alone_and_in_company(knobs, classes):
    knobs = {"units": 10, "epochs": 3, "batch": 13, "learning_rate": 0.02, **knobs}
    assert_same_in_company(knobs, dataset=make_dataset(classes=classes))


@settings(max_examples=30)
@given(
    smoothing=st.floats(0, 1),
    balanced=st.booleans(),
    classes=st.integers(2, 12),
    batch=st.integers(1, 9),
)
def test_softened_gradients_are_those_of_torchs_cross_entropy(smoothing, balanced, classes, batch):
    rng = np.random.default_rng(batch)
    members = [
        settings_from({"label_smoothing": smoothing}),
        settings_from({"class_weights": "balanced" if balanced else "none"}),
    ]
    y = np.concatenate([np.tile(np.arange(classes), (2, 1)), rng.integers(0, classes, (2, 20))], 1)
    loss = CategoricalCrossentropy(classes)
    softening = Softening(loss, members, y, classes=classes, dtype=torch.float64)
    outputs = torch.from_numpy(rng.normal(size=(2, batch, 16)))
    targets = torch.from_numpy(rng.integers(0, classes, (2, batch)))
    got = softening.gradient(outputs, targets)
    assert got[..., classes:].count_nonzero() == 0
    for number, own in enumerate(members):
        raw = outputs[number, :, :classes].clone().requires_grad_()
        weight = softening.weights[number] if own.class_weights == "balanced" else None
        functional.cross_entropy(
            raw, targets[number], weight, label_smoothing=own.label_smoothing
        ).backward()
        torch.testing.assert_close(got[number, :, :classes], raw.grad, rtol=1e-10, atol=1e-10)


def test_a_softened_sigmoid_weighs_classes_and_moves_targets_to_a_half():
    rng = np.random.default_rng(0)
    own = settings_from({"label_smoothing": 0.2, "class_weights": "balanced"})
    y = np.array([[0, 0, 0, 1, 0, 1, 0, 0]])
    softening = Softening(BinaryCrossentropy(1), [own], y, classes=2, dtype=torch.float64)
    outputs = torch.from_numpy(rng.normal(size=(1, 8, 32)))
    got = softening.gradient(outputs, torch.from_numpy(y))
    raw = outputs[0, :, 0].clone().requires_grad_()
    weight = torch.from_numpy(np.where(y[0] == 1, 8 / 4, 8 / 12))
    wanted = torch.from_numpy(y[0] * 0.8 + 0.1)
    losses = functional.binary_cross_entropy_with_logits(raw, wanted, weight, reduction="sum")
    (losses / weight.sum()).backward()
    torch.testing.assert_close(got[0, :, 0], raw.grad)
    assert got[..., 1:].count_nonzero() == 0


def test_balanced_weights_are_those_of_scikit_learn():
    y = np.array([0, 0, 0, 2, 1, 1])
    wanted = compute_class_weight("balanced", classes=np.arange(3), y=y)
    np.testing.assert_allclose(class_weights(y, classes=3), wanted)
    assert class_weights(y, classes=4)[3] == 0


def test_clipping_shortens_only_what_is_too_long():
    members = [settings_from({"clip_norm": limit}) for limit in (0.0, 1.0, 100.0)]
    tensors = [torch.full((3, 2, 2), 3.0), torch.full((3, 1, 4), 4.0)]
    Clipping(members, like=tensors[0]).shorten(tensors)
    lengths = [sum(float(t[m].square().sum()) for t in tensors) ** 0.5 for m in range(3)]
    assert lengths == pytest.approx([10, 1, 10], rel=1e-5)


def test_a_gradient_whose_square_overflows_is_left_alone_without_a_limit():
    tensor = torch.full((2, 1, 2), 1e30)
    members = [settings_from({"clip_norm": limit}) for limit in (0.0, 1.0)]
    Clipping(members, like=tensor).shorten([tensor])
    assert tensor[0].tolist() == [[pytest.approx(1e30)] * 2]
    assert tensor[1].tolist() == [[0.0, 0.0]]


def test_input_noise_has_its_deviation_and_is_the_members_own():
    noise = InputNoise([0.5, 0.0, 0.5], [0, 1, 2], features=50, study_seed=0)
    first, second = noise.draw(400), noise.draw(400)
    assert first[0].std() == pytest.approx(0.5, rel=0.02)
    assert not first[1].any()
    for a, b in ((first[0], second[0]), (first[0], first[2])):
        assert np.corrcoef(a.ravel(), b.ravel())[0, 1] == pytest.approx(0, abs=0.03)


@settings(max_examples=25)
@given(
    widths=st.lists(st.integers(1, 40), min_size=1, max_size=4),
    activation=st.sampled_from(sorted(MODULES)),
    batch=st.integers(2, 9),
)
def test_batch_norm_is_that_of_torch(widths, activation, batch):
    own = settings_from({"units": tuple(widths), "activation": activation})
    weights = [first_weights(own, (5, *widths, 3), study_seed=0, run_seed=s) for s in (0, 1)]
    population = PopulationMLP(weights, activation=activation, batch_norm=True, dtype=torch.float64)
    rng = np.random.default_rng(batch)
    x = torch.from_numpy(rng.normal(size=(batch, 5)))
    gradient = torch.zeros(2, batch, 16, dtype=torch.float64)
    gradient[:, :, :3] = torch.from_numpy(rng.normal(size=(batch, 3)))
    made = population.learn(population.prepared(x).expand(2, -1, -1))
    flat = population.backward(made, gradient)
    after = population.evaluate(population.prepared(x)[None])
    for number, member in enumerate(weights):
        layers: list[nn.Module] = []
        for w, b in member:
            linear = nn.Linear(*w.shape, dtype=torch.float64)
            linear.weight.data, linear.bias.data = torch.from_numpy(w.T.copy()), torch.from_numpy(b)
            norm = nn.BatchNorm1d(w.shape[1], dtype=torch.float64)
            layers += [linear, norm, MODULES[activation]()]
        network = nn.Sequential(*layers[:-2])
        outputs = network(x)
        (outputs * gradient[number, :, :3]).sum().backward()
        torch.testing.assert_close(made.outputs[number, :, :3], outputs, rtol=1e-9, atol=1e-9)
        norms = [layer for layer in network if isinstance(layer, nn.BatchNorm1d)]
        depth = len(widths)
        for layer, norm in enumerate(norms):
            gain = flat[2 * (depth + 1) + layer][number, 0]
            shift = flat[3 * depth + 2 + layer][number, 0]
            torch.testing.assert_close(
                gain[: widths[layer]], norm.weight.grad, rtol=1e-7, atol=1e-9
            )
            torch.testing.assert_close(shift[: widths[layer]], norm.bias.grad, rtol=1e-7, atol=1e-9)
            assert gain[widths[layer] :].count_nonzero() == 0
        linears = [layer for layer in network if isinstance(layer, nn.Linear)]
        for layer, linear in enumerate(linears):
            units, inputs = linear.weight.shape
            got = flat[layer][number, :inputs, :units].T
            torch.testing.assert_close(got, linear.weight.grad, rtol=1e-6, atol=1e-8)
        with torch.no_grad():
            wanted = network.eval()(x)
        torch.testing.assert_close(after[number, :, :3], wanted, rtol=1e-9, atol=1e-9)


def test_batch_norm_of_a_single_example_is_refused():
    norm = PopulationNorm(torch.tensor([3]), width=16, dtype=torch.float32)
    with pytest.raises(ValueError, match=r"knobs.batch_norm needs at least 2 examples .* got 1"):
        norm.learn(torch.zeros(1, 1, 16), torch.ones(1, 1, 1))


def measured(level, *, examples=4):
    losses = np.full((1, examples), float(level))
    outputs = np.full((1, examples, 3), 1 / 3, dtype=np.float32)
    return Measured(losses=losses, score=np.array([0.5]), outputs=outputs)


def test_patience_stops_after_that_many_epochs_without_a_new_best():
    dataset = make_dataset(train=8, validation=4)
    seen = Measurements(1, validation_examples=4, study_seed=0, patience=[2])
    levels = [5, 4, 3, 3.5, 3, 1, 0.5]
    for epoch, level in enumerate(levels):
        seen.record(epoch, averaged(np.full((1, 8), float(level))), measured(level))
    curves = seen.curves(0, dataset, loss="categorical_crossentropy", constant=1.0)
    assert curves.stopped_epoch == 4
    assert list(curves.validation_loss) == levels
    assert list(curves.counted.validation_loss) == levels[:5]
    assert curves.quantities()["validation_loss_end"] == 3
    assert curves.quantities()["validation_loss_best"] == 3
    assert curves.quantities()["stopped_epoch"] == 4
    assert curves.evidence.validation_loss_end.mean == 3
    assert curves.evidence.cross_fitted_loss.mean == 3
    assert curves.evidence.train_loss_end.mean == 3


def test_patience_changes_nothing_that_is_trained():
    dataset, study = make_dataset(), make_study()
    knobs = {"units": 64, "epochs": 30, "learning_rate": 0.1}
    members = members_of(knobs, {**knobs, "patience": 3})
    whole, stopped = train(only_chunk(members, dataset, study), dataset, study)
    assert whole.curves.stopped_epoch is None
    assert stopped.curves.stopped_epoch < 30
    np.testing.assert_array_equal(whole.curves.validation_loss, stopped.curves.validation_loss)


def test_a_run_that_diverges_after_patience_stopped_it_has_finished():
    dataset, study = make_dataset(classes=0), make_study()
    knobs = {"layers": 0, "optimizer": "sgd", "learning_rate": 30.0, "epochs": 30, "batch": "full"}
    members = members_of(knobs, {**knobs, "patience": 1})
    diverged, stopped = train(only_chunk(members, dataset, study), dataset, study)
    assert (diverged.ending, diverged.curves.stopped_epoch) == (Ending.DIVERGED, None)
    assert (stopped.ending, stopped.curves.stopped_epoch, stopped.reason) == (
        Ending.FINISHED, 1, "",
    )  # fmt: skip
    end = stopped.curves.evidence.validation_loss_end.mean
    assert end == pytest.approx(stopped.curves.validation_loss[1])
