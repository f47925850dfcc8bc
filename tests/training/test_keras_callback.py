"""The Keras callback: in real Keras trainings where Keras is installed."""

import os

import numpy as np
import pytest

import harness
from harness.errors import CallbackError
from harness.judge import Kind

os.environ.setdefault("KERAS_BACKEND", "torch")
keras = pytest.importorskip("keras", reason="Keras is an extra: pip install .[keras]")

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation")  # Keras' own


def examples(count, *, seed):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(count, 20)).astype("float32")
    y = (x[:, 0] + 0.7 * rng.normal(size=count) > 0).astype("int64")
    return x, y


TRAIN, VALIDATION = examples(80, seed=0), examples(200, seed=1)


def network():
    keras.utils.set_random_seed(7)
    layers = [keras.layers.Dense(64, "relu"), keras.layers.Dropout(0.2), keras.layers.Dense(2)]
    model = keras.Sequential([keras.Input((20,)), *layers])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.01), loss, metrics=["accuracy"])
    return model


def fit(*callbacks, epochs):
    model = network()
    history = model.fit(
        *TRAIN,
        batch_size=16,
        epochs=epochs,
        validation_data=VALIDATION,
        callbacks=list(callbacks),
        verbose=0,
    )
    return model, history.history


def callback(**options):
    lines = []
    given = {"train": TRAIN, "validation": VALIDATION} | options
    return harness.keras_callback(say=lines.append, **given), lines


def each(model, x, y):
    return keras.losses.sparse_categorical_crossentropy(y, model(x, training=False), True)


def test_an_overfitting_training_is_judged_and_told_while_it_runs():
    watching, lines = callback()
    model, history = fit(watching, epochs=25)
    assert watching.verdict.kind is Kind.TRAINED_TOO_LONG
    assert "trained too long already" in lines[0]
    assert list(watching.curves.epochs) == list(range(26))
    assert watching.curves.validation_loss[1:] == pytest.approx(history["val_loss"], rel=1e-4)
    assert watching.curves.validation_score[1:] == pytest.approx(history["val_accuracy"])
    loss = model.evaluate(*TRAIN, verbose=0)[0]
    assert watching.curves.train_loss[-1] == pytest.approx(loss, rel=1e-5)


def test_weights_and_history_are_the_same_with_and_without_it():
    (watched, told), (alone, plain) = fit(callback()[0], epochs=4), fit(epochs=4)
    assert told == plain
    for mine, others in zip(watched.get_weights(), alone.get_weights(), strict=True):
        assert np.array_equal(mine, others)


def test_losses_of_every_example_give_evidence():
    watching, _ = callback(loss=each, train_examples=50)
    fit(watching, epochs=5)
    assert watching.curves.evidence.rise.n == 200
    assert watching.curves.train_examples == 50
    end = watching.curves.evidence.validation_loss_end.mean
    assert end == pytest.approx(watching.curves.validation_loss[-1])


def test_it_can_stop_the_training():
    watching, _ = callback(stop=True)
    fit(watching, epochs=40)
    assert watching.curves.epochs[-1] < 40


def test_without_data_what_fit_reports_is_judged_and_said():
    watching, lines = callback(train=None, validation=None)
    _, history = fit(watching, epochs=6)
    assert "training loss is averaged over an epoch in training mode" in lines[0]
    assert list(watching.curves.epochs) == list(range(1, 7))
    assert watching.curves.validation_loss == pytest.approx(history["val_loss"])


@pytest.mark.parametrize("given", [{}, {"train": None, "validation": None}])
def test_a_second_fit_begins_new_curves_and_one_that_goes_on_does_not(given):
    watching, lines = callback(**given)
    model, _ = fit(watching, epochs=4)
    more = {"batch_size": 16, "validation_data": VALIDATION, "verbose": 0}
    model.fit(*TRAIN, epochs=6, initial_epoch=4, callbacks=[watching], **more)
    assert list(watching.curves.epochs)[-6:] == [1, 2, 3, 4, 5, 6]
    model.fit(*TRAIN, epochs=2, callbacks=[watching], **more)
    assert list(watching.curves.epochs)[-2:] == [1, 2]
    assert len(watching.curves.epochs) <= 3
    assert not any("the curves begin at epoch" in line for line in lines)


def test_options_that_do_not_go_together_are_refused():
    with pytest.raises(CallbackError, match="give train= and validation=, or neither"):
        callback(train=None)
    with pytest.raises(CallbackError, match=r"loss= needs arrays: train=\(x, y\)"):
        callback(train=[1], validation=[1], loss=each)
    with pytest.raises(CallbackError, match="every_n_epochs must be at least 1, got 0"):
        callback(every_n_epochs=0)
    mean, _ = callback(loss=lambda model, x, y: keras.ops.mean(each(model, x, y)))
    with pytest.raises(CallbackError, match=r"one loss for each example, \[80\], got \[\]"):
        fit(mean, epochs=1)
    named, _ = callback(score="f1")
    with pytest.raises(CallbackError, match='score="f1" is not reported; there are'):
        fit(named, epochs=1)
