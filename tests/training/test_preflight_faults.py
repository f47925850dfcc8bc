"""Preflight: a planted fault of each kind is found, and its line names the remedy."""

import re

import pytest
import torch
from torch import nn
from torch.nn import functional

from harness.training.preflight import preflight
from harness.training.preflight.criteria import criterion_of
from harness.training.preflight.endings import ending

COUNT = 96


@pytest.fixture
def seeded_weights():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        yield


pytestmark = pytest.mark.usefixtures("seeded_weights")


def table(features=8):
    return torch.randn(COUNT, features, generator=torch.Generator().manual_seed(1))


def labels(classes=3):
    return torch.randint(classes, (COUNT,), generator=torch.Generator().manual_seed(2))


def amounts():
    return torch.randn(COUNT, 1, generator=torch.Generator().manual_seed(3))


def mlp(outputs, *ends, features=8, width=48):
    return nn.Sequential(nn.Linear(features, width), nn.ReLU(), nn.Linear(width, outputs), *ends)


def asked(module, inputs, targets, loss=None, **options):
    """The checks by name; what follows from a fault may fail too."""
    return {c.name: c for c in preflight(module, (inputs, targets), loss=loss, **options)}


def assert_found(check, says, advice):
    assert check.passed is False, check
    assert re.search(says, check.says), check.says
    assert re.search(advice, check.advice), check.advice


class Calls(nn.Module):
    """An MLP whose forward pass is spoiled by a function of the module and its last layer."""

    def __init__(self, forward, outputs=3, width=48):
        super().__init__()
        self.first, self.second = nn.Linear(8, width), nn.Linear(width, width)
        self.last = nn.Linear(width, outputs)
        self.spoiled = forward

    def hidden(self, x):
        return functional.relu(self.second(functional.relu(self.first(x))))

    def forward(self, x):
        return self.spoiled(self, x)


@pytest.mark.parametrize(
    ("end", "loss", "classes", "outputs", "says"),
    [
        (nn.Softmax(1), nn.CrossEntropyLoss(), 3, 3, "from a softmax, and CrossEntropyLoss"),
        (nn.Sigmoid(), nn.CrossEntropyLoss(), 3, 3, "from a sigmoid"),
        (nn.Sigmoid(), nn.BCEWithLogitsLoss(), 2, 1, "BCEWithLogitsLoss applies a sigmoid"),
        (nn.Sigmoid(), "binary_crossentropy", 2, 1, "from a sigmoid, and binary_crossentropy"),
        (nn.ReLU(), nn.BCEWithLogitsLoss(), 2, 1, "a relu, which leaves no logit below 0"),
        (nn.Tanh(), nn.CrossEntropyLoss(), 3, 3, "tanh, which keeps logits within -1..1"),
    ],
)
def test_an_activation_before_the_loss_of_logits(end, loss, classes, outputs, says):
    targets = labels(classes)[:, None].float() if outputs == 1 else labels(classes)
    made = mlp(outputs, end)(table())
    check = ending(criterion_of(loss, made.detach(), targets), made, targets)
    assert_found(check, says, "let the network end in its last layer")


def test_a_sigmoid_is_found_behind_a_squeeze_and_a_clone():
    module = mlp(1, nn.Sigmoid(), nn.Flatten(0), nn.Unflatten(0, (-1, 1)))
    check = asked(module, table(), labels(2))["last activation"]
    assert_found(check, "from a sigmoid", "without an activation")


def test_a_softmax_by_hand_sums_to_one():
    module = Calls(lambda m, x: (e := m.last(m.hidden(x)).exp()) / e.sum(1, keepdim=True))
    check = asked(module, table(), labels())["last activation"]
    assert_found(check, "sum to 1 already", "without an activation")


def test_a_sigmoid_by_hand_shows_once_it_is_trained():
    module = Calls(lambda m, x: 1 / (1 + (-4 * m.last(m.hidden(x))).exp()), outputs=1)
    check = asked(module, table(), labels(2))["last activation"]
    assert_found(check, r"trained outputs stay from 0.\d+ to (0.9|1.0)", "without an activation")


def test_outputs_that_cannot_reach_their_targets():
    made = mlp(1, nn.ReLU())(table())
    mse = criterion_of(None, made.detach(), amounts())
    check = ending(mse, made, amounts())
    assert_found(check, "from a relu, 0 and more, and targets reach from -", "last layer")
    assert ending(mse, made, amounts().abs()).passed


