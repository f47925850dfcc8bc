"""Network and loss together against autograd, and a training step that never asks the host."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from harness.networks import PopulationMLP, first_weights
from harness.study import settings_from
from harness.study.knobs import OPTIMIZERS
from harness.training import Population
from harness.training.losses import loss_function
from tests.networks.test_mlp import MODULES
from tests.training.conftest import make_dataset, make_study, members_of, only_chunk
from tests.training.test_carriers import BY_VMAP, build_for, members

LOSSES = {
    ("categorical_crossentropy", 3): lambda o, y: nn.functional.cross_entropy(o, y),
    ("binary_crossentropy", 2): lambda o, y: nn.functional.binary_cross_entropy_with_logits(
        o[:, 0], y.to(o.dtype)
    ),
    ("mse", 0): lambda o, y: nn.functional.mse_loss(o, y),
    ("mae", 0): lambda o, y: nn.functional.l1_loss(o, y),
    ("huber", 0): lambda o, y: nn.functional.huber_loss(o, y),
    ("output", 0): lambda o, _: o[:, 0].mean(),
}


@settings(max_examples=60)
@given(
    depth=st.integers(0, 4),
    activation=st.sampled_from(sorted(MODULES)),
    loss=st.sampled_from(sorted(LOSSES)),
    batch=st.integers(1, 9),
    batch_norm=st.booleans(),
)
def test_network_and_loss_have_autograds_gradients(depth, activation, loss, batch, batch_norm):
    name, classes = loss
    batch_norm = batch_norm and batch > 1 and depth > 0
    dataset = make_dataset(classes=classes, outputs=2)
    function = loss_function(dataset, name)
    widths = (11, 5, 18, 7)[:depth]
    own = settings_from({"units": widths, "activation": activation} if depth else {"layers": 0})
    sizes = (dataset.features, *widths, function.outputs)
    weights = first_weights(own, sizes, study_seed=0, run_seed=1)
    population = PopulationMLP(
        [weights],
        activation=activation,
        batch_norm=batch_norm,
        pad_output=function.pad_output,
        dtype=torch.float64,
    )
    x = torch.from_numpy(dataset.train.x[:batch]).double()
    y = torch.from_numpy(dataset.train.y[:batch])
    y = y if classes else y.double()
    made = population.learn(population.prepared(x)[None])
    found = population.backward(made, function.gradient(made.outputs, y[None]))
    leaves = [torch.from_numpy(w.copy()).requires_grad_() for w, _ in weights]
    value = x
    for layer, ((_, shift), leaf) in enumerate(zip(weights, leaves, strict=True)):
        value = value @ leaf + torch.from_numpy(shift)
        if layer < depth:
            if batch_norm:
                value = nn.functional.batch_norm(value, None, None, training=True)
            value = MODULES[activation]()(value)
    LOSSES[loss](value, y).backward()
    for gradient, leaf in zip(found, leaves, strict=False):
        got = gradient[0, : leaf.shape[0], : leaf.shape[1]]
        torch.testing.assert_close(got, leaf.grad, rtol=1e-8, atol=1e-9)


def on_meta(thing):
    """Every tensor in it moved to the `meta` device, which has shapes and no values."""
    if isinstance(thing, torch.Tensor):
        return thing.to("meta")
    if isinstance(thing, list | tuple):
        return type(thing)(on_meta(item) for item in thing)
    return thing


def step_on_meta(population):
    """Take two training steps on `meta`.

    Whatever asks for a value (`.item()`, `if tensor`, a copy to NumPy) raises there; on a GPU
    it would make the host wait.
    """
    population.on_fit_start()
    population.to("meta")
    population.network.begin()
    for part in (population.update, population.penalties, population.clipping):
        for name, value in vars(part).items():
            setattr(part, name, on_meta(value))
    members, batch = len(population.chunk.members), population.chunk.batch
    count = population.network.random_bytes(batch)
    random = torch.zeros((members, count), dtype=torch.uint8, device="meta") if count else None
    features = population.validation_x.shape[2]
    x = torch.zeros((members, batch, features), device="meta")
    y = torch.zeros((members, batch), dtype=torch.int64, device="meta")
    population._examples = lambda step: (x, y)
    with torch.no_grad():
        population._step(0, random)
        population._step(1, random)


def test_a_step_that_asks_for_a_value_is_found():
    dataset, study = make_dataset(), make_study()
    chunk = only_chunk(members_of({"units": 10}), dataset, study)
    population = Population(chunk, dataset, loss="categorical_crossentropy", study_seed=0)
    learn = population.network.learn
    population.network.learn = lambda x, random: (float(x.sum()), learn(x, random))[1]
    with pytest.raises(RuntimeError, match="meta"):
        step_on_meta(population)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_step_of_the_fused_mlp_never_asks_the_host(optimizer):
    knobs = {
        "units": 10, "dropout": 0.3, "optimizer": optimizer, "l1": 0.1, "l2": 0.1, "epochs": 2,
        "clip_norm": 1.0, "schedule": "cosine", "batch_norm": True, "label_smoothing": 0.1,
    }  # fmt: skip
    dataset, study = make_dataset(), make_study()
    chunk = only_chunk(members_of(knobs, {**knobs, "learning_rate": 0.1}), dataset, study)
    step_on_meta(Population(chunk, dataset, loss="categorical_crossentropy", study_seed=0))


@pytest.mark.parametrize("name", [n for n in BY_VMAP if n not in ("lstm", "gru")])
def test_a_step_of_a_users_network_by_vmap_never_asks_the_host(name):
    dataset, study = make_dataset(), make_study()
    chunk = only_chunk(members(name, (0, 1)), dataset, study)
    build = build_for(name, dataset)
    step_on_meta(
        Population(
            chunk,
            dataset,
            loss="categorical_crossentropy",
            study_seed=0,
            build=build,
            carried_by="vmap",
        )
    )
