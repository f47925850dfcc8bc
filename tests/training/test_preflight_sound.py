"""Preflight of networks without a fault, and what it leaves as it was."""

import numpy as np
import pytest
import torch
from torch import nn

from harness.errors import InputError
from harness.training.preflight import preflight
from tests.training.sound_networks import SOUND, sound


def failures(name, seed, **options):
    module, batch, loss = sound(name, seed)
    checks = preflight(module, batch, loss=loss, **options)
    return [check.line for check in checks if check.passed is False]


@pytest.mark.parametrize("name", SOUND)
def test_a_sound_network_raises_no_alarm(name):
    assert failures(name, 0) == []


@pytest.mark.parametrize(
    ("name", "rate", "optimizer"),
    [("batch norm", 3e-3, "adam"), ("perceptron", 3e-2, "momentum"), ("regression", 0.1, "sgd")],
)
def test_nor_does_a_sound_rate(name, rate, optimizer):
    assert failures(name, 1, learning_rate=rate, optimizer=optimizer) == []


@pytest.mark.long
@pytest.mark.parametrize("name", SOUND)
def test_nor_over_many_seeds(name):
    assert [line for seed in range(1, 21) for line in failures(name, seed)] == []


@pytest.mark.parametrize("name", ["dropout", "images", "lstm"])
def test_the_module_its_batch_and_all_generators_are_left_alone(name):
    module, (x, y), loss = sound(name, 3)
    module.train()
    module[-1].eval() if isinstance(module, nn.Sequential) else module.last.eval()
    modes = [part.training for part in module.modules()]
    state = {key: value.clone() for key, value in module.state_dict().items()}
    hooks = [len(part._forward_hooks) for part in module.modules()]
    inputs, targets = x.clone(), y.clone()
    # Not Python's own: beartype, which checks types in tests only, draws from it.
    before = torch.get_rng_state(), np.random.get_state()[1].tolist()
    threads = torch.get_num_threads()
    preflight(module, (x, y), loss=loss, learning_rate=1e-3 if name == "dropout" else None)
    after = torch.get_rng_state(), np.random.get_state()[1].tolist()
    assert torch.equal(before[0], after[0])
    assert before[1] == after[1]
    assert [part.training for part in module.modules()] == modes
    assert [len(part._forward_hooks) for part in module.modules()] == hooks
    assert all(torch.equal(value, state[key]) for key, value in module.state_dict().items())
    assert all(parameter.grad is None for parameter in module.parameters())
    assert torch.equal(inputs, x)
    assert torch.equal(targets, y)
    assert torch.get_num_threads() == threads


def test_the_same_seed_gives_the_same_lines():
    module, batch, loss = sound("dropout", 5)
    first = preflight(module, batch, loss=loss)
    torch.rand(3)
    assert preflight(module, batch, loss=loss) == first


def test_gradients_may_be_switched_off_where_it_is_called():
    module, batch, loss = sound("perceptron", 0)
    with torch.no_grad():
        checks = preflight(module, batch, loss=loss)
        assert not torch.is_grad_enabled()
    assert all(check.passed for check in checks)


def test_arrays_and_inputs_by_name_are_taken():
    class Named(nn.Module):
        def __init__(self):
            super().__init__()
            self.last = nn.Sequential(nn.Linear(9, 64), nn.ReLU(), nn.Linear(64, 3))

        def forward(self, age, rest):
            return {"logits": self.last(torch.cat([age, rest], 1))}

    with torch.random.fork_rng():
        torch.manual_seed(0)
        module = Named()
    draws = np.random.default_rng(0)
    rest = draws.normal(size=(64, 8)).astype(np.float32)
    inputs = {"rest": rest, "age": rest[:, :1] ** 2}
    checks = preflight(module, (inputs, draws.integers(3, size=64)))
    assert [check.line for check in checks if check.passed is False] == []
    assert checks[0].says == 'inputs["rest"] [64 × 8], inputs["age"] [64 × 1], all finite'


def test_a_loss_of_ones_own_is_held_against_its_first_value():
    module, (x, y), _ = sound("regression", 0)
    checks = {c.name: c for c in preflight(module, (x, y), loss=lambda o, t: (o - t).abs() ** 3)}
    assert checks["first loss"].passed is None
    assert checks["outputs and loss"].says.endswith("which only its author knows")
    assert checks["memorising"].passed
    assert "of the first loss left" in checks["memorising"].says
    falling = {c.name: c for c in preflight(module, (x, y), loss=lambda o, t: (o - t).abs() - 9)}
    assert falling["memorising"].says == "the loss begins at 0 or below, so there is no measure"


def test_shares_of_classes_are_memorised_down_to_their_entropy():
    module, (x, y), _ = sound("perceptron", 0)
    shares = 0.7 * nn.functional.one_hot(y, 3) + 0.1
    checks = preflight(module, (x, shares), loss=nn.CrossEntropyLoss())
    assert all(check.passed for check in checks)


LINEAR = nn.Linear(4, 2)
ROWS = torch.ones(8, 4)
CLASSES = torch.zeros(8, dtype=torch.int64)


@pytest.mark.parametrize(
    ("module", "batch", "options", "message"),
    [
        (LINEAR, ROWS, {}, r"batch must be a pair, \(inputs, targets\), got Tensor"),
        (LINEAR, (ROWS,), {}, "got 1 things"),
        (LINEAR, ("a", CLASSES), {}, "batch: inputs must be a tensor, got str"),
        (LINEAR, (ROWS, [0, 1]), {}, "batch: targets must be a tensor, got list"),
        (LINEAR, (ROWS[:5], CLASSES), {}, "inputs and targets must have as many rows, got 5 and 8"),
        (LINEAR, (ROWS[:1], CLASSES[:1]), {}, "must hold at least 2 examples, got 1"),
        (LINEAR, (ROWS, torch.tensor(1.0)), {}, "targets must have a row for each example"),
        (LINEAR, (ROWS[:, :3], CLASSES), {}, "^Linear: raised RuntimeError: mat1 and mat2 shapes"),
        (nn.LSTM(4, 2), (ROWS, CLASSES), {}, "LSTM: raised .* must return a tensor, got tuple"),
        (nn.Linear, (ROWS, CLASSES), {}, "preflight needs a torch.nn.Module, got type"),
        (LINEAR, (ROWS, CLASSES), {"loss": "rmse"}, 'loss must be one of mse, .*, got "rmse"'),
        (LINEAR, (ROWS, CLASSES), {"loss": 3}, "loss must be a name, or a function .*, got int"),
        (LINEAR, (ROWS, CLASSES), {"learning_rate": 0.0}, "must be above 0 and finite, got 0"),
        (LINEAR, (ROWS, CLASSES), {"optimizer": "lion"}, 'one of sgd, .* adamw, got "lion"'),
    ],
)
def test_what_cannot_be_looked_at_is_one_line(module, batch, options, message):
    with pytest.raises(InputError, match=message) as raised:
        preflight(module, batch, **options)
    assert len(str(raised.value).splitlines()) == 1
