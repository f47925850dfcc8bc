"""A population as one Lightning module: one `fit` trains all members of a chunk."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

import lightning.pytorch as pl
import numpy as np
import torch
from jaxtyping import Float, Shaped, UInt8
from torch import Tensor
from torch.utils.data import DataLoader
from torch.utils.data import Dataset as TorchDataset

from harness.data import Dataset, Task
from harness.networks import (
    Build,
    Carriage,
    Carrier,
    PopulationNetwork,
    mlp_population,
    users_population,
)
from harness.study import Loss, Traced
from harness.training.chunks import Chunk
from harness.training.examples import DropoutBytes, input_noise, sample_batches
from harness.training.feeding import (
    PIECES_AT_ONCE,
    Feed,
    Given,
    as_targets,
    in_pieces,
)
from harness.training.losses import LossFunction, loss_function
from harness.training.measures import Averaged, Averaging, Measured, Measurements
from harness.training.schedules import changes, factor_at
from harness.training.softening import Softening, softens
from harness.training.streaming import feed_for
from harness.training.tracing import Tracing
from harness.training.updates import Clipping, Penalties, update_for, vector

STEPS_AT_ONCE = 64
"""Steps in one item of the loader: Lightning costs 0.2 ms an item, a step about as much."""
DRAWN_AT_ONCE = 1 << 22
"""Random bytes drawn at once for one member."""


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
        build: of the user's own network; None for the built-in one.
        carried_by: another carrier of the user's network than the best one.
        trace: when the members' weights are kept.
        dtype: of weights and examples; float64 is for checks against closed forms.
    """

    validation_x: Float[Tensor, "1 validation_example feature"]
    validation_y: Shaped[Tensor, "1 validation_example *output"]

    def __init__(
        self,
        chunk: Chunk,
        dataset: Dataset,
        *,
        loss: Loss,
        study_seed: int,
        build: Build | None = None,
        carried_by: Carrier | None = None,
        trace: Traced | None = None,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        super().__init__()
        self.automatic_optimization = False
        self.chunk = chunk
        self.scheduled = changes(chunk.settings)
        self.classes = dataset.task is Task.CLASSIFICATION
        self.loss = loss_function(dataset, loss)
        members = [(member.trial.settings, member.seed) for member in chunk.members]
        self.carriage: Carriage | None = None
        self.network: PopulationNetwork
        if build is None:
            self.network = mlp_population(
                members,
                features=dataset.features,
                outputs=self.loss.outputs,
                pad_output=self.loss.pad_output,
                study_seed=study_seed,
                dtype=dtype,
            )
        else:
            self.network, self.carriage = users_population(
                build,
                members,
                sample_batches(dataset, examples=chunk.examples, batch=chunk.batch),
                pad_output=self.loss.pad_output,
                carried_by=carried_by,
                dtype=dtype,
            )
        self.feed: Feed = feed_for(
            dataset,
            members,
            examples=chunk.examples,
            study_seed=study_seed,
            prepared=self.network.prepared,
            dtype=dtype,
        )
        self.slope = self._slope(dataset, dtype)
        self._lay_out_validation(dataset, dtype)
        self.noise = input_noise(members, features=dataset.features, study_seed=study_seed)
        self.dropout_bytes = DropoutBytes([seed for _, seed in members], study_seed=study_seed)
        self.tracing = Tracing(self.network, members=len(members), when=trace)
        self.measurements = Measurements(
            len(members),
            validation_examples=len(dataset.validation),
            study_seed=study_seed,
            patience=[own.patience for own, _ in members],
        )

    def _lay_out_validation(self, dataset: Dataset, dtype: torch.dtype) -> None:
        x = self.network.prepared(torch.from_numpy(dataset.validation.x).to(dtype))
        self.register_buffer("validation_x", x[None])
        self.register_buffer("validation_y", as_targets(dataset.validation.y[None], dataset, dtype))

    def _slope(self, dataset: Dataset, dtype: torch.dtype) -> LossFunction | Softening:
        """What gives the gradient of the training loss by the outputs."""
        members = [member.trial.settings for member in self.chunk.members]
        if not any(softens(own) for own in members):
            return self.loss
        targets = self.feed.targets.expand(len(members), -1).numpy()
        return Softening(self.loss, members, targets, classes=dataset.classes, dtype=dtype)

    def configure_optimizers(self) -> None:
        """None: the updates below are the optimizer."""

    def train_dataloader(self) -> DataLoader[range]:
        """Ranges of steps; the examples are on the device already."""
        return DataLoader(_Ranges(self.chunk.steps), batch_size=None)

    def on_fit_start(self) -> None:
        """Set up the updates on the device, and measure epoch 0."""
        members = [member.trial.settings for member in self.chunk.members]
        self.network.begin()
        self.taken = 0
        weights, biases = self.network.parameters_by_decay()
        like = [*weights, *biases][0]
        self.rate = vector([own.learning_rate for own in members], like=like)
        momentum = vector([own.momentum for own in members], like=like)
        self.penalties = Penalties(members, self.rate)
        self.clipping = Clipping(members, like=like)
        self.update = update_for(
            self.chunk.settings.optimizer, [*weights, *biases], rate=self.rate, momentum=momentum
        )
        self.measure(0)

    def on_train_epoch_start(self) -> None:
        """Draw the epoch's order."""
        self.feed.begin_epoch()

    def training_step(self, batch: Sequence[int], batch_index: int) -> None:
        """Take a range of steps."""
        with torch.no_grad():
            for step, random in zip(batch, self._random(len(batch)), strict=True):
                self._step(step, random)

    def _step(self, step: int, random: UInt8[Tensor, "member byte"] | None) -> None:
        gradients = self._gradients(step, random)
        weights, _ = self.network.parameters_by_decay()
        self.penalties.add_slopes(weights, gradients[: len(weights)])
        self.clipping.shorten(gradients)
        if self.scheduled:
            steps = self.chunk.steps * self.chunk.settings.epochs
            self.update.schedule(factor_at(self.chunk.settings, self.taken, steps))
        self.penalties.shrink(weights)
        self.update.step(gradients)
        self.taken += 1
        self.tracing.after_step(self.taken)

    def _gradients(self, step: int, random: UInt8[Tensor, "member byte"] | None) -> list[Tensor]:
        """Of the step's mean loss, by weights and then by biases."""
        start, rows = step * self.chunk.batch, self.chunk.rows
        count = min(self.chunk.batch, self.chunk.examples - start)
        if count <= rows:
            return self._slopes(slice(start, start + count), random)
        summed: list[Tensor] = []
        for first in range(0, count, rows):
            piece = slice(first, min(first + rows, count))
            part = None if random is None else self.network.random_piece(random, piece)
            share = (piece.stop - piece.start) / count
            slopes = self._slopes(slice(start + piece.start, start + piece.stop), part, share)
            if summed:
                for total, more in zip(summed, slopes, strict=True):
                    total.add_(more)
            else:
                summed = slopes
        return summed

    def _slopes(
        self,
        positions: slice,
        random: UInt8[Tensor, "member byte"] | None,
        share: float = 1.0,
    ) -> list[Tensor]:
        x, y = self._examples(positions)
        made = self.network.learn(x, random)
        slope = self.slope.gradient(made.outputs, y)
        return self.network.backward(made, slope if share == 1.0 else slope.mul_(share))

    def _examples(
        self, positions: slice
    ) -> tuple[Float[Tensor, "member rows feature"], Shaped[Tensor, "member rows *output"]]:
        x, y = self.feed.step(positions)
        if self.noise is not None:
            drawn = torch.from_numpy(self.noise.draw(x.shape[1])).to(x)
            x[..., : drawn.shape[2]] += drawn
        return x, y

    def _random(self, steps: int) -> Iterator[UInt8[Tensor, "member byte"] | None]:
        # In eights, as the generator gives them: the stream is the same however it is cut.
        each = -(-self.network.random_bytes(self.chunk.batch) // 8) * 8
        if each == 0:
            yield from (None for _ in range(steps))
            return
        at_once = max(1, DRAWN_AT_ONCE // each)
        for start in range(0, steps, at_once):
            count = min(at_once, steps - start)
            drawn = torch.from_numpy(self.dropout_bytes.draw(count * each)).to(self.device)
            yield from drawn.view(len(self.chunk.members), count, each).unbind(1)

    def on_train_epoch_end(self) -> None:
        """Measure, and freeze the members that diverged."""
        self.measure(self.current_epoch + 1)

    def measure(self, epoch: int) -> None:
        """Record losses and scores of both parts under the present weights."""
        with torch.no_grad():
            validation = None
            if self.validation_x.shape[1] > 0:
                validation = self._measured(self.validation_x, self.validation_y)
            diverged = self.measurements.record(epoch, self._averaged(), validation)
            if diverged.any():
                self.update.freeze(torch.from_numpy(np.flatnonzero(diverged)).to(self.device))
        self.tracing.after_epoch(self.taken, last=epoch == self.chunk.settings.epochs)

    def _measured(
        self, x: Float[Tensor, "1 example feature"], y: Shaped[Tensor, "1 example *output"]
    ) -> Measured:
        outputs: list[Tensor] = []
        losses, rights = self._evaluated(in_pieces(x, y), keep=outputs)
        return Measured(
            losses=losses,
            score=self._score(rights.mean(axis=1), y),
            outputs=torch.cat(outputs, 1).cpu().numpy(),
        )

    def _averaged(self) -> Averaged:
        """The training part, of which only means are kept."""
        pieces, seen = self.feed.pieces(), Averaging()
        while seen.examples < self.chunk.examples:
            seen.add(*self._evaluated(islice(pieces, PIECES_AT_ONCE)))
        return seen.averaged(self._score(seen.right, self.feed.targets))

    def _evaluated(
        self, pieces: Iterable[Given], *, keep: list[Tensor] | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Losses and rights [member, example]; outputs go into `keep`."""
        members = len(self.chunk.members)
        losses, rights = [], []
        for x, targets in pieces:
            y = targets.expand(members, *[-1] * (targets.dim() - 1))
            made = self.network.evaluate(x)
            # A view would hold on to all the outputs.
            losses.append(self.loss.per_example(made, y).contiguous())
            rights.append(self._right(made, y))
            if keep is not None:
                keep.append(made[..., : self.loss.outputs])
        return _array(losses), _array(rights)

    def _right(self, made: Tensor, y: Tensor) -> Tensor:
        """1 for a class that is right; for numbers the squared error, mean over outputs."""
        if not self.classes:
            return (made[..., : self.loss.outputs] - y).square().mean(2)
        if self.loss.outputs > 1:
            return made[..., : self.loss.outputs].argmax(2) == y
        half = 0.0 if self.loss.sigmoid else 0.5
        return (made[..., 0] > half) == y.bool()

    def _score(self, right: np.ndarray, targets: Tensor) -> np.ndarray:
        if self.classes:
            return right
        spread = targets.cpu().numpy().astype(np.float64).var(axis=1).mean(axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(spread > 0, 1 - right / spread, np.nan)

    def parameters_of(self, member: int) -> list[Any]:
        """One member's parameters as NumPy arrays; of an MLP weights and biases by layer."""
        return self.network.parameters_of(member)


def _array(parts: list[Tensor]) -> np.ndarray:
    return torch.cat(parts, 1).to(torch.float64).cpu().numpy()