@pytest.mark.parametrize(
    ("outputs", "targets", "loss", "says", "advice"),
    [
        (1, labels(2), nn.CrossEntropyLoss(), "over 1 output is always 0", "for each class"),
        (3, labels(4), None, "from 0 to 3, and 3 outputs have classes 0 to 2", "give 4 outputs"),
        (3, labels(3) + 1, None, "from 1 to 3", "from 0: targets - 1"),
        (3, labels()[:, None], nn.CrossEntropyLoss(), r"\[96 × 1\], .* takes \[96\]", "squeeze"),
        (3, functional.one_hot(labels(), 3), nn.CrossEntropyLoss(), "takes", r"argmax\(1\)"),
        (3, labels().float(), nn.CrossEntropyLoss(), "float32, and", r"targets.long\(\)"),
        (3, labels(3), nn.NLLLoss(), "no logs of probabilities", "a log_softmax, or take Cross"),
        (1, labels(2), nn.BCEWithLogitsLoss(), "equal shapes", r"outputs.squeeze\(1\)"),
        (1, labels(2)[:, None], nn.BCEWithLogitsLoss(), "int64", r"targets.float\(\)"),
        (1, labels(2)[:, None] * 2.0 - 1, nn.BCEWithLogitsLoss(), "from -1 to 1", r"\+ 1\) / 2"),
        (1, labels(2)[:, None] + 1.0, nn.BCEWithLogitsLoss(), "from 1 to 2", "targets - 1"),
        (1, labels(2)[:, None].float(), nn.BCELoss(), "takes probabilities", "BCEWithLogitsLoss"),
        (3, labels(2).float(), nn.BCEWithLogitsLoss(), "equal shapes", "take categorical"),
        (1, amounts()[:, 0], nn.MSELoss(), "compared with every target, 96 × 96", "unsqueeze"),
        (2, amounts(), nn.MSELoss(), r"outputs are \[96 × 2\] and targets \[96 × 1\]", "give one"),
        (1, labels(3)[:, None], nn.MSELoss(), "3 different ones", "for classes take cross-entropy"),
    ],
)
def test_outputs_targets_and_loss_that_do_not_belong_together(outputs, targets, loss, says, advice):
    found = asked(mlp(outputs), table(), targets, loss)
    assert_found(found["outputs and loss"], says, advice)
    assert "memorising" not in found


def test_softmax_before_a_loss_of_logs_is_named():
    check = asked(mlp(3, nn.Softmax(1)), table(), labels(), nn.NLLLoss())["outputs and loss"]
    assert_found(check, "the outputs are probabilities", "log_softmax in place of softmax")


def test_a_first_loss_far_above_the_constants():
    module = mlp(3)
    nn.init.normal_(module[-1].weight, std=20)
    check = asked(module, table(), labels())["first loss"]
    assert_found(check, r"\d\d.*, and 1.\d+ for the best constant", "smaller last weights")
    check = asked(mlp(1), table(), 50 + amounts())["first loss"]
    assert_found(check, "for the best constant prediction", "standardise the targets")


@pytest.mark.parametrize(
    ("spoiled", "says", "advice"),
    [
        (lambda m, x: m.last(functional.relu(m.first(x))), "second.weight", "use it in forward"),
        (lambda m, x: m.last(m.hidden(x).detach()), r"first.bias, .*\(?never", "use it in forw"),
        (lambda m, x: m.last(m.hidden(x)).detach(), "not depend on any parameter", "detach"),
        (lambda m, x: m.last(m.hidden(x).round() * 1.0), "the gradient is 0", "argmax, round"),
        (lambda m, x: m.last((m.hidden(x) * 0).sqrt()), "nan or inf in the grad", "square root"),
    ],
)
def test_parameters_without_a_sound_gradient(spoiled, says, advice):
    check = asked(Calls(spoiled), table(), labels())["gradients"]
    assert_found(check, says, advice)


def test_frozen_parameters_are_no_fault_but_nothing_to_train_is():
    module = mlp(3)
    module[0].requires_grad_(False)
    assert asked(module, table(), labels())["gradients"].passed
    module.requires_grad_(False)
    check = asked(module, table(), labels())["gradients"]
    assert_found(check, "no parameter is trained", "requires_grad = True")


def test_a_network_that_sees_half_of_nothing_memorises_nothing():
    module = Calls(lambda m, x: m.last(m.hidden(x.mean(0, keepdim=True).expand_as(x))))
    check = asked(module, table(), labels())["memorising"]
    assert_found(check, r"\d+% of a constant prediction's is left on 32 exa", "wider or deeper")


def test_a_network_that_breaks_at_its_first_step():
    first = []

    def spoiled(m, x):
        weights = m.last.weight.detach().clone()
        first.append(weights)
        return m.last(m.hidden(x)) * (1.0 if torch.equal(weights, first[0]) else torch.nan)

    found = asked(Calls(spoiled), table(), labels(), learning_rate=0.01)
    assert_found(found["memorising"], "the loss diverges after 1 steps of Adam", "has a fault")
    assert_found(found["gradients"], "nan or inf in the gradient", "square root")
    assert_found(found["learning rate"], "no rate of adam from 1e-06 to 10 learns", "mend what")
    assert found["last activation"].passed


