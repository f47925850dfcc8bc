"""Item 14: a sequence and a graph of layers are one network; the Keras text beside it runs."""

import os
from pathlib import Path

import pytest

import harness
from harness import setting_of

pytestmark = pytest.mark.long
NAME = "14-two-ways-to-write-it"
LECTURE = Path(__file__).parents[2] / "studies" / "lecture"


def keras_text(name):
    return harness.read_study(LECTURE / f"{name}.toml").lesson.keras


def test_sequence_and_graph_have_the_same_verdict_and_losses(taught):
    one, other = (setting_of(taught(NAME), name) for name in ("sequence", "graph"))
    for a, b in zip(one.runs, other.runs, strict=True):
        assert a.curves.train_loss == pytest.approx(b.curves.train_loss, abs=1e-5)
        assert a.verdict.kind == b.verdict.kind


def test_every_claim_is_confirmed(outcomes):
    assert list(outcomes(NAME).values()) == ["confirmed"] * 3


@pytest.mark.parametrize("name", [NAME, "14b-convolutional-and-recurrent"])
def test_the_keras_text_is_python_of_today(name):
    text = keras_text(name)
    compile(text, name, "exec")
    assert "input=" not in text.replace("keras.Input", "")
    assert "output=" not in text


def test_keras_counts_the_same_parameters():
    os.environ.setdefault("KERAS_BACKEND", "torch")
    pytest.importorskip("keras", reason="Keras is an extra: pip install .[keras]")
    made = {}
    exec(keras_text(NAME), made)
    sizes = [made[name].count_params() for name in ("model", "graph", "two_inputs")]
    assert sizes == [25450, 25450, 20746]
    exec(keras_text("14b-convolutional-and-recurrent"), made)
    assert made["convolutional"].count_params() == 2474
    assert made["recurrent"].count_params() == 3130 - 4 * 24
