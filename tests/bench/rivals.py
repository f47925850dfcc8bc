"""The same work by others: one Lightning run after the other, a plain loop, `vmap(grad)`.

Each `..._epochs(cell, epochs)` trains some members for some epochs, measures training and
validation loss and accuracy after each, and gives the member-steps it took.
"""

import logging
import warnings
from collections.abc import Callable
from functools import cache

import lightning.pytorch as pl
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import BatchSampler, DataLoader, RandomSampler, TensorDataset

from tests.bench.cells import DROPOUT, RATE, Cell, digits

Epochs = Callable[[Cell, int], int]


@cache
def tensors() -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Training inputs and classes, validation inputs and classes."""
    train, validation = digits().train, digits().validation
    return (
        torch.from_numpy(train.x).float(),
        torch.from_numpy(train.y),
        torch.from_numpy(validation.x).float(),
        torch.from_numpy(validation.y),
    )


def network(cell: Cell, dropout: float = DROPOUT) -> nn.Sequential:
    """The network of torch's own layers."""
    inputs, first, second, outputs = cell.sizes
    return nn.Sequential(
        nn.Linear(inputs, first), nn.ReLU(), nn.Dropout(dropout),
        nn.Linear(first, second), nn.ReLU(), nn.Dropout(dropout),
        nn.Linear(second, outputs),
    )  # fmt: skip


def optimizer_for(cell: Cell, parameters: object) -> torch.optim.Optimizer:
    """torch's optimizer of the cell."""
    kind = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}[cell.optimizer]
    return kind(parameters, lr=RATE)  # pyright: ignore[reportArgumentType]


def loop_epochs(cell: Cell, epochs: int) -> int:
    """A plain PyTorch loop over one member."""
    x, y, validation_x, validation_y = tensors()
    model = network(cell)
    optimizer = optimizer_for(cell, model.parameters())
    for _ in range(epochs):
        model.train()
        for rows in torch.randperm(len(x)).split(cell.rows):
            loss = functional.cross_entropy(model(x[rows]), y[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        model.eval()
        with torch.no_grad():
            for inputs, classes in ((x, y), (validation_x, validation_y)):
                outputs = model(inputs)
                float(functional.cross_entropy(outputs, classes))
                float((outputs.argmax(1) == classes).float().mean())
    return epochs * cell.steps


class _Module(pl.LightningModule):
    def __init__(self, cell: Cell) -> None:
        super().__init__()
        self.cell = cell
        self.network = network(cell)

    def training_step(self, batch: list[Tensor], index: int) -> Tensor:
        return functional.cross_entropy(self.network(batch[0]), batch[1])

    def validation_step(self, batch: list[Tensor], index: int, dataloader_idx: int = 0) -> None:
        outputs = self.network(batch[0])
        self.log("loss", functional.cross_entropy(outputs, batch[1]))
        self.log("accuracy", (outputs.argmax(1) == batch[1]).float().mean())

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return optimizer_for(self.cell, self.parameters())


def lightning_epochs(cell: Cell, epochs: int) -> int:
    """One run by Lightning, as lean as its switches make it."""
    x, y, validation_x, validation_y = tensors()
    data = TensorDataset(x, y)
    loader = DataLoader(
        data, sampler=BatchSampler(RandomSampler(data), cell.rows, False), batch_size=None
    )
    parts = [
        DataLoader(TensorDataset(a[None], b[None]), batch_size=None)
        for a, b in ((validation_x, validation_y), (x, y))
    ]
    logging.getLogger("lightning.pytorch.utilities.rank_zero").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        trainer = pl.Trainer(
            accelerator="cpu",
            max_epochs=epochs,
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            num_sanity_val_steps=0,
        )
        trainer.fit(_Module(cell), loader, parts)
    return epochs * cell.steps


def vmap_loss(base: nn.Module) -> Callable[[dict[str, Tensor], Tensor, Tensor], Tensor]:
    """The loss of one member as a function of its parameters."""

    def loss_of(parameters: dict[str, Tensor], x: Tensor, y: Tensor) -> Tensor:
        return functional.cross_entropy(torch.func.functional_call(base, parameters, (x,)), y)

    return loss_of


def vmap_epochs(cell: Cell, epochs: int) -> int:
    """`torch.func.vmap(grad)` over an nn.Module, 64 members at most."""
    members = min(cell.members, 64)
    x, y, validation_x, validation_y = tensors()
    base = network(cell)
    models = [network(cell) for _ in range(members)]
    held = {
        name: torch.stack([dict(model.named_parameters())[name].detach() for model in models])
        for name, _ in base.named_parameters()
    }
    optimizer = optimizer_for(cell, held.values())

    def outputs_of(parameters: dict[str, Tensor], x: Tensor) -> Tensor:
        return torch.func.functional_call(base, parameters, (x,))

    slopes = torch.vmap(torch.func.grad(vmap_loss(base)), randomness="different")
    evaluated = torch.vmap(outputs_of, in_dims=(0, None))
    for _ in range(epochs):
        base.train()
        orders = torch.stack([torch.randperm(len(x)) for _ in range(members)])
        for rows in orders.split(cell.rows, dim=1):
            for name, gradient in slopes(held, x[rows], y[rows]).items():
                held[name].grad = gradient
            optimizer.step()
        base.eval()
        with torch.no_grad():
            for inputs, classes in ((x, y), (validation_x, validation_y)):
                outputs = evaluated(held, inputs)
                logs = outputs.log_softmax(2)
                logs.gather(2, classes.expand(members, -1).unsqueeze(2)).mean((1, 2)).numpy()
                (outputs.argmax(2) == classes).float().mean(1).numpy()
    return epochs * cell.steps * members
