"""The same job as `studies/digits.toml`, as a good practitioner writes it without the harness.

Optuna proposes, a plain LightningModule trains one run after the other, MLFlowLogger logs
to SQLite. It is kept lean, so that the comparison is fair: nothing is checkpointed, printed
or summarised, batches are gathered by index, each evaluation is one batch, and the search is
held in memory. Training and validation are both measured in eval mode after every epoch.
"""

import logging
import time
import warnings
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import lightning.pytorch as pl
import mlflow  # loads seconds of code that MLFlowLogger would load within the time taken
import optuna
import torch
from lightning.pytorch.loggers import MLFlowLogger
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn
from torch.nn.functional import cross_entropy
from torch.utils.data import BatchSampler, DataLoader, RandomSampler, TensorDataset

BATCH = 32
LAYERS = 2
THREADS = 1
"""torch's own, in the one process. On two cores, in turns, a step of 32 units took 1.26 ms with
one thread and 1.33 with two, of 256 units 2.04 and 2.08; where another process took one of the
cores, two threads were 8 to 30 times slower."""


class Classifier(pl.LightningModule):
    """Two hidden layers with dropout."""

    def __init__(
        self, *, units: int, dropout: float, optimizer: str, learning_rate: float, seed: int
    ) -> None:
        super().__init__()
        self.save_hyperparameters()
        widths = [64] + [units] * LAYERS
        hidden = [
            layer
            for fan_in, fan_out in pairwise(widths)
            for layer in (nn.Linear(fan_in, fan_out), nn.ReLU(), nn.Dropout(dropout))
        ]
        self.network = nn.Sequential(*hidden, nn.Linear(units, 10))

    def training_step(self, batch: Sequence[torch.Tensor], _: int) -> torch.Tensor:
        x, y = batch
        return cross_entropy(self.network(x), y)

    def validation_step(
        self, batch: Sequence[torch.Tensor], _: int, dataloader_idx: int = 0
    ) -> None:
        x, y = batch
        outputs = self.network(x)
        part = ("validation", "train")[dataloader_idx]
        measures = {f"loss/{part}": cross_entropy(outputs, y)}
        if part == "validation":
            measures["accuracy/validation"] = (outputs.argmax(dim=1) == y).float().mean()
        self.log_dict(measures, add_dataloader_idx=False, batch_size=len(y))

    def configure_optimizers(self) -> torch.optim.Optimizer:
        kind = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}[self.hparams["optimizer"]]
        return kind(self.parameters(), lr=self.hparams["learning_rate"])


def digits() -> tuple[TensorDataset, TensorDataset]:
    """Training (60 %) and validation (20 %) parts; the test part is left alone."""
    x, y = load_digits(return_X_y=True)
    x = x / 16
    train_x, rest_x, train_y, rest_y = train_test_split(
        x, y, train_size=0.6, stratify=y, random_state=0
    )
    validation_x, _, validation_y, _ = train_test_split(
        rest_x, rest_y, train_size=0.5, stratify=rest_y, random_state=0
    )
    return _tensors(train_x, train_y), _tensors(validation_x, validation_y)


def _tensors(x: Any, y: Any) -> TensorDataset:
    return TensorDataset(torch.tensor(x, dtype=torch.float32), torch.tensor(y))


def batches(part: TensorDataset, *, size: int, shuffle: bool) -> DataLoader[Any]:
    """Batches gathered by index: three times faster than collating single examples."""
    order = RandomSampler(part) if shuffle else range(len(part))
    return DataLoader(part, sampler=BatchSampler(order, size, drop_last=False), batch_size=None)


def train_once(
    settings: Mapping[str, Any],
    *,
    seed: int,
    epochs: int,
    parts: tuple[TensorDataset, TensorDataset],
    store: str,
) -> float:
    """One run: trained, logged; its validation loss after the last epoch."""
    pl.seed_everything(seed, verbose=False)
    train, validation = parts
    trainer = pl.Trainer(
        max_epochs=epochs,
        accelerator="cpu",
        logger=MLFlowLogger(experiment_name="digits", tracking_uri=store),
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
    )
    evaluations = [batches(part, size=len(part), shuffle=False) for part in (validation, train)]
    trainer.fit(
        Classifier(**settings, seed=seed), batches(train, size=BATCH, shuffle=True), evaluations
    )
    return float(trainer.callback_metrics["loss/validation"])


def proposed(trial: optuna.Trial) -> dict[str, Any]:
    """The settings of one Optuna trial."""
    return {
        "units": trial.suggest_int("units", 4, 512, log=True),
        "dropout": trial.suggest_float("dropout", 0.0, 0.6),
        "optimizer": trial.suggest_categorical("optimizer", ["sgd", "adam"]),
        "learning_rate": trial.suggest_float("learning_rate", 1e-4, 1e-1, log=True),
    }


def run_ordinary(
    settings: Sequence[Mapping[str, Any]] | int, *, seeds: int, epochs: int, folder: Path
) -> float:
    """Seconds that the whole search takes, a fresh store included, imports not.

    Args:
        settings: the trials' settings (units, dropout, optimizer, learning_rate), so that
            the runs are the same as someone else's; or how many Optuna shall propose.
        seeds: runs a trial.
        epochs: of each run.
        folder: an empty folder for the store.
    """
    quiet()
    torch.set_num_threads(THREADS)
    start = time.perf_counter()
    parts, store = digits(), f"sqlite:///{folder.resolve().as_posix()}/mlflow.db"

    def objective(trial: optuna.Trial) -> float:
        chosen = proposed(trial)
        losses = [
            train_once(chosen, seed=seed, epochs=epochs, parts=parts, store=store)
            for seed in range(seeds)
        ]
        return sum(losses) / seeds

    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=0))
    given = [] if isinstance(settings, int) else settings
    for one in given:
        study.enqueue_trial(dict(one))
    study.optimize(objective, n_trials=settings if isinstance(settings, int) else len(given))
    return time.perf_counter() - start


def quiet() -> None:
    """No log lines: they cost time and say nothing here."""
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    lightning = "lightning.pytorch.utilities.rank_zero", "lightning.pytorch.loggers.mlflow"
    for name in (*lightning, "alembic", mlflow.__name__):
        logging.getLogger(name).setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", message=".*does not have many workers")
    warnings.filterwarnings("ignore", message="The number of training batches")
    warnings.filterwarnings("ignore", message=".*isinstance.treespec, LeafSpec")
