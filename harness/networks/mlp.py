"""The fused MLP: many multi-layer perceptrons as one batch of matrix products.

Members differ in weights, widths (up to their common padded width) and dropout rate; they
share depth, activation and whether there are biases. The backward pass is written out, which
halves the time of autograd on these small products.

A member must come out the same, bit for bit, alone and in company. Two things endanger that:
vector tails that straddle members, and kernels chosen by the size of the whole batch. So
units and outputs are padded to a multiple of 16 (32 where a transcendental function is
applied: PyTorch's loops take two AVX-512 registers at a time and treat the rest otherwise),
to a width that depends on the member alone; features are padded to an even number, so that
every block of weights is a multiple of 32 numbers; and sums over a batch are matrix products.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor, nn

from harness.networks.activations import ACTIVATION_TABLE
from harness.networks.initialization import Matrix
from harness.networks.interface import Pass, PopulationNetwork, drop_below, factors, keep_factor
from harness.networks.normalization import Normalized, PopulationNorm


def padded(size: int, *, exact: bool) -> int:
    """The padded size: the next multiple of 16, or of 32 where functions are not exact."""
    step = 16 if exact else 32
    return -(-size // step) * step


@dataclass(frozen=True, kw_only=True)
class Layers:
    """What each layer of a forward pass was given and made.

    Args:
        inputs: the examples, then activations after dropout.
        sums: what each hidden layer's activation was given.
        activations: what it made of them, before dropout.
        dropout: the factor of every unit of each hidden layer; None where nothing drops out.
        normalized: of each hidden layer; empty without batch norm.
    """

    inputs: list[Tensor]
    sums: list[Tensor]
    activations: list[Tensor]
    dropout: list[Tensor] | None
    normalized: list[Normalized]


class PopulationMLP(PopulationNetwork):
    """Multi-layer perceptrons side by side.

    `weights[l]` is [member, in, out], `biases[l]` [member, 1, out]; both hold zeros in their
    padding and keep them. Without biases they stay 0 and have no gradient.
    """

    last_dropped: Float[Tensor, "member 1 1"]
    keep: Float[Tensor, "member 1 1"]

    def __init__(
        self,
        members: Sequence[Sequence[tuple[Matrix, Matrix]]],
        *,
        activation: str,
        bias: bool = True,
        batch_norm: bool = False,
        dropout: Sequence[float] = (),
        pad_output: int = 16,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        """Lay the members' first weights into padded tensors.

        Args:
            members: for each member its layers' weights [in, out] and biases [out]; hidden
                layers' padded widths must agree.
            activation: of the hidden layers.
            bias: whether layers have biases.
            batch_norm: whether hidden layers' sums are normalised over the batch.
            dropout: each member's share of hidden units set to 0 at each step; none where
                left out.
            pad_output: outputs are padded to a multiple of this.
            dtype: of all parameters.
        """
        super().__init__()
        self.activation = ACTIVATION_TABLE[activation]
        self.bias = bias
        self.features = members[0][0][0].shape[0]
        self.outputs = members[0][-1][0].shape[1]
        self._sizes = [[self.features, *(w.shape[1] for w, _ in member)] for member in members]
        sizes = [_pad(self.features, 2)]
        for weights, _ in members[0][:-1]:
            sizes.append(padded(weights.shape[1], exact=self.activation.exact))
        sizes.append(_pad(self.outputs, pad_output))
        self.weights = nn.ParameterList()
        self.biases = nn.ParameterList()
        for layer, (inputs, units) in enumerate(itertools.pairwise(sizes)):
            weight = np.zeros((len(members), inputs, units))
            shift = np.zeros((len(members), 1, units))
            for number, member in enumerate(members):
                small, small_shift = member[layer]
                weight[number, : small.shape[0], : small.shape[1]] = small
                shift[number, 0, : small.shape[1]] = small_shift if bias else 0
            self.weights.append(_parameter(weight, dtype))
            self.biases.append(_parameter(shift, dtype))
        self._mask_padding(members, sizes, dtype)
        self._lay_out_dropout(dropout or [0.0] * len(members), dtype)
        self.norms = nn.ModuleList(self._norms(sizes, dtype) if batch_norm else [])
        self._ones_held: Tensor | None = None

    def _norms(self, sizes: list[int], dtype: torch.dtype) -> list[PopulationNorm]:
        real = torch.tensor(self._sizes)[:, 1:-1].unbind(1)
        widths = sizes[1:-1]
        return [PopulationNorm(r, width=w, dtype=dtype) for r, w in zip(real, widths, strict=True)]

    def _norm(self, layer: int) -> PopulationNorm:
        norm = self.norms[layer]
        assert isinstance(norm, PopulationNorm)
        return norm

    def _mask_padding(
        self,
        members: Sequence[Sequence[tuple[Matrix, Matrix]]],
        sizes: list[int],
        dtype: torch.dtype,
    ) -> None:
        for layer, size in enumerate(sizes[1:-1]):
            real = np.array([member[layer][0].shape[1] for member in members])
            if self.activation.zero_at_zero or np.all(real == size):
                continue
            mask = torch.from_numpy(np.arange(size)[None, None, :] < real[:, None, None])
            self.register_buffer(f"mask_{layer}", mask.to(dtype), persistent=False)

    def _lay_out_dropout(self, rates: Sequence[float], dtype: torch.dtype) -> None:
        self.drops = any(drop_below(rate) for rate in rates)
        last = torch.tensor([drop_below(rate) - 1.0 for rate in rates], dtype=dtype)
        keep = torch.tensor([keep_factor(rate) for rate in rates], dtype=dtype)
        self.register_buffer("last_dropped", last.view(-1, 1, 1), persistent=False)
        self.register_buffer("keep", keep.view(-1, 1, 1), persistent=False)

    def _mask(self, layer: int) -> Float[Tensor, "member 1 unit"] | None:
        """1 for real units, 0 for padding; None where padding gives 0 by itself."""
        return self._buffers.get(f"mask_{layer}")

    @property
    def widths(self) -> list[int]:
        """Padded units of each hidden layer."""
        return [weight.shape[2] for weight in list(self.weights)[:-1]]

    def parameters_by_decay(self) -> tuple[list[Tensor], list[Tensor]]:
        """Weights; biases, where the networks have them, and the gains and shifts of norms."""
        biases = list(self.biases) if self.bias else []
        norms = [self._norm(layer) for layer in range(len(self.norms))]
        gains, shifts = [norm.gain for norm in norms], [norm.shift for norm in norms]
        return list(self.weights), [*biases, *gains, *shifts]

    def prepared(
        self, x: Float[Tensor, "example feature"]
    ) -> Float[Tensor, "example prepared_feature"]:
        """Examples with a column of zeros where the number of features is odd."""
        return nn.functional.pad(x, (0, self.weights[0].shape[1] - x.shape[1]))

    def random_bytes(self, batch: int) -> int:
        """One byte for each unit of each example, where units drop out."""
        return batch * sum(self.widths) if self.drops else 0

    def random_piece(
        self, random: UInt8[Tensor, "member byte"], piece: slice
    ) -> UInt8[Tensor, "member piece_byte"]:
        """The bytes of these examples in each layer, as `learn` takes them."""
        batch = random.shape[1] // sum(self.widths)
        layers = random.split([batch * width for width in self.widths], dim=1)
        return torch.cat([
            layer[:, piece.start * width : piece.stop * width]
            for layer, width in zip(layers, self.widths, strict=True)
        ], dim=1)  # fmt: skip

    def learn(
        self,
        x: Float[Tensor, "member batch feature"],
        random: UInt8[Tensor, "member byte"] | None = None,
    ) -> Pass:
        """Outputs in train mode, padded."""
        dropout = None if random is None else self._dropout(random, x.shape[1])
        return self._forward(x, dropout, learning=True)

    def evaluate(
        self, x: Float[Tensor, "member_or_1 example feature"]
    ) -> Float[Tensor, "member example padded_output"]:
        """Outputs in eval mode, padded."""
        x = x.expand(len(self._sizes), -1, -1)
        return self._forward(x, None, learning=False).outputs

    def _dropout(
        self, random: UInt8[Tensor, "member byte"], rows: int
    ) -> list[Float[Tensor, "member rows _"]]:
        batch = random.shape[1] // sum(self.widths)
        layers = random.split([batch * width for width in self.widths], dim=1)
        drawn = [
            layer.view(-1, batch, width)[:, :rows]
            for layer, width in zip(layers, self.widths, strict=True)
        ]
        last, keep = self.last_dropped, self.keep
        return [factors(d, last_dropped=last, keep=keep, dtype=keep.dtype) for d in drawn]

    def _forward(
        self,
        x: Float[Tensor, "member batch feature"],
        dropout: list[Float[Tensor, "member batch _"]] | None,
        *,
        learning: bool,
    ) -> Pass:
        inputs, sums, activations, normalized = [x], [], [], []
        for layer in range(len(self.weights) - 1):
            z = torch.baddbmm(self.biases[layer], inputs[-1], self.weights[layer])
            if self.norms and learning:
                z, kept = self._norm(layer).learn(z, self._ones(z))
                normalized.append(kept)
            elif self.norms:
                z = self._norm(layer).evaluate(z)
            a = self.activation.forward(z)
            mask = self._mask(layer)
            if mask is not None:
                a = a * mask
            sums.append(z)
            activations.append(a)
            inputs.append(a if dropout is None else a * dropout[layer])
        outputs = torch.baddbmm(self.biases[-1], inputs[-1], self.weights[-1])
        layers = Layers(
            inputs=inputs,
            sums=sums,
            activations=activations,
            dropout=dropout,
            normalized=normalized,
        )
        return Pass(outputs=outputs, kept=layers)

    def backward(
        self, made: Pass, output_gradient: Float[Tensor, "member batch padded_output"]
    ) -> list[Tensor]:
        """Gradients of weights and biases; the output's must be 0 in the padding."""
        kept: Layers = made.kept
        ones, alone = self._ones(output_gradient), output_gradient.shape[1] == 1
        of_weights: list[Tensor] = []
        of_biases: list[Tensor] = []
        of_gains: list[Tensor] = []
        of_shifts: list[Tensor] = []
        gradient = output_gradient
        for layer in reversed(range(len(self.weights))):
            of_weights.append(_by_rows(kept.inputs[layer], gradient))
            if self.bias:
                of_biases.append(gradient if alone else torch.bmm(ones, gradient))
            if layer == 0:
                break
            gradient = torch.bmm(gradient, self.weights[layer].transpose(1, 2))
            if kept.dropout is not None:
                gradient = gradient * kept.dropout[layer - 1]
            mask = self._mask(layer - 1)
            if mask is not None:
                gradient = gradient * mask
            z, a = kept.sums[layer - 1], kept.activations[layer - 1]
            gradient = self.activation.backward(gradient, z, a)
            if self.norms:
                gradient, of_gain, of_shift = self._norm(layer - 1).backward(
                    kept.normalized[layer - 1], gradient, ones
                )
                of_gains.append(of_gain)
                of_shifts.append(of_shift)
        return [g for found in (of_weights, of_biases, of_gains, of_shifts) for g in found[::-1]]

    def parameters_of(self, member: int) -> list[tuple[np.ndarray, ...]]:
        """Weights [in, out] and biases [out] of each layer, without padding.

        With batch norm a hidden layer's gains and shifts [out] follow.
        """
        found: list[tuple[np.ndarray, ...]] = []
        for layer, (inputs, units) in enumerate(itertools.pairwise(self._sizes[member])):
            rows = [self.biases[layer]]
            if self.norms and layer < len(self.norms):
                rows += [self._norm(layer).gain, self._norm(layer).shift]
            weights = self.weights[layer][member, :inputs, :units]
            parts = [weights, *(row[member, 0, :units] for row in rows)]
            found.append(tuple(part.cpu().numpy().copy() for part in parts))
        return found

    def parameter_names(self) -> list[tuple[str, ...]]:
        """ "weights 1", "biases 1" and so on; with batch norm "gains 1" and "shifts 1"."""
        kinds = [("weights", "biases", "gains", "shifts")] * len(self.norms)
        kinds += [("weights", "biases")] * (len(self.weights) - len(self.norms))
        return [tuple(f"{kind} {layer}" for kind in own) for layer, own in enumerate(kinds, 1)]

    def _ones(self, like: Float[Tensor, "member batch unit"]) -> Float[Tensor, "member 1 batch"]:
        # Held whole: an expanded view would send bmm to a loop over members.
        held = self._ones_held
        if held is None or held.shape[2] != like.shape[1] or held.device != like.device:
            held = self._ones_held = like.new_ones(like.shape[0], 1, like.shape[1])
        return held


def _by_rows(
    inputs: Float[Tensor, "member batch below"], gradient: Float[Tensor, "member batch unit"]
) -> Float[Tensor, "member below unit"]:
    """Gradients of weights; of a single example by bare products: the same bits, twice as fast."""
    columns = inputs.transpose(1, 2)
    return columns * gradient if gradient.shape[1] == 1 else torch.bmm(columns, gradient)


def _pad(size: int, step: int) -> int:
    return -(-size // step) * step


def _parameter(values: np.ndarray, dtype: torch.dtype) -> nn.Parameter:
    return nn.Parameter(torch.from_numpy(values).to(dtype), requires_grad=False)
