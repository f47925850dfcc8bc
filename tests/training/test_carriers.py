"""Users' networks by each carrier, against the same module trained alone by a plain loop."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional

from harness.networks import PopulationMLP
from harness.networks.building import load_build
from harness.networks.modules import plain_attention
from harness.networks.randomness import Draws, own_dropout
from harness.study import Trial, settings_from, stream_seed
from harness.training import Member, fit
from harness.training.examples import DropoutBytes, InputNoise, Orders
from harness.training.schedules import factor_at
from harness.training.softening import class_weights
from tests.training.conftest import make_dataset, make_study, only_chunk

ZOO = Path(__file__).parent
BY_FUSED = ("sequential", "without_bias", "logistic")
BY_VMAP = (
    "two_activations", "batch_norm", "layer_norm", "convolutional", "images", "lstm", "gru",
    "embedding", "attention", "encoder", "branches", "lightning", "lazy",
)  # fmt: skip
BY_LOOP_ONLY = ("functional_dropout", "branching", "reassigning")
BATCH = 13
TRAINING = {"epochs": 3, "batch": BATCH, "learning_rate": 0.02, "momentum": 0.8, "l2": 1e-3}


def members(name, seeds, **knobs):
    """Members of one trial with a network of the zoo."""
    own = settings_from({**TRAINING, "optimizer": "momentum", **knobs}, network=f"zoo.py:{name}")
    trial = Trial(number=0, settings=own, stage="search")
    return [Member(trial=trial, seed=seed) for seed in seeds]


def study_of(name):
    return replace(make_study(), network=f"zoo.py:{name}", folder=ZOO)


def trained(name, seeds, *, dataset, by, dtype=torch.float64, **knobs):
    """The population of a network, trained by one carrier."""
    study = study_of(name)
    chunk = only_chunk(members(name, seeds, **knobs), dataset, study)
    return fit(chunk, dataset, study, carried_by=by, dtype=dtype)


def build_for(name, dataset):
    """The build function of a network of the zoo."""
    return load_build(
        f"zoo.py:{name}", folder=ZOO, features=dataset.features, outputs=3, study_seed=0
    )


def as_taken(population, drawn, rows):
    """A step's random bytes in the order in which dropout modules take them."""
    network = population.network
    if not isinstance(network, PopulationMLP):
        return drawn
    layers = drawn.split([BATCH * width for width in network.widths])
    real = [weights.shape[1] for weights, _ in network.parameters_of(0)[:-1]]
    parts = [
        layer.view(BATCH, width)[:rows, :units].flatten()
        for layer, width, units in zip(layers, network.widths, real, strict=True)
    ]
    return torch.cat(parts)


def alone(name, seed, *, dataset, population, dtype=torch.float64, **knobs):
    """The module of one member as a PyTorch user trains it, with the member's streams."""
    step_bytes = population.network.random_bytes(BATCH)
    ((own, _),) = [(m.trial.settings, m.seed) for m in members(name, (seed,), **knobs)]
    build = build_for(name, dataset)
    draws = Draws()
    module = own_dropout(build.module(own, seed, dtype=dtype), draws)
    decays = [p for p in module.parameters() if p.requires_grad and p.dim() > 1]
    trained = [p for p in module.parameters() if p.requires_grad]
    optimizer = torch.optim.SGD(trained, lr=own.learning_rate, momentum=own.momentum)
    steps = own.epochs * -(-len(dataset.train) // BATCH)
    rates = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: factor_at(own, min(step, steps - 1), steps)
    )
    noise = InputNoise([own.input_noise], [seed], features=dataset.features, study_seed=0)
    weight = None
    if own.class_weights == "balanced":
        weight = torch.from_numpy(class_weights(dataset.train.y, classes=3)).to(dtype)
    x, y = torch.from_numpy(dataset.train.x).to(dtype), torch.from_numpy(dataset.train.y)
    orders = iter(Orders([(own, seed)], examples=len(x), study_seed=0))
    dropout = DropoutBytes([seed], study_seed=0)
    batches = [b for _ in range(own.epochs) for b in torch.from_numpy(next(orders)[0]).split(BATCH)]
    with torch.random.fork_rng():
        torch.manual_seed(stream_seed(0, seed, "random operations"))
        for batch in batches:
            if step_bytes:
                drawn = torch.from_numpy(dropout.draw(step_bytes))[0]
                draws.begin(as_taken(population, drawn, len(batch)))
            noisy = x[batch] + torch.from_numpy(noise.draw(len(batch))[0])
            loss = functional.cross_entropy(
                module.train()(noisy), y[batch], weight, label_smoothing=own.label_smoothing
            )
            loss = loss + own.l2 * sum(p.square().sum() for p in decays)
            optimizer.zero_grad()
            loss.backward()
            if own.clip_norm:
                torch.nn.utils.clip_grad_norm_(trained, own.clip_norm)
            optimizer.step()
            rates.step()
    return module