def test_too_few_parameters_are_no_fault():
    check = asked(nn.Linear(8, 1), table(), amounts())["memorising"]
    assert check.passed is None
    assert "as 9 parameters cannot know so many by heart" in check.says


def test_dead_units_are_named_by_their_layer():
    module = mlp(3)
    nn.init.constant_(module[0].bias, -20)
    check = asked(module, table(), labels())["dead units"]
    assert_found(check, "units that are 0 for all 96 examples: 100% in 1$", "biases near 0")


def test_dead_channels_of_functional_relus_are_named_too():
    module = Calls(lambda m, x: m.last(m.hidden(x)))
    nn.init.constant_(module.second.bias, -20)
    check = asked(module, table(), labels())["dead units"]
    assert_found(check, r"100% in forward \(relu 2\)", "centred inputs")


def test_random_in_eval_mode():
    module = Calls(lambda m, x: m.last(functional.dropout(m.hidden(x), 0.5)))
    check = asked(module, table(), labels())["examples apart"]
    assert_found(check, "other outputs a second time", "training=self.training")


@pytest.mark.parametrize(
    "spoiled",
    [
        lambda m, x: m.last(m.hidden(x)).softmax(0),
        lambda m, x: m.last(m.hidden(x) - m.hidden(x).mean(0)),
    ],
)
def test_examples_that_are_mixed_in_a_batch(spoiled):
    check = asked(Calls(spoiled), table(), labels())["examples apart"]
    assert_found(check, "depend on the other examples", "over the first axis")


def test_a_batch_size_that_is_built_in():
    found = asked(Calls(lambda m, x: m.last(m.hidden(x.view(COUNT, -1)))), table(), labels())
    assert_found(found["examples apart"], "half a batch raises: mat1 and mat2", "-1 in a view")
    assert "memorising" not in found


def test_attention_over_the_batch():
    class Mixed(nn.Module):
        def __init__(self):
            super().__init__()
            self.block = nn.TransformerEncoderLayer(8, 2, 16)  # batch_first is left out
            self.last = nn.Linear(8, 3)

        def forward(self, x):
            return self.last(self.block(x).mean(1))

    x = table(40).view(COUNT, 5, 8)
    check = asked(Mixed(), x, labels())["examples apart"]
    assert_found(check, "depend on the other examples", "batch_first")


def test_dropped_units_that_are_not_made_up_for():
    def spoiled(m, x):
        hidden = m.hidden(x)
        return m.last(hidden * (torch.rand_like(hidden) > 0.6) if m.training else hidden)

    check = asked(Calls(spoiled, outputs=1), table(), amounts())["train and eval"]
    assert_found(check, r"loss .* in train mode, .* in eval mode", r"1 / \(1 - rate\)")


def test_scaling_in_train_mode_only():
    module = Calls(lambda m, x: m.last(m.hidden(x)) * (1 if m.training else -1))
    check = asked(module, table(), labels())["train and eval"]
    assert_found(check, "in train mode", "asks self.training")


def test_running_means_that_never_follow():
    module = nn.Sequential(nn.Linear(8, 48), nn.BatchNorm1d(48, momentum=1e-5), nn.ReLU())
    module.append(nn.Linear(48, 3))
    nn.init.normal_(module[0].bias, std=10)
    check = asked(module, table(), labels())["train and eval"]
    assert_found(check, "in eval mode, on the same", "momentum of about 0.1")


@pytest.mark.parametrize(
    ("rate", "optimizer", "says"),
    [
        (30.0, "adam", "30 is far too large: adam learns from"),
        (100.0, "sgd", "100 is far too large: sgd learns from"),
        (1e-8, "adam", "1e-08 is far too small: adam learns from"),
    ],
)
def test_a_learning_rate_far_off_its_range(rate, optimizer, says):
    found = asked(mlp(3), table(), labels(), learning_rate=rate, optimizer=optimizer)
    assert_found(found["learning rate"], says, r"begin with about \d")


@pytest.mark.parametrize(
    ("inputs", "says"),
    [
        (100 * table(), "inputs are large: root mean square 1.* in column"),
        (1e-3 * table(), "inputs are small: root mean square 0.001"),
        (table() * torch.tensor([1e-3] + [10.0] * 7), "deviations from 0.0009.* to 1"),
    ],
)
def test_inputs_that_want_scaling(inputs, says):
    assert_found(asked(mlp(3), inputs, labels())["input scale"], says, "standardise each feature")


def test_numbers_that_are_none():
    inputs = table()
    inputs[3, 2] = torch.nan
    found = asked(mlp(3), inputs, labels())
    assert list(found) == ["inputs"]
    assert_found(found["inputs"], "1 of 768 values are nan or inf", "fill or leave out")


def test_outputs_that_are_none():
    module = Calls(lambda m, x: m.last(m.hidden(x).log()))
    check = asked(module, table(), labels())["outputs and loss"]
    assert_found(check, "of 288 outputs are nan or inf before any training", "logarithm|log")
