"""A member is the same run alone or in company, bit for bit on one thread."""

import numpy as np
import pytest

from harness.study.knobs import ACTIVATIONS, OPTIMIZERS
from harness.training import fit, plan
from tests.training.conftest import make_dataset, make_study, members_of, only_chunk


def parameters(members, dataset, study, *, position):
    """Trained weights and biases of one member of a population."""
    return fit(only_chunk(members, dataset, study), dataset, study).parameters_of(position)


def assert_same_in_company(knobs, *, dataset, loss=None, company=(2, 7)):
    """The member of seed 3 alone equals itself among others of other seeds and knobs."""
    study = make_study(loss=loss)
    alone = parameters(members_of(knobs, seeds=(3,)), dataset, study, position=0)
    for size in company:
        before = members_of({**knobs, "learning_rate": 0.3, "l2": 0.01}, seeds=range(10, 9 + size))
        position = size // 2
        here = members_of(knobs, seeds=(3,))
        members = [*before[:position], *here, *before[position:]]
        among = parameters(members, dataset, study, position=position)
        for layer, other in zip(alone, among, strict=True):
            for one, another in zip(layer, other, strict=True):
                np.testing.assert_array_equal(one, another)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("units", [10, 17])
def test_every_activation(activation, units):
    knobs = {"units": units, "layers": 2, "activation": activation, "dropout": 0.3, "epochs": 2}
    assert_same_in_company({**knobs, "learning_rate": 0.01}, dataset=make_dataset())


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("outputs", [3, 10])
def test_every_optimizer_with_an_odd_last_batch(optimizer, outputs):
    knobs = {"units": 10, "optimizer": optimizer, "epochs": 3, "batch": 13, "learning_rate": 0.01}
    assert_same_in_company(knobs, dataset=make_dataset(classes=outputs, train=80))


@pytest.mark.parametrize("activation", ["relu", "sigmoid"])
def test_a_wide_network_among_sixty_four(activation):
    knobs = {"units": 100, "activation": activation, "epochs": 1, "dropout": 0.5}
    assert_same_in_company(knobs, dataset=make_dataset(classes=10), company=(2, 7, 24))


def test_sixty_four_narrow_members():
    knobs = {"units": 10, "epochs": 2, "activation": "tanh", "optimizer": "momentum"}
    assert_same_in_company(knobs, dataset=make_dataset(), company=(64,))


@pytest.mark.parametrize("batch", ["stochastic", "full", 1, 31])
@pytest.mark.parametrize("activation", ["relu", "softplus"])
def test_every_batch_strategy(batch, activation):
    knobs = {"units": 17, "batch": batch, "activation": activation, "epochs": 2}
    assert_same_in_company({**knobs, "learning_rate": 0.01}, dataset=make_dataset(classes=10))


@pytest.mark.parametrize(
    ("loss", "classes"),
    [("binary_crossentropy", 2), ("categorical_crossentropy", 2), ("mse", 0), ("huber", 0),
     ("mae", 0), ("mse", 3), ("output", 0)],
)  # fmt: skip
@pytest.mark.parametrize("batch", [1, 13])
def test_every_loss(loss, classes, batch):
    knobs = {"units": 10, "epochs": 2, "batch": batch, "activation": "elu", "l1": 1e-3}
    assert_same_in_company(knobs, dataset=make_dataset(classes=classes), loss=loss)


@pytest.mark.parametrize("knobs", [{"train_size": 0.5}, {"train_size": 41}, {"label_noise": 0.3}])
def test_a_part_of_the_data_and_noisy_labels(knobs):
    assert_same_in_company({"units": 10, "epochs": 2, **knobs}, dataset=make_dataset())


APART = (
    {}, {"label_smoothing": 0.3}, {"class_weights": "balanced"}, {"clip_norm": 0.01},
    {"input_noise": 1.0}, {"patience": 2}, {"l1": 0.01}, {"weight_decay": 0.1}, {"dropout": 0.4},
)  # fmt: skip


def trained(members, dataset, study):
    """Parameters of every member by trial's settings and seed, in as many chunks as planned."""
    found = {}
    for chunk in plan(members, dataset, study):
        population = fit(chunk, dataset, study)
        for number, member in enumerate(chunk.members):
            found[member.trial.settings, member.seed] = population.parameters_of(number)
    return found


@pytest.mark.parametrize("classes", [2, 3])
def test_a_knob_that_others_have_changes_no_bit_of_a_member_without_it(classes):
    dataset, study = make_dataset(classes=classes), make_study()
    knobs = {"units": 10, "epochs": 3, "batch": 13, "learning_rate": 0.02}
    tables = [{**knobs, **own} for own in APART]
    among = trained(members_of(*tables, seeds=(1, 0)), dataset, study)
    for table in tables:
        for key, alone in trained(members_of(table), dataset, study).items():
            for layer, other in zip(alone, among[key], strict=True):
                for one, another in zip(layer, other, strict=True):
                    np.testing.assert_array_equal(one, another)


def test_whole_curves_and_evidence_agree_too():
    from harness.training import train

    dataset, study = make_dataset(), make_study()
    knobs = {"units": 10, "epochs": 4, "dropout": 0.2, "learning_rate": 0.01}
    (alone,) = train(only_chunk(members_of(knobs, seeds=(3,)), dataset, study), dataset, study)
    members = members_of(knobs, seeds=(1, 3, 2))
    among = train(only_chunk(members, dataset, study), dataset, study)[1]
    assert alone.curves is not None
    assert among.curves is not None
    assert alone.curves.equals(among.curves)
