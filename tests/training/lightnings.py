"""Small ordinary Lightning trainings, as users write them."""

import warnings

import lightning.pytorch as pl
import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset, TensorDataset

HINTS = (
    "ignore:.*does not have many workers",
    "ignore:.*smaller than the logging interval",
    "ignore:.*LeafSpec",
    "ignore:.*but have no `val_dataloader`",
    "ignore:.*sampler has shuffling enabled",
    "ignore:.*Checkpoint directory .* exists and is not empty",
)


class Plain(pl.LightningModule):
    """A network with dropout and batch norm that keeps its validation losses in a list."""

    def __init__(self, units=64, *, features=20, rate=0.01, dropout=0.2):
        super().__init__()
        self.rate = rate
        self.seen = []
        self.net = nn.Sequential(
            nn.Linear(features, units),
            nn.BatchNorm1d(units),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(units, 2),
        )

    def training_step(self, batch, batch_idx):
        return nn.functional.cross_entropy(self.net(batch[0]), batch[1])

    def validation_step(self, batch, batch_idx):
        outputs = self.net(batch[0])
        loss = nn.functional.cross_entropy(outputs, batch[1])
        self.seen.append(float(loss))
        self.log("val_loss", loss)
        self.log("val_acc", (outputs.argmax(1) == batch[1]).float().mean())
        return loss

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), self.rate)


class Jittered(Dataset):
    """Examples with noise from a generator of the data set's own, counted as they are read."""

    def __init__(self, inner, noise=0.1):
        self.inner = inner
        self.noise = noise
        self.generator = np.random.default_rng(5)
        self.reads = 0

    def __len__(self):
        return len(self.inner)

    def __getitem__(self, index):
        x, y = self.inner[index]
        self.reads += 1
        own = torch.from_numpy(self.generator.normal(size=len(x)).astype(np.float32))
        return x + self.noise * (own + torch.randn(len(x)) + np.random.normal()), y


def examples(count, *, seed, noise=0.7, features=20):
    """Two classes by the first feature, with noise in it."""
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(count, features, generator=generator)
    y = (x[:, 0] + noise * torch.randn(count, generator=generator)) > 0
    return TensorDataset(x, y.long())


def loaders(train=80, validation=200, *, noise=0.7, batch=16):
    """A shuffling training loader and a validation loader."""
    return (
        DataLoader(examples(train, seed=0, noise=noise), batch, shuffle=True),
        DataLoader(examples(validation, seed=1, noise=noise), 100),
    )


def trainer(*callbacks, epochs, **options):
    """A Trainer with nothing but these callbacks."""
    settings = {
        "accelerator": "cpu",
        "logger": False,
        "enable_checkpointing": False,
        "enable_progress_bar": False,
        "enable_model_summary": False,
        "num_sanity_val_steps": 0,
    }
    return pl.Trainer(max_epochs=epochs, callbacks=list(callbacks), **settings | options)


def fit(module, *callbacks, epochs, data=None, seed=3, **options):
    """The module, trained from the same generators whatever the callbacks."""
    train, validation = data or loaders()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*tensorboardX.*")
        running = trainer(*callbacks, epochs=epochs, **options)
    torch.manual_seed(seed)
    np.random.seed(seed)
    running.fit(module, train, validation)
    return module
