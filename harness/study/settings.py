"""Settings: every knob with a value."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, cast

from harness.errors import StudyError, raise_all
from harness.study.knobs import KNOBS, LATER_KNOBS, GivenLayer, KnobValue, is_own, own_knob
from harness.study.values import own_name_fault, value_fault
from harness.study.wording import did_you_mean, written_key

ADAMW_WEIGHT_DECAY = 0.01
"""torch.optim.AdamW's own default."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Every knob of a run with its value; see `harness.study.KNOBS` for what each means.

    A knob that does not act here (momentum under sgd) holds its default. Make settings from
    a part of the knobs with `settings_from`. `network` is the user's own, "my_nets.py:build",
    and `own` its knobs with their values, by name.

    Raises:
        StudyError: a value outside its knob's rule; one line for each.
    """

    layers: int
    units: int | tuple[int, ...]
    activation: str
    batch_norm: bool
    bias: bool
    dropout: float
    l1: float
    l2: float
    weight_decay: float
    optimizer: str
    learning_rate: float
    momentum: float
    schedule: str
    warmup: float
    clip_norm: float
    label_smoothing: float
    class_weights: str
    input_noise: float
    batch: int | str
    train_size: float | int
    label_noise: float
    epochs: int
    patience: int
    initialization: str | tuple[GivenLayer, ...]
    order: str
    network: str | None = None
    own: tuple[tuple[str, KnobValue], ...] = ()

    def __post_init__(self) -> None:
        raise_all(StudyError, _faults(self))

    @property
    def widths(self) -> tuple[int, ...]:
        """Units of each hidden layer."""
        if isinstance(self.units, tuple):
            return self.units
        return (self.units,) * self.layers

    def value(self, knob: str) -> KnobValue:
        """The value of one knob by its name; an own one comes before one of the table.

        Raises:
            KeyError: there is no such knob here.
        """
        own = dict(self.own)
        if knob not in own and knob not in KNOBS:
            raise KeyError(knob)
        return own[knob] if knob in own else cast(KnobValue, getattr(self, knob))

    def acting(self) -> dict[str, KnobValue]:
        """The knobs that change anything: the network's own, then those of the table."""
        values = {name: self.value(name) for name in KNOBS if not is_own(name, self.network)}
        table = {name: value for name, value in values.items() if KNOBS[name].acts(values)}
        return {**dict(self.own), **table}

    def to_json(self) -> dict[str, Any]:
        """Plain JSON from which `settings_from_json` makes equal settings.

        What is younger than the first stores is left out where it changes nothing: stored
        runs have their ids from this text, and keep them.
        """
        content = asdict(self)
        if self.network is None:
            del content["network"], content["own"]
        for name in LATER_KNOBS:
            if content[name] == KNOBS[name].default:
                del content[name]
        return content


def settings_from(values: Mapping[str, KnobValue], *, network: str | None = None) -> Settings:
    """Settings from some of the knobs; the others, and those that do not act, take defaults.

    `units` as a list sets `layers` where that is left out; given weights set both. With a
    network of the user's own, names that are not the training's belong to it.

    Raises:
        StudyError: an unknown knob, or a value outside its rule.
    """
    own = {name: _frozen(value) for name, value in values.items() if is_own(name, network)}
    values = {name: value for name, value in values.items() if name not in own}
    unknown = [name for name in values if name not in KNOBS]
    raise_all(StudyError, [f"knobs.{n} is not a knob{did_you_mean(n, KNOBS)}" for n in unknown])
    filled: dict[str, Any] = {name: knob.default for name, knob in KNOBS.items()}
    filled.update(values)
    if isinstance(filled["units"], list):
        filled["units"] = tuple(filled["units"])
    if isinstance(filled["initialization"], tuple) and filled["initialization"]:
        widths = [layer.units for layer in filled["initialization"][:-1]]
        filled |= {"layers": len(widths), "units": tuple(widths)} | dict(values)
    if isinstance(filled["units"], tuple) and "layers" not in values:
        filled["layers"] = len(filled["units"])
    if filled["optimizer"] == "adamw" and "weight_decay" not in values:
        filled["weight_decay"] = ADAMW_WEIGHT_DECAY
    for name, knob in KNOBS.items():
        if not knob.acts(filled):
            filled[name] = knob.default
        elif knob.kind == "real" and isinstance(filled[name], int):
            filled[name] = float(filled[name])
    return Settings(**filled, network=network, own=tuple(sorted(own.items())))


def settings_from_json(content: Mapping[str, Any]) -> Settings:
    """The settings whose `to_json` gave `content`."""
    # A knob that is younger than the content had its default then.
    values = {**{name: knob.default for name, knob in KNOBS.items()}, **content}
    own = [(name, _frozen(value)) for name, value in values.get("own", ())]
    values["own"] = tuple(own)
    if isinstance(values["units"], list):
        values["units"] = tuple(values["units"])
    if not isinstance(values["initialization"], str):
        values["initialization"] = tuple(given_layer(x) for x in values["initialization"])
    return Settings(**values)


def _frozen(value: Any) -> KnobValue:
    return tuple(value) if isinstance(value, list) else value


def given_layer(content: Mapping[str, Any]) -> GivenLayer:
    """One given layer from its plain table."""
    return GivenLayer(
        weights=tuple(tuple(float(w) for w in row) for row in content["weights"]),
        bias=tuple(float(b) for b in content.get("bias", ())),
    )


def _faults(settings: Settings) -> list[str]:
    faults: list[str] = []
    for name, knob in KNOBS.items():
        fault = value_fault(knob, getattr(settings, name))
        if fault is not None:
            faults.append(f"knobs.{name} {fault}")
    for name, value in settings.own:
        fault = _own_fault(settings.network, name, value)
        if fault is not None:
            faults.append(f"knobs.{written_key(name)} {fault}")
    units = settings.units
    if isinstance(units, tuple) and len(units) != settings.layers:
        count = f"{settings.layers} layers, got {len(units)}"
        faults.append(f"knobs.units must hold one number for each of the {count}")
    return faults or _given_faults(settings)


def _own_fault(network: str | None, name: str, value: KnobValue) -> str | None:
    if network is None:
        return "needs a network whose own knob it is, got none"
    if not is_own(name, network):
        return "is a knob of training, not one of the network's own"
    return own_name_fault(name) or value_fault(own_knob(name, network, default=value), value)


def _given_faults(settings: Settings) -> list[str]:
    """Where given weights do not fit the layers and each other."""
    given, widths = settings.initialization, settings.widths
    if isinstance(given, str):
        return []
    if len(given) != settings.layers + 1:
        count = f"{settings.layers} hidden layers and the output, got {len(given)}"
        return [f"knobs.initialization must give weights for {count}"]
    faults: list[str] = []
    for at, layer in enumerate(given):
        place, rows = f"knobs.initialization[{at}]", len(layer.weights)
        if at < len(widths) and layer.units != widths[at]:
            rule = f"must have {widths[at]} columns, one per unit"
            faults.append(f"{place}.weights {rule}, got {layer.units}")
        if at > 0 and rows != given[at - 1].units:
            rule = f"must have {given[at - 1].units} rows, one per unit before"
            faults.append(f"{place}.weights {rule}, got {rows}")
        if layer.bias and not settings.bias:
            faults.append(f"{place}.bias must be left out with bias = false")
    return faults