class CarrierConformance:
    """What every carrier promises; `by` is its name, `dtype` that in which it promises sameness."""

    by: str
    dtype = torch.float64

    def parameters(self, name, seeds, *, member, **knobs):
        population = trained(
            name, seeds, dataset=make_dataset(), by=self.by, dtype=self.dtype, **knobs
        )
        return [array for group in population.parameters_of(member) for array in group]

    def assert_alike(self, first, second):
        """Bit for bit, or to rounding where the carrier promises that."""
        for one, other in zip(first, second, strict=True):
            np.testing.assert_array_equal(one, other)

    def test_a_member_is_what_a_plain_loop_trains(self, name):
        dataset = make_dataset()
        population = trained(name, (4, 5), dataset=dataset, by=self.by)
        for number, seed in enumerate((4, 5)):
            module = alone(name, seed, dataset=dataset, population=population).eval()
            x = torch.from_numpy(dataset.validation.x).double()
            with torch.no_grad(), plain_attention():
                wanted = module(x)
                got = population.network.evaluate(population.validation_x)[number, :, :3]
            torch.testing.assert_close(got, wanted, rtol=1e-9, atol=1e-9)

    @pytest.mark.parametrize("optimizer", ["momentum", "adam"])
    def test_a_member_is_the_same_alone_and_in_company(self, name, optimizer):
        one = self.parameters(name, (3,), member=0, optimizer=optimizer)
        among = self.parameters(name, (1, 3, 2), member=1, optimizer=optimizer)
        self.assert_alike(one, among)

    def test_a_member_is_the_same_beside_other_training_knobs(self, name):
        one = self.parameters(name, (3,), member=0, optimizer="adam")
        dataset, study = make_dataset(), study_of(name)
        others = members(name, (7, 8), optimizer="adam", learning_rate=0.5, l1=0.1)
        chunk = only_chunk([*others, *members(name, (3,), optimizer="adam")], dataset, study)
        population = fit(chunk, dataset, study, carried_by=self.by, dtype=self.dtype)
        among = [array for group in population.parameters_of(2) for array in group]
        self.assert_alike(one, among)


@pytest.mark.parametrize(
    ("name", "by"),
    [("sequential", "fused MLP"), ("two_activations", "vmap"), ("lstm", "vmap"),
     ("branching", "loop")],
)  # fmt: skip
def test_every_knob_of_training_acts_on_a_users_network_as_in_a_plain_loop(name, by):
    knobs = {"schedule": "one_cycle", "clip_norm": 0.5, "label_smoothing": 0.2}
    knobs |= {"class_weights": "balanced", "input_noise": 0.3}
    dataset = make_dataset()
    population = trained(name, (4, 5), dataset=dataset, by=by, **knobs)
    for number, seed in enumerate((4, 5)):
        module = alone(name, seed, dataset=dataset, population=population, **knobs).eval()
        with torch.no_grad():
            wanted = module(torch.from_numpy(dataset.validation.x).double())
            got = population.network.evaluate(population.validation_x)[number, :, :3]
        torch.testing.assert_close(got, wanted, rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("name", BY_FUSED)
class TestFused(CarrierConformance):
    by = "fused MLP"
    dtype = torch.float32

    def test_it_is_the_best_carrier(self, name):
        assert trained(name, (0,), dataset=make_dataset(), by=None).carriage.by == self.by


@pytest.mark.parametrize("name", BY_FUSED + BY_VMAP)
class TestVmap(CarrierConformance):
    by = "vmap"

    def assert_alike(self, first, second):
        for one, other in zip(first, second, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", BY_FUSED + BY_VMAP + BY_LOOP_ONLY)
class TestLoop(CarrierConformance):
    by = "loop"
    dtype = torch.float32
