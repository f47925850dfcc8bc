"""A population as one Lightning module: one `fit` trains all members of a chunk."""

from collections.abc import Iterator, Sequence
from typing import Any

import lightning.pytorch as pl
import numpy as np
import torch
from jaxtyping import Float, Int, Shaped
from torch import Tensor
from torch.utils.data import DataLoader
from torch.utils.data import Dataset as TorchDataset

from harness.data import Dataset, Task
from harness.networks import PopulationMLP, first_weights
from harness.study import Loss
from harness.training.chunks import Chunk
from harness.training.examples import DropoutBytes, Orders, noisy_targets, subset
from harness.training.losses import loss_function
from harness.training.measures import Measured, Measurements
from harness.training.updates import Penalties, update_for, vector

STEPS_AT_ONCE = 64
"""Steps in one item of the loader: Lightning costs 0.2 ms an item, a step about as much."""
ROWS_AT_ONCE = 256
"""Examples evaluated at once; fixed, since a product's kernel may depend on its rows."""


class _Ranges(TorchDataset[range]):
    """One epoch as ranges of steps."""

    def __init__(self, steps: int) -> None:
        starts = range(0, steps, STEPS_AT_ONCE)
        self._ranges = [range(start, min(steps, start + STEPS_AT_ONCE)) for start in starts]

    def __len__(self) -> int:
        return len(self._ranges)

    def __getitem__(self, index: int) -> range:
        return self._ranges[index]


