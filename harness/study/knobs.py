"""The knobs: what can be set, fixed or searched, with their ranges and defaults.

One table, `KNOBS`, from which checks, messages, the JSON schema and the README's table come.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from harness.errors import StudyError

ACTIVATIONS = (
    "relu",
    "leaky_relu",
    "elu",
    "silu",
    "gelu",
    "tanh",
    "sigmoid",
    "softplus",
    "threshold",
    "linear",
)
OPTIMIZERS = ("sgd", "momentum", "nesterov", "rmsprop", "adam", "adamw")
INITIALIZATIONS = (
    "default",
    "glorot_uniform",
    "glorot_normal",
    "he_uniform",
    "he_normal",
    "lecun_normal",
    "orthogonal",
    "zeros",
)
ORDERS = ("shuffled", "given")
SCHEDULES = ("constant", "step", "cosine", "one_cycle")
CLASS_WEIGHTS = ("none", "balanced")
BATCH_WORDS = ("stochastic", "full")


@dataclass(frozen=True, kw_only=True)
class GivenLayer:
    """Weights of one layer written in the study, for teaching.

    Args:
        weights: one row per input, one column per unit.
        bias: one number per unit; empty where they are 0 or the network has none.
    """

    weights: tuple[tuple[float, ...], ...]
    bias: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if not self.weights or not self.weights[0]:
            raise StudyError("weights must hold at least one row of at least one number, got none")
        lengths = sorted({len(row) for row in self.weights})
        if len(lengths) > 1:
            counts = f"rows of {lengths[0]} and of {lengths[-1]}"
            raise StudyError(f"weights must have rows of one length, got {counts}")
        if self.bias and len(self.bias) != self.units:
            raise StudyError(
                f"bias must hold {self.units} numbers, one per unit, got {len(self.bias)}"
            )

    @property
    def units(self) -> int:
        """Columns of the weights."""
        return len(self.weights[0])


KnobValue = (
    bool | int | float | str | tuple[int, ...] | tuple[float | str, ...] | tuple[GivenLayer, ...]
)
Kind = Literal[
    "integer", "real", "flag", "choice", "units", "batch", "train_size", "weights", "own"
]
NETWORK_KNOBS = (
    "layers", "units", "activation", "batch_norm", "bias", "dropout", "initialization",
)  # fmt: skip
"""Knobs of the built-in network. With a network of the user's own they are names like others."""


@dataclass(frozen=True, kw_only=True)
class Knob:
    """One knob: its kind, the values it takes and what it means.

    Args:
        name: as written in a study file.
        kind: how its values are written; "units", "batch", "train_size" and "weights" take
            what their meaning says, "own" (of the user's own network) takes what it likes.
        default: its value where a study says nothing.
        meaning: one sentence for people.
        low, high: the closed range of a number.
        low_open: `low` itself is not allowed (a learning rate of 0).
        choices: the words it takes.
        acts_with: it acts only where each named knob has one of the named values, or, for
            "layers", at least one layer.
    """

    name: str
    kind: Kind
    default: KnobValue
    meaning: str
    low: float = -math.inf
    high: float = math.inf
    low_open: bool = False
    choices: tuple[str, ...] = ()
    acts_with: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def acts(self, values: Mapping[str, KnobValue]) -> bool:
        """Whether the knob changes anything beside the other `values`."""
        for other, allowed in self.acts_with:
            value = values.get(other, KNOBS[other].default)
            if other == "layers" and value == 0:
                return False
            if allowed and value not in allowed:
                return False
        return True


