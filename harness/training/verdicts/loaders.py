"""The loaders of a Lightning training, as parts to measure."""

from collections.abc import Callable, Mapping
from typing import Any

import lightning.pytorch as pl
from lightning.pytorch.strategies import DeepSpeedStrategy, FSDPStrategy, ModelParallelStrategy

from harness.errors import CallbackError
from harness.training.verdicts.batches import Batches, fixed_batches, given_batches
from harness.training.verdicts.measuring import Parts
from harness.training.verdicts.untouched import Draws, untouched

SHARDED = (FSDPStrategy, DeepSpeedStrategy, ModelParallelStrategy)


def parts_of(
    trainer: pl.Trainer,
    *,
    train_data: Any,
    validation_data: Any,
    train_examples: int | None,
    draws: Draws,
    say: Callable[[str], None],
) -> Parts:
    """What to measure on: the training's own data, or what was given for measuring.

    Of the training part as many examples as the validation part has, unless told otherwise.

    Raises:
        CallbackError: the data cannot be read beside the training.
    """
    if isinstance(trainer.strategy, SHARDED):
        name = type(trainer.strategy).__name__
        raise CallbackError(f"VerdictCallback: {name} shards the module; it cannot be measured")
    with draws.repeated():
        validation = _validation(trainer, validation_data, say)
        count = train_examples or (None if validation is None else validation.examples or None)
        return Parts(train=_train(trainer, train_data, count), validation=validation)


def _validation(trainer: pl.Trainer, given: Any, say: Callable[[str], None]) -> Batches | None:
    if given is not None:
        return given_batches(given, part="validation")
    _set_up(trainer)
    loaders = trainer.val_dataloaders
    if not trainer.enable_validation or loaders is None:
        return None
    if isinstance(loaders, list | tuple) and len(loaders) > 1:
        rest = f"{len(loaders)} validation loaders: the first is judged"
        say(f"{rest}; give validation_data= for another")
    loader = loaders[0] if isinstance(loaders, list | tuple) and loaders else loaders
    if isinstance(loader, Mapping) or not loader:
        return _refuse("validation", loaders)
    return _fixed(loader, part="validation", batches=trainer.num_val_batches[0])


def _train(trainer: pl.Trainer, given: Any, examples: int | None) -> Batches:
    if given is not None:
        return given_batches(given, part="train", examples=examples)
    loader = trainer.train_dataloader
    if isinstance(loader, list | tuple) and len(loader) == 1:
        loader = loader[0]
    if loader is None or isinstance(loader, list | tuple | Mapping):
        return _refuse("train", loader)
    limit = trainer.num_training_batches
    return _fixed(loader, part="train", batches=limit, examples=examples)


def _refuse(part: str, loaders: Any) -> Any:
    kind = "no loader" if loaders is None else f"several loaders ({type(loaders).__name__})"
    raise CallbackError(
        f"VerdictCallback: {part} data: {kind}; give {part}_data=, a loader whose batches "
        "validation_step takes"
    )


def _fixed(loader: Any, **options: Any) -> Batches:
    held = [getattr(loader, name, None) for name in ("sampler", "batch_sampler", "generator")]
    with untouched(*held):
        return fixed_batches(loader, **options)


def _set_up(trainer: pl.Trainer) -> None:
    """Let Lightning make the validation loader now, as it does before its first validation."""
    if trainer.enable_validation and trainer.val_dataloaders is None:
        trainer.validating = True
        trainer.fit_loop.epoch_loop.val_loop.setup_data()
        trainer.training = True


def on_device(trainer: pl.Trainer, batch: Any) -> Any:
    """A batch on the device, through the user's own hooks, as in validation."""
    batch = trainer.precision_plugin.convert_input(batch)
    batch = trainer.lightning_module._on_before_batch_transfer(batch, dataloader_idx=0)
    return trainer.strategy.batch_to_device(batch, dataloader_idx=0)