class Population(pl.LightningModule):
    """Members of one chunk, training side by side by manual optimization.

    After a fit `measurements` holds what was seen; `curves` are made of it by
    `harness.training.train`.

    Args:
        chunk: the members.
        dataset: what they learn.
        loss: the loss's name.
        study_seed: of the streams.
        dtype: of weights and examples; float64 is for checks against closed forms.
    """

    train_x: Float[Tensor, "example feature"]
    train_y: Shaped[Tensor, "member train_example *output"]
    validation_x: Float[Tensor, "1 validation_example feature"]
    validation_y: Shaped[Tensor, "1 validation_example *output"]
    measured_x: Float[Tensor, "member_or_1 train_example feature"]
    rows: Int[Tensor, "member train_example"]
    order: Int[Tensor, "member train_example"]
    last_dropped: Float[Tensor, "member 1 1"]
    keep_factor: Float[Tensor, "member 1 1"]

    def __init__(
        self,
        chunk: Chunk,
        dataset: Dataset,
        *,
        loss: Loss,
        study_seed: int,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        super().__init__()
        self.automatic_optimization = False
        self.chunk = chunk
        self.classes = dataset.task is Task.CLASSIFICATION
        self.loss = loss_function(dataset, loss)
        members = [(member.trial.settings, member.seed) for member in chunk.members]
        settings = chunk.settings
        self.network = PopulationMLP(
            [
                first_weights(
                    own,
                    (dataset.features, *own.widths, self.loss.outputs),
                    study_seed=study_seed,
                    run_seed=seed,
                )
                for own, seed in members
            ],
            activation=settings.activation,
            bias=settings.bias,
            pad_output=self.loss.pad_output,
            dtype=dtype,
        )
        self._lay_out_examples(dataset, study_seed, dtype)
        self.orders = iter(Orders(members, examples=chunk.examples, study_seed=study_seed))
        self.dropout_bytes = DropoutBytes([seed for _, seed in members], study_seed=study_seed)
        self._lay_out_dropout([own.dropout for own, _ in members], dtype)
        self.measurements = Measurements(
            len(members), validation_examples=len(dataset.validation), study_seed=study_seed
        )

    def _lay_out_examples(self, dataset: Dataset, study_seed: int, dtype: torch.dtype) -> None:
        members = self.chunk.members
        streams = [(m.trial.settings, m.seed) for m in members]
        chosen = [
            subset(own, len(dataset.train), study_seed=study_seed, run_seed=seed)
            for own, seed in streams
        ]
        targets = [
            noisy_targets(own, dataset, study_seed=study_seed, run_seed=seed)[rows]
            for (own, seed), rows in zip(streams, chosen, strict=True)
        ]
        pad = self.network.pad_features
        self.register_buffer("train_x", pad(torch.from_numpy(dataset.train.x).to(dtype)))
        self.register_buffer("rows", torch.from_numpy(np.stack(chosen)))
        alike = (self.rows == self.rows[0]).all()
        held = self.train_x[self.rows[0]][None] if alike else self.train_x[self.rows]
        self.register_buffer("measured_x", held)
        self.register_buffer("train_y", self._targets(np.stack(targets), dtype))
        self.register_buffer(
            "validation_x", pad(torch.from_numpy(dataset.validation.x).to(dtype))[None]
        )
        self.register_buffer("validation_y", self._targets(dataset.validation.y[None], dtype))

    def _targets(self, y: np.ndarray, dtype: torch.dtype) -> Tensor:
        targets = torch.from_numpy(np.ascontiguousarray(y))
        return targets if self.classes else targets.to(dtype)

    def _lay_out_dropout(self, rates: list[float], dtype: torch.dtype) -> None:
        like = self.network.weights[0]
        below = [round(256 * rate) for rate in rates]
        keeps = [256 / (256 - b) if b < 256 else 0.0 for b in below]
        self.drops = any(below)
        self.register_buffer("last_dropped", vector([b - 1 for b in below], like=like))
        self.register_buffer("keep_factor", vector(keeps, like=like))

    def configure_optimizers(self) -> None:
        """None: the updates below are the optimizer."""

    def train_dataloader(self) -> DataLoader[range]:
        """Ranges of steps; the examples are on the device already."""
        return DataLoader(_Ranges(self.chunk.steps), batch_size=None)

    def on_fit_start(self) -> None:
        """Set up the updates on the device, and measure epoch 0."""
        members = [member.trial.settings for member in self.chunk.members]
        weights, biases = self.network.parameters_by_decay()
        self.rate = vector([own.learning_rate for own in members], like=weights[0])
        momentum = vector([own.momentum for own in members], like=weights[0])
        self.penalties = Penalties(members, self.rate)
        self.update = update_for(
            self.chunk.settings.optimizer, [*weights, *biases], rate=self.rate, momentum=momentum
        )
        self.measure(0)

    def on_train_epoch_start(self) -> None:
        """Draw the epoch's order: each step's rows of the training part and of the targets."""
        self.order = torch.from_numpy(next(self.orders)).to(self.device)

    def training_step(self, batch: Sequence[int], batch_index: int) -> None:
        """Take a range of steps."""
        with torch.no_grad():
            for step, dropout in zip(batch, self._dropout(len(batch)), strict=True):
                self._step(step, dropout)

    def _step(self, step: int, dropout: list[Tensor] | None) -> None:
        x, y = self._examples(step)
        if dropout is not None:
            dropout = [self._factors(drawn, x.shape[1]) for drawn in dropout]
        made = self.network(x, dropout)
        gradient = self.loss.gradient(made.outputs, y)
        of_weights, of_biases = self.network.backward(made, gradient, dropout)
        weights, _ = self.network.parameters_by_decay()
        self.penalties.add_slopes(weights, of_weights)
        self.penalties.shrink(weights)
        self.update.step([*of_weights, *of_biases])

    def _examples(
        self, step: int
    ) -> tuple[Float[Tensor, "member batch feature"], Shaped[Tensor, "member batch *output"]]:
        batch = self.chunk.batch
        positions = self.order[:, step * batch : (step + 1) * batch]
        rows = self.rows.gather(1, positions)
        x = self.train_x.index_select(0, rows.reshape(-1)).view(*rows.shape, -1)
        return x, _take(self.train_y, positions)

    def _dropout(self, steps: int) -> Iterator[list[Tensor] | None]:
        if not self.drops or not self.network.widths:
            yield from (None for _ in range(steps))
            return
        widths, batch = self.network.widths, self.chunk.batch
        drawn = torch.from_numpy(self.dropout_bytes.draw(steps * batch * sum(widths)))
        drawn = drawn.to(self.device).view(len(self.chunk.members), steps, batch * sum(widths))
        for step in range(steps):
            layers = drawn[:, step].split([batch * width for width in widths], dim=1)
            yield [
                layer.view(-1, batch, width) for layer, width in zip(layers, widths, strict=True)
            ]

    def _factors(
        self, drawn: Shaped[Tensor, "member batch unit"], rows: int
    ) -> Float[Tensor, "member rows unit"]:
        # A byte less the last one that drops is at least 1 where the unit stays, else at most
        # 0; in floats, since comparing bytes and converting is nine times as slow.
        factors = drawn[:, :rows].to(self.keep_factor.dtype)
        return factors.sub_(self.last_dropped).clamp_(0, 1).mul_(self.keep_factor)

    def on_train_epoch_end(self) -> None:
        """Measure, and freeze the members that diverged."""
        self.measure(self.current_epoch + 1)

    def measure(self, epoch: int) -> None:
        """Record losses and scores of both parts under the present weights."""
        with torch.no_grad():
            validation = None
            if self.validation_x.shape[1] > 0:
                validation = self._measured(self.validation_x, self.validation_y, keep=True)
            diverged = self.measurements.record(
                epoch, self._measured(self.measured_x, self.train_y, keep=False), validation
            )
            if diverged.any():
                self.update.freeze(torch.from_numpy(np.flatnonzero(diverged)).to(self.device))

    def _measured(
        self,
        inputs: Float[Tensor, "member_or_1 example feature"],
        targets: Shaped[Tensor, "targets_of example *output"],
        *,
        keep: bool,
    ) -> Measured:
        members = len(self.chunk.members)
        losses, rights, outputs = [], [], []
        for start in range(0, inputs.shape[1], ROWS_AT_ONCE):
            rows = slice(start, start + ROWS_AT_ONCE)
            y = targets[:, rows].expand(members, *[-1] * (targets.dim() - 1))
            made = self.network(inputs[:, rows].expand(members, -1, -1)).outputs
            losses.append(self.loss.per_example(made, y))
            rights.append(self._right(made, y))
            if keep:
                outputs.append(made[..., : self.loss.outputs])
        return Measured(
            losses=_array(losses),
            score=self._score(_array(rights), targets),
            outputs=torch.cat(outputs, 1).cpu().numpy() if keep else None,
        )

    def _right(self, made: Tensor, y: Tensor) -> Tensor:
        """1 for a class that is right; for numbers the squared error, mean over outputs."""
        if not self.classes:
            return (made[..., : self.loss.outputs] - y).square().mean(2)
        if self.loss.outputs > 1:
            return made[..., : self.loss.outputs].argmax(2) == y
        half = 0.0 if self.loss.sigmoid else 0.5
        return (made[..., 0] > half) == y.bool()

    def _score(self, rights: np.ndarray, targets: Tensor) -> np.ndarray:
        if self.classes:
            return rights.mean(axis=1)
        spread = targets.cpu().numpy().astype(np.float64).var(axis=1).mean(axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(spread > 0, 1 - rights.mean(axis=1) / spread, np.nan)

    def parameters_of(self, member: int) -> list[Any]:
        """One member's weights and biases, unpadded, as NumPy arrays, layer by layer."""
        settings = self.chunk.members[member].trial.settings
        sizes = (self.network.features, *settings.widths, self.loss.outputs)
        return [
            (
                weight[member, :inputs, :units].cpu().numpy().copy(),
                bias[member, 0, :units].cpu().numpy().copy(),
            )
            for weight, bias, inputs, units in zip(
                self.network.weights, self.network.biases, sizes[:-1], sizes[1:], strict=True
            )
        ]


def _take(y: Tensor, positions: Int[Tensor, "member batch"]) -> Tensor:
    if y.dim() == 2:
        return y.gather(1, positions)
    return y.gather(1, positions.unsqueeze(2).expand(-1, -1, y.shape[2]))


def _array(parts: list[Tensor]) -> np.ndarray:
    return torch.cat(parts, 1).to(torch.float64).cpu().numpy()