_HIDDEN = (("layers", ()),)
_STEADY = (("schedule", ("constant", "step", "cosine")),)
_MOMENTUM = (("optimizer", ("momentum", "nesterov")),)
_TABLE = (
    Knob(
        name="layers",
        kind="integer",
        default=1,
        low=0,
        high=64,
        meaning="hidden layers; 0 is a linear model",
    ),
    Knob(
        name="units",
        kind="units",
        default=64,
        low=1,
        high=65536,
        acts_with=_HIDDEN,
        meaning="units of every hidden layer, or a list with one number per layer",
    ),
    Knob(
        name="activation",
        kind="choice",
        default="relu",
        choices=ACTIVATIONS,
        acts_with=_HIDDEN,
        meaning="what a hidden unit does with its sum",
    ),
    Knob(
        name="batch_norm",
        kind="flag",
        default=False,
        acts_with=_HIDDEN,
        meaning="normalises hidden units over the batch, before their activation",
    ),
    Knob(name="bias", kind="flag", default=True, meaning="whether layers have biases"),
    Knob(
        name="dropout",
        kind="real",
        default=0.0,
        low=0,
        high=1,
        acts_with=_HIDDEN,
        meaning="share of hidden units set to 0 at each step",
    ),
    Knob(
        name="l1",
        kind="real",
        default=0.0,
        low=0,
        meaning="adds l1·Σ|w| to the loss; biases left out",
    ),
    Knob(
        name="l2",
        kind="real",
        default=0.0,
        low=0,
        meaning="adds l2·Σw² to the loss, as Keras does; biases left out",
    ),
    Knob(
        name="weight_decay",
        kind="real",
        default=0.0,
        low=0,
        high=1,
        meaning="shrinks weights by rate·decay a step, beside the gradient; 0.01 with adamw",
    ),
    Knob(
        name="optimizer",
        kind="choice",
        default="adam",
        choices=OPTIMIZERS,
        meaning="how a gradient becomes a step",
    ),
    Knob(
        name="learning_rate",
        kind="real",
        default=1e-3,
        low=0,
        low_open=True,
        meaning="length of a step",
    ),
    Knob(
        name="momentum",
        kind="real",
        default=0.9,
        low=0,
        high=1,
        acts_with=_MOMENTUM,
        meaning="share of the last step kept, for momentum and nesterov",
    ),
    Knob(
        name="schedule",
        kind="choice",
        default="constant",
        choices=SCHEDULES,
        meaning="how the learning rate goes over the steps: step takes a tenth after half of them"
        " and again after three quarters, cosine falls to 0, one_cycle rises and falls"
        " (momentum stays)",
    ),
    Knob(
        name="warmup",
        kind="real",
        default=0.0,
        low=0,
        high=1,
        acts_with=_STEADY,
        meaning="share of the steps over which the learning rate rises from 0",
    ),
    Knob(
        name="clip_norm",
        kind="real",
        default=0.0,
        low=0,
        meaning="longest gradient, over all parameters; a longer one is shortened; 0 is none",
    ),
    Knob(
        name="label_smoothing",
        kind="real",
        default=0.0,
        low=0,
        high=1,
        meaning="share of each training target spread evenly over the classes; cross-entropy only",
    ),
    Knob(
        name="class_weights",
        kind="choice",
        default="none",
        choices=CLASS_WEIGHTS,
        meaning="balanced makes every class weigh alike in training; cross-entropy only",
    ),
    Knob(
        name="input_noise",
        kind="real",
        default=0.0,
        low=0,
        meaning="deviation of the noise added to every feature at each training step",
    ),
    Knob(
        name="batch",
        kind="batch",
        default=32,
        low=1,
        choices=BATCH_WORDS,
        meaning='examples a step; "stochastic" is 1, "full" is all',
    ),
    Knob(
        name="train_size",
        kind="train_size",
        default=1.0,
        low=0,
        low_open=True,
        meaning="training examples used: a share (0.5) or a number (200)",
    ),
    Knob(
        name="label_noise",
        kind="real",
        default=0.0,
        low=0,
        high=1,
        meaning="share of training targets made wrong; validation stays clean",
    ),
    Knob(name="epochs", kind="integer", default=30, low=1, meaning="passes over the training part"),
    Knob(
        name="patience",
        kind="integer",
        default=0,
        low=0,
        meaning="epochs without a lower validation loss after which the run counts as stopped;"
        " the curves go on; 0 is never",
    ),
    Knob(
        name="initialization",
        kind="weights",
        default="default",
        choices=INITIALIZATIONS,
        meaning="first weights, by name, or given layer by layer",
    ),
    Knob(
        name="order",
        kind="choice",
        default="shuffled",
        choices=ORDERS,
        meaning="order of examples: shuffled every epoch, or as given",
    ),
)
KNOBS: Mapping[str, Knob] = {knob.name: knob for knob in _TABLE}
LATER_KNOBS = (
    "batch_norm", "schedule", "warmup", "clip_norm", "label_smoothing", "class_weights",
    "input_noise", "patience",
)  # fmt: skip
"""Knobs that joined when there were stores; whoever adds one to the table adds it here."""


def is_own(name: str, network: str | None) -> bool:
    """Whether a knob belongs to the user's own network."""
    return network is not None and (name not in KNOBS or name in NETWORK_KNOBS)


def own_knob(name: str, network: str, *, default: KnobValue = "") -> Knob:
    """The record of a knob that the user's own network reads."""
    return Knob(name=name, kind="own", default=default, meaning=f"read by {network}")


@dataclass(frozen=True, kw_only=True)
class Range:
    """A searched knob's range, both ends included.

    Args:
        low, high: the ends, `from` and `to` in a study file.
        scale: "log" spreads trials evenly over orders of magnitude.
        integer: only whole numbers (decided by the knob, or by whole ends for a number that
            may be either, as `train_size` and own ones).
        steps: points a grid takes of it.
    """

    low: float
    high: float
    scale: Literal["linear", "log"] = "linear"
    integer: bool = False
    steps: int = 5


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A searched knob's list of values."""

    values: tuple[KnobValue, ...]


KnobSpec = KnobValue | Range | Choice
