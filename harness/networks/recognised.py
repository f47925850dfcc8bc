"""Users' modules that are multi-layer perceptrons, to be carried by the fused MLP."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from torch import nn

from harness.networks.initialization import Matrix
from harness.networks.randomness import MemberDropout

_NAMES: Mapping[type[nn.Module], str] = {
    nn.ReLU: "relu",
    nn.SiLU: "silu",
    nn.Tanh: "tanh",
    nn.Sigmoid: "sigmoid",
}


@dataclass(frozen=True, kw_only=True)
class Perceptron:
    """A module that is layer, activation, perhaps dropout, and so on up to a last layer.

    Args:
        layers: weights [in, out] and biases [out] of each.
        activation: of the hidden layers.
        bias: whether layers have biases.
        dropout: the share dropped after each hidden layer's activation.
    """

    layers: list[tuple[Matrix, Matrix]]
    activation: str
    bias: bool
    dropout: float


def perceptron(module: nn.Module) -> Perceptron | None:
    """What the fused MLP computes alike, or None where the module is anything else.

    An `nn.Sequential`, nested or not, of `nn.Linear`, one kind of activation, and dropout of
    one rate after every hidden activation or after none. Flattening does nothing to a row.
    """
    if type(module) not in (nn.Sequential, nn.Linear):
        return None
    parts = [part for part in _flat(module) if type(part) not in (nn.Flatten, nn.Identity)]
    if not _runs_in_order(parts):
        return None
    linears = [part for part in parts if isinstance(part, nn.Linear)]
    if len(set(map(id, linears))) < len(linears):
        return None
    activations = {_activation(part) for part in parts} - {None}
    biases = {linear.bias is not None for linear in linears}
    rates = {part.p for part in parts if isinstance(part, MemberDropout)}
    trained = all(parameter.requires_grad for parameter in module.parameters())
    if len(activations) > 1 or len(biases) > 1 or len(rates) > 1 or not trained:
        return None
    return Perceptron(
        layers=[_layer(linear) for linear in linears],
        activation=activations.pop() or "linear" if activations else "linear",
        bias=biases == {True},
        dropout=rates.pop() if rates else 0.0,
    )


def _flat(module: nn.Module) -> Iterator[nn.Module]:
    if type(module) is nn.Sequential:
        for child in module:
            yield from _flat(child)
    else:
        yield module


def _runs_in_order(parts: list[nn.Module]) -> bool:
    """Whether the parts are layer, activation, (dropout), ..., layer, all groups alike."""
    kinds = "".join(_letter(part) for part in parts)
    for group in ("la", "lad"):
        hidden, rest = divmod(len(kinds) - 1, len(group))
        if rest == 0 and kinds == group * hidden + "l":
            return True
    return False


def _letter(part: nn.Module) -> str:
    if type(part) is nn.Linear:
        return "l"
    if type(part) is MemberDropout:
        return "d"
    return "?" if _activation(part) is None else "a"


def _activation(part: nn.Module) -> str | None:
    """The fused MLP's name of an activation that it computes with the same constants."""
    match part:
        case nn.LeakyReLU(negative_slope=0.01):
            return "leaky_relu"
        case nn.ELU(alpha=1.0):
            return "elu"
        case nn.GELU(approximate="none"):
            return "gelu"
        case nn.Softplus(beta=1, threshold=20):
            return "softplus"
        case _:
            return _NAMES.get(type(part))


def _layer(linear: nn.Linear) -> tuple[Matrix, Matrix]:
    weights = linear.weight.detach().double().numpy().T.copy()
    bias = linear.bias.detach().double().numpy().copy() if linear.bias is not None else None
    return weights, weights[0] * 0 if bias is None else bias
