import random
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_digits

from harness.data import Task, load
from harness.data.sources import BUILT_IN
from harness.errors import DataError
from harness.study import DataSource, Points, Split


def loaded(source=None, *, seed=0, loss=None, **options):
    return load(DataSource(source=source, **options), folder=Path(), seed=seed, loss=loss)


@pytest.mark.parametrize("name", BUILT_IN)
def test_every_built_in_set_is_ready_to_train_on(name):
    data = loaded(name)
    for part in (data.train, data.validation, data.test):
        assert part.x.dtype == np.float32
        assert part.x.flags.c_contiguous
        assert np.all(np.isfinite(part.x))
        assert part.x.shape[1] == data.features == len(data.feature_names)
        assert len(part.y) == len(part) > 0
    if data.task == Task.CLASSIFICATION:
        assert data.train.y.dtype == np.int64
        assert set(data.train.y.tolist()) == set(range(data.classes))
    else:
        assert data.train.y.dtype == np.float32
        assert data.train.y.shape == (len(data.train), 1)
        assert data.classes == 0


def test_digits_are_those_of_scikit_learn():
    theirs = load_digits()
    data = loaded("digits", split=Split(train=1.0, validation=0.0, test=0.0))
    assert data.train.x.tolist() == (theirs.data / 16).tolist()
    assert data.train.y.tolist() == theirs.target.tolist()
    assert list(data.feature_names) == theirs.feature_names
    assert list(data.class_names) == [str(name) for name in theirs.target_names]


def test_digits_lie_in_0_to_1_and_are_cut_60_20_20():
    data = loaded("digits")
    assert data.train.x.min() == 0
    assert data.train.x.max() == 1
    assert [len(part) for part in (data.train, data.validation, data.test)] == [1078, 360, 359]


