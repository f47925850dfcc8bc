"""A user's network looked over before it trains, and what is said of it."""

from dataclasses import replace

import pytest

from harness.errors import NetworkError
from harness.judge import Ending
from harness.study import Arm, Choice, settings_from
from harness.training import check_network, plan, train
from tests.training.conftest import make_dataset, make_study, members_of

HEAD = "import torch\nfrom torch import nn\n"
LINEAR = "def build(features, outputs, settings):\n    return nn.Linear(features, outputs)\n"


@pytest.fixture
def study_with(tmp_path):
    """A study whose network is this code, with these knobs (learning rates where left out)."""

    def make(code, *, name="build", **knobs):
        (tmp_path / "nets.py").write_text(HEAD + code)
        rates = {"learning_rate": Choice(values=(0.1, 0.2))}
        return replace(
            make_study(), network=f"nets.py:{name}", knobs=knobs or rates, folder=tmp_path
        )

    return make


def returning(expression):
    return f"def build(features, outputs, settings):\n    return {expression}\n"


def module(forward, init="self.last = nn.Linear(features, outputs)"):
    return (
        "class Net(nn.Module):\n"
        "    def __init__(self, features, outputs):\n"
        f"        super().__init__()\n        {init}\n"
        f"    def forward(self, x):\n        {forward}\n"
        "def build(features, outputs, settings):\n    return Net(features, outputs)\n"
    )


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (returning("None"), "nets.py:build must return a torch.nn.Module, got nothing"),
        (returning("[1]"), "must return a torch.nn.Module, got a list"),
        (returning("1 / 0"), "nets.py:build: raised ZeroDivisionError in line 4: division by"),
        ("x = y\n", "nets.py:build: raised NameError in line 3: name 'y' is not defined"),
        ("x = 1\n", 'nets.py:build: nets.py has no function "build"'),
        (returning("nn.Linear(features, 2)"), "must give 3 outputs an example, got 2"),
        (returning("nn.Flatten()"), "must give 3 outputs an example, got 7"),
        (returning("nn.LSTM(features, outputs)"), "forward must return a tensor, got tuple"),
        (module("return self.last(x).sum()"), "forward must return .* got a single number for 32"),
        (module("return self.last(x).detach()"), "no parameter gets a gradient from the outputs"),
        (
            module("return self.last(x)", "self.last, self.b = nn.Linear(features, 3), nn.PReLU()"),
            r"b.weight never get a gradient; use them in forward, remove them, or set",
        ),
        (
            "import random\n"
            + returning("nn.Linear(features, outputs) if COUNT.append(1) else NET()")
            + "COUNT = []\n"
            + "def NET():\n"
            + "    hidden = 4 + len(COUNT)\n"
            + "    return nn.Sequential(nn.Linear(7, hidden), nn.Linear(hidden, 3))\n",
            "must build the same network for the same settings, "
            "got 0.weight 5 × 7 and then 0.weight 6 × 7",
        ),
        (
            returning('nn.Linear(settings["units"], outputs)'),
            r'nets.py:build reads settings\["units"\], which \[knobs\] does not set',
        ),
        (
            returning("nn.Linear(settings.units, outputs)"),
            r'nets.py:build reads settings\["units"\], which \[knobs\] does not set',
        ),
    ],
)
def test_a_network_that_cannot_train_is_refused(study_with, code, message):
    with pytest.raises(NetworkError, match=message):
        check_network(study_with(code), make_dataset())


def test_batch_norm_with_a_last_batch_of_one_example_is_refused(study_with):
    code = returning("nn.Sequential(nn.Linear(features, outputs), nn.BatchNorm1d(outputs))")
    with pytest.raises(NetworkError, match="Expected more than 1 value per channel"):
        check_network(study_with(code), make_dataset(train=65))


def test_a_missing_file_is_named(study_with):
    study = replace(study_with(LINEAR), network="other.py:build")
    with pytest.raises(NetworkError, match=r"other.py:build: no such file as other.py"):
        check_network(study, make_dataset())


def test_a_knob_that_is_never_read_is_refused(study_with):
    code = returning('nn.Linear(features, outputs, bias=settings.get("shift", True))')
    study = study_with(code, chanels=Choice(values=(1, 2)))
    wanted = "knobs.chanels is never read by nets.py:build; it reads shift"
    with pytest.raises(NetworkError, match=wanted):
        check_network(study, make_dataset())


def test_a_knob_read_for_one_value_of_another_is_read(study_with):
    code = (
        "def build(features, outputs, settings):\n"
        '    units = settings["units"] if settings.deep else 0\n'
        "    if not settings.deep:\n        return nn.Linear(features, outputs)\n"
        "    return nn.Sequential(nn.Linear(features, units), nn.Linear(units, outputs))\n"
    )
    study = study_with(code, deep=Choice(values=(False, True)), units=4)
    assert check_network(study, make_dataset())


