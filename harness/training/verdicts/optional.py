"""Callbacks of libraries that need not be installed."""

from importlib import import_module
from typing import Any

from harness.errors import CallbackError


def keras_callback(**options: Any) -> Any:
    """A `keras.callbacks.Callback` that judges a Keras training.

        model.fit(x, y, callbacks=[harness.keras_callback(train=(x, y), validation=(v, w))])

    Args:
        options: of `harness.training.verdicts.of_keras.KerasVerdictCallback`.

    Raises:
        CallbackError: Keras is not installed, or an option is wrong.
    """
    return _room("of_keras", needs="keras", extra="keras").KerasVerdictCallback(**options)


def huggingface_callback(trainer: Any, **options: Any) -> Any:
    """A `transformers.TrainerCallback` that judges a Hugging Face training.

        trainer.add_callback(harness.huggingface_callback(trainer))

    Args:
        trainer: the `transformers.Trainer` that trains.
        options: of `harness.training.verdicts.of_huggingface.HuggingFaceVerdictCallback`.

    Raises:
        CallbackError: Transformers is not installed, or an option is wrong.
    """
    room = _room("of_huggingface", needs="transformers", extra="huggingface")
    return room.HuggingFaceVerdictCallback(trainer, **options)


def _room(name: str, *, needs: str, extra: str) -> Any:
    missing = ""
    try:
        return import_module(f"harness.training.verdicts.{name}")
    except ModuleNotFoundError as error:
        if error.name is None or error.name.startswith("harness"):
            raise
        missing = error.name
    raise CallbackError(f"{needs} is needed here and {missing} is missing: pip install .[{extra}]")