@pytest.mark.parametrize("name", [n for n, each in BUILT_IN.items() if each.standardize])
def test_sets_with_units_are_standardised_by_the_training_part(name):
    data = loaded(name)
    np.testing.assert_allclose(data.train.x.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(data.train.x.std(axis=0), 1, atol=1e-5)


def test_a_regressions_target_goes_back_to_its_own_unit():
    raw, scaled = loaded("diabetes", standardize=False), loaded("diabetes")
    back = scaled.validation.y * scaled.target_scale + scaled.target_mean
    np.testing.assert_allclose(back, raw.validation.y, rtol=1e-5)
    assert raw.target_mean == 0


@pytest.mark.parametrize("name", ["linear", "polynomial"])
def test_generated_numbers_have_the_signal_and_noise_they_claim(name):
    clean = loaded(name, examples=20000, noise=0.0, dimensions=2)
    noisy = loaded(name, examples=20000, noise=0.5, dimensions=2)
    assert np.var(clean.train.y) == pytest.approx(1, abs=0.05)
    assert np.std(noisy.train.y - clean.train.y) == pytest.approx(0.5, abs=0.02)
    assert "mse is below 0.25" in noisy.notes[0]
    absolute = np.mean(np.abs(noisy.train.y - clean.train.y))
    (note,) = loaded(name, noise=0.5, loss="mae").notes
    assert float(note.rpartition("no network's true mae is below ")[2]) == pytest.approx(
        absolute, abs=0.01
    )


def test_generated_numbers_claim_no_floor_of_another_loss():
    for loss in ("huber", "output"):
        (note,) = loaded("linear", noise=0.5, loss=loss).notes
        assert note == "before scaling the signal has variance 1, the noise deviation 0.5"


def test_spirals_without_noise_are_two_arms_half_a_turn_apart():
    data = loaded("spirals", noise=0.0)
    x, y = data.train.x.astype(np.float64), data.train.y
    radius = np.hypot(x[:, 0], x[:, 1])
    turned = np.arctan2(x[:, 1], x[:, 0]) - 3 * np.pi * radius - np.pi * y
    np.testing.assert_allclose(np.cos(turned), 1, atol=1e-6)


def test_mnist1d_leaves_the_global_generators_alone():
    random.seed(5)
    before = random.getstate()
    kept = np.random.get_state()[1].copy()
    data = loaded("mnist1d", examples=100)
    assert random.getstate() == before
    assert np.array_equal(np.random.get_state()[1], kept)
    assert (data.features, data.classes) == (40, 10)


def test_modular_addition_holds_every_pair_once_with_its_sum():
    data = loaded("modular-addition", modulus=7)
    parts = (data.train, data.validation, data.test)
    x, y = (np.concatenate([getattr(part, name) for part in parts]) for name in "xy")
    assert (x.shape, data.classes) == ((49, 14), 7)
    assert np.all(x.sum(axis=1) == 2)
    pairs = [(int(a), int(b) - 7) for a, b in (np.flatnonzero(row) for row in x)]
    assert sorted(pairs) == [(a, b) for a in range(7) for b in range(7)]
    assert [int(data.class_names[k]) for k in y] == [(a + b) % 7 for a, b in pairs]
    assert data.feature_names[6:9] == ("a=6", "b=0", "b=1")


def test_modular_addition_takes_only_a_modulus_and_the_split_by_the_seed():
    first, second = (loaded("modular-addition", modulus=7, seed=seed) for seed in (0, 1))
    assert first.fingerprint != second.fingerprint


def test_the_seed_decides_everything():
    assert loaded("moons", seed=3).fingerprint == loaded("moons", seed=3).fingerprint
    assert loaded("moons", seed=3).fingerprint != loaded("moons", seed=4).fingerprint
    assert loaded("iris", seed=3).fingerprint != loaded("iris", seed=4).fingerprint


def test_standardising_changes_the_fingerprint():
    raw = loaded("iris", standardize=False)
    assert loaded("iris").fingerprint == loaded("iris", standardize=True).fingerprint
    assert loaded("iris").fingerprint != raw.fingerprint


def test_points_all_train_in_the_order_given():
    data = loaded(points=Points(x=((0, 0), (0, 1), (1, 0), (1, 1)), y=(0, 1, 1, 0)))
    assert data.train.x.tolist() == [[0, 0], [0, 1], [1, 0], [1, 1]]
    assert data.train.y.tolist() == [0, 1, 1, 0]
    assert (len(data.validation), len(data.test)) == (0, 0)
    assert data.class_names == ("0", "1")
    assert data.validation.x.shape == (0, 2)


def test_points_with_a_regression_loss_are_numbers():
    data = loaded(points=Points(x=((0,), (1,)), y=(0, 1)), loss="mse")
    assert data.task == Task.REGRESSION
    assert data.train.y.tolist() == [[0], [1]]


def test_one_point_of_class_1_is_still_one_of_two_classes():
    data = loaded(points=Points(x=((2.0,),), y=(1,)), loss="binary_crossentropy")
    assert (data.class_names, data.train.y.tolist()) == (("0", "1"), [1])


def test_points_may_name_their_classes():
    data = loaded(points=Points(x=((0,), (1,), (2,)), y=("no", "yes", "no")))
    assert data.class_names == ("no", "yes")
    assert data.train.y.tolist() == [0, 1, 0]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"source": "digit"},
            r'data.source must be one of digits, .*got "digit"; did you mean dig',
        ),
        ({"source": "my_data.py"}, r'must name a function of my_data.py too: "my_data.py:load"'),
        ({"source": "mnist1d", "examples": 9}, r"mnist1d: data.examples must be at least 10"),
        (
            {"source": "modular-addition", "modulus": 257},
            r"modular-addition: data.modulus must lie in 2..256, .*, got 257",
        ),
        ({"source": "modular-addition", "modulus": 1}, r"must lie in 2..256, .*, got 1"),
        (
            {"source": "modular-addition", "examples": 9},
            r"data.examples acts on .*mnist1d only, not on modular-addition",
        ),
        ({"source": "digits", "modulus": 9}, r"data.modulus acts on modular-addition only"),
        ({"source": "moons", "examples": 1}, r"moons: target class is constant"),
        ({"source": "circles", "examples": 1}, r"circles: target class is constant"),
        ({"source": "spirals", "examples": 1}, r"spirals: target class is constant"),
        ({"source": "linear", "examples": 2}, r"linear: 2 rows are too few"),
        ({"points": Points(x=((1,),), y=("a",))}, r"must hold two classes or more, got only a"),
        ({"source": "churn.xls"}, r"a file \(.csv, .parquet, .npz\)"),
        ({"source": "digits", "noise": 0.1}, r"data.noise acts on moons, circles, .*not on digits"),
        ({"source": "moons", "target": "y"}, r"data.target acts on files only, not on moons"),
        ({"source": "digits", "loss": "mse"}, r"digits: target digit holds classes, so"),
        ({"source": "diabetes", "loss": "binary_crossentropy"}, r"holds numbers, so training.loss"),
        ({"source": "iris", "loss": "binary_crossentropy"}, r"holds 3 classes \(setosa, "),
        (
            {"source": "moons", "examples": 20, "split": Split(validation=0.01)},
            r"moons: 20 rows are too few for data.split.validation = 0.01, which would be empty",
        ),
        (
            {"source": "mnist1d", "examples": 20},
            r"mnist1d: target digit: class 0 has 2 examples, but 3 parts need at least 3",
        ),
    ],
)
def test_what_cannot_be_made_is_said_in_one_line(options, message):
    with pytest.raises(DataError, match=message) as error:
        loaded(**options)
    assert all("\n" not in fault for fault in error.value.faults)
