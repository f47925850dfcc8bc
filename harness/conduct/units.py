"""In what unit a study's losses are."""

from harness.data import Dataset
from harness.study import Loss

_ERRORS: dict[Loss, tuple[str, str]] = {
    "mse": ("mean squared errors", "²"),
    "mae": ("mean absolute errors", ""),
}


def loss_units(dataset: Dataset, *, loss: Loss | None) -> str:
    """How to get from a loss to the data's own unit, in a line; empty where it is in it already.

    Args:
        dataset: whose target may have been standardised.
        loss: what the study asks for; None takes the mean squared error.
    """
    scale, target = dataset.target_scale, dataset.target_name
    if dataset.classes or scale == 1:
        return ""
    if (error := _ERRORS.get(loss or "mse")) is None:
        # Huber's loss is partly squared, and a network's own loss may be anything.
        return f"losses are of the standardised target: an error of 1 is {scale:.3g} {target}"
    what, power = error
    factor = f"multiply by {scale:.3g}{power} for {target}{power}"
    return f"losses are {what} of the standardised target: {factor}"
