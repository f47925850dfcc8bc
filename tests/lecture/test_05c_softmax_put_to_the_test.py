"""Item 5: five endings of a network for ten digits, against torch's own losses."""

import numpy as np
import pytest
import torch
from torch.nn import functional

import harness
from tests.lecture.conftest import LECTURE

pytestmark = pytest.mark.long

NAME = "05c-softmax-put-to-the-test"


def train_loss(ending, sums, labels):
    wanted = functional.one_hot(labels, 10).double()
    match ending:
        case "softmax, cross-entropy":
            return functional.cross_entropy(sums, labels)
        case "sigmoids, cross-entropy":
            return 10 * functional.binary_cross_entropy_with_logits(sums, wanted)
        case "softmax, squared error":
            return 10 * functional.mse_loss(sums.softmax(1), wanted)
        case "sigmoids, squared error":
            return 10 * functional.mse_loss(sums.sigmoid(), wanted)
        case _:
            return 10 * functional.mse_loss(sums, wanted)


def test_every_ending_has_the_loss_that_torch_has(taught):
    x = harness.prepare(str(LECTURE / f"{NAME}.toml")).dataset.train.x
    x, labels = torch.tensor(x[:, :-1]).double(), torch.tensor(x[:, -1]).long()
    for setting in taught(NAME).settings:
        run, ending = setting.runs[0], dict(setting.trial.settings.own)["ending"]
        w1, b1, w2, b2 = (
            torch.tensor(run.trace.of(name)[-1]).double()
            for name in ("hidden.weight", "hidden.bias", "last.weight", "last.bias")
        )
        sums = functional.linear(functional.linear(x, w1, b1).relu(), w2, b2)
        expected = float(train_loss(ending, sums, labels))
        assert run.curves.train_loss[-1] == pytest.approx(expected, rel=1e-4)


def test_no_label_gets_into_the_network(taught):
    run = taught(NAME).runs[0]
    assert run.trace.of("hidden.weight").shape[2] == 64


def test_softmax_is_not_the_only_one_that_works(outcomes):
    found = outcomes(NAME)
    assert found.pop("For several classes softmax with cross-entropy is the only choice") == (
        "contradicted"
    )
    faster = "Softmax with cross-entropy learns faster than "
    assert found.pop(faster + "softmax with squared error") == "undecided"
    assert set(found.values()) == {"confirmed"}
    assert len(found) == 5


def test_the_best_rate_of_each_ending_finds_nine_digits_of_ten(taught):
    table = next(part for part in taught(NAME).showing.parts if part.title.startswith("Every"))
    best = {}
    for name, _, _, end in table.rows:
        best[name] = max(best.get(name, 0), float(end.split(" ± ")[0]))
    assert len(best) == 5
    assert np.min(list(best.values())) > 0.9