def test_settings_left_out_are_told(study_with):
    code = returning('nn.Linear(features, outputs, bias=settings.get("shift", True))')
    told = check_network(study_with(code), make_dataset())
    assert told == (
        "network: nets.py:build, carried by the fused MLP",
        "network: nets.py:build also reads shift, which [knobs] leaves to its defaults",
    )


def test_the_loop_is_told_with_its_reason(study_with):
    code = module("return self.last(nn.functional.dropout(x, 0.5, self.training))")
    (told,) = check_network(study_with(code), make_dataset())
    assert told.startswith(
        "network: nets.py:build, carried by a loop over its members: it draws at random by "
    )
    code = module("return self.last(x) if x.sum().item() > 0 else -self.last(x)")
    (told,) = check_network(study_with(code), make_dataset())
    assert "torch.vmap does not carry it (RuntimeError in line 8: vmap: It looks like" in told
    assert ".item()" in told


def test_state_outside_the_module_is_found(study_with):
    code = "SEEN = []\n" + module("SEEN.append(1); return self.last(x) * len(SEEN)")
    (told,) = check_network(study_with(code), make_dataset())
    assert "it may keep state outside itself" in told


def test_each_way_is_told_with_the_settings_that_take_it(study_with):
    code = (
        "def build(features, outputs, settings):\n"
        "    kinds = {'plain': nn.Identity, 'norm': nn.LayerNorm, 'random': nn.RReLU}\n"
        "    kind = kinds[settings.kind]\n"
        "    middle = kind(5) if settings.kind == 'norm' else kind()\n"
        "    return nn.Sequential(nn.Linear(features, 5), middle, nn.Linear(5, outputs))\n"
    )
    study = study_with(code, kind=Choice(values=("plain", "norm", "random")))
    plain, drawing = check_network(study, make_dataset())
    assert plain == "network: nets.py:build, carried by torch.vmap"
    assert drawing.startswith('network: with kind = "random" carried by a loop over its members')


def test_a_lightning_modules_own_training_is_said_to_be_unused(study_with):
    code = (
        "import lightning.pytorch as pl\n"
        + module("return self.last(x)").replace("nn.Module", "pl.LightningModule")
    )  # fmt: skip
    assert any("its forward is used, its own training_step" in line
               for line in check_network(study_with(code), make_dataset()))  # fmt: skip


def test_every_arm_is_tried(study_with):
    code = returning("nn.Linear(features, outputs + settings.more)")
    arms = tuple(
        Arm(name=name, settings=settings_from({"more": more}, network="nets.py:build"))
        for name, more in (("good", 0), ("bad", 1))
    )
    study = replace(study_with(code), knobs={}, search=None, arms=arms)
    with pytest.raises(NetworkError, match=r"got 4 \(with arm bad\)"):
        check_network(study, make_dataset())


def test_what_forward_raises_late_makes_failed_runs_with_its_line(study_with):
    code = module("return self.last(x) + {}['late'] if len(x) == 30 else self.last(x)")
    study, dataset = study_with(code), make_dataset(validation=30)
    settings = settings_from({"epochs": 2}, network=study.network)
    (member,) = members_of({"epochs": 2})
    member = replace(member, trial=replace(member.trial, settings=settings))
    (chunk,) = plan([member], dataset, study)
    (run,) = train(chunk, dataset, study)
    assert run.ending is Ending.FAILED
    assert run.reason == "nets.py:build: raised KeyError in line 8: 'late'"


def test_ctrl_c_in_a_users_network_ends_the_study_and_is_no_failed_run(study_with):
    forward = "if len(x) == 30: raise KeyboardInterrupt\n        return self.last(x)"
    study, dataset = study_with(module(forward)), make_dataset(validation=30)
    settings = settings_from({"epochs": 2}, network=study.network)
    (member,) = members_of({"epochs": 2})
    member = replace(member, trial=replace(member.trial, settings=settings))
    (chunk,) = plan([member], dataset, study)
    with pytest.raises(SystemExit):
        train(chunk, dataset, study)


def test_a_network_trained_by_a_loss_of_one_output_may_answer_a_row_of_numbers(study_with):
    code = module("return self.last(x)[:, 0]")
    assert check_network(study_with(code), make_dataset(classes=2))


def test_a_neighbouring_file_can_be_imported(study_with, tmp_path):
    (tmp_path / "my_layers_beside.py").write_text("from torch import nn\nLayer = nn.Linear\n")
    code = "import my_layers_beside\n" + returning("my_layers_beside.Layer(features, outputs)")
    assert check_network(study_with(code), make_dataset())


def test_users_networks_with_other_own_knobs_train_apart(study_with):
    code = returning("nn.Linear(features, outputs, bias=settings.shift)")
    study = study_with(code, shift=Choice(values=(True, False)))
    members = [
        replace(member, trial=replace(member.trial, settings=settings_from(
            {"shift": shift, "learning_rate": rate}, network=study.network)))
        for shift in (True, False)
        for rate in (0.1, 0.2)
        for member in members_of({}, seeds=(0, 1))
    ]  # fmt: skip
    chunks = plan(members, make_dataset(), study)
    assert sorted(len(chunk.members) for chunk in chunks) == [4, 4]
