"""Label smoothing and class weights: the training loss's gradient where knobs change it.

Both act on what networks learn from, never on what is measured. They are torch's
`cross_entropy(weight=, label_smoothing=)` with a weight per class and member, and the like for
one sigmoid output, whose targets move towards a half.
"""

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from harness.study import Settings
from harness.training.losses import LossFunction, Outputs


def softens(settings: Settings) -> bool:
    """Whether the knobs change the gradient of a cross-entropy."""
    return settings.label_smoothing > 0 or settings.class_weights != "none"


class Softening(nn.Module):
    """The gradient of a cross-entropy over smoothed targets and weighted classes.

    Args:
        loss: the cross-entropy.
        members: their `label_smoothing` and `class_weights`.
        targets: each member's training targets, [member, example].
        classes: of the data.
        dtype: of the outputs.
    """

    smoothing: Float[Tensor, "member 1 1"]
    weights: Float[Tensor, "member class"]

    def __init__(
        self,
        loss: LossFunction,
        members: Sequence[Settings],
        targets: np.ndarray,
        *,
        classes: int,
        dtype: torch.dtype,
    ) -> None:
        super().__init__()
        self.loss = loss
        smoothing = torch.tensor([own.label_smoothing for own in members], dtype=dtype)
        self.register_buffer("smoothing", smoothing.view(-1, 1, 1))
        weights = [
            class_weights(y, classes=classes)
            if own.class_weights == "balanced"
            else np.ones(classes)
            for own, y in zip(members, targets, strict=True)
        ]
        self.register_buffer("weights", torch.from_numpy(np.stack(weights)).to(dtype))

    def gradient(self, outputs: Outputs, targets: Int[Tensor, "member batch"]) -> Outputs:
        """Gradient of the batch's loss by the outputs; 0 in the padding."""
        weight = self.weights.gather(1, targets)
        slope = self._one(outputs, targets) if self.loss.sigmoid else self._many(outputs, targets)
        # In float64, so that the sum is the same whatever its order.
        share = weight / weight.sum(1, keepdim=True, dtype=torch.float64).to(weight.dtype)
        if self.loss.sigmoid:
            slope = slope * share.unsqueeze(2)
        else:
            slope = slope * (share / weight).unsqueeze(2)
        return nn.functional.pad(slope, (0, outputs.shape[2] - slope.shape[2]))

    def _one(self, outputs: Outputs, targets: Int[Tensor, "member batch"]) -> Tensor:
        wanted = targets.to(outputs.dtype).unsqueeze(2)
        wanted = wanted * (1 - self.smoothing) + self.smoothing / 2
        return torch.sigmoid(outputs)[..., :1] - wanted

    def _many(self, outputs: Outputs, targets: Int[Tensor, "member batch"]) -> Tensor:
        """Gradient of an example's loss, the weight of its class in it."""
        classes = self.weights.shape[1]
        right = (1 - self.smoothing) * self.weights.gather(1, targets).unsqueeze(2)
        spread = self.smoothing * self.weights.unsqueeze(1) / classes
        mass = right + self.smoothing * self.weights.mean(1).view(-1, 1, 1)
        shares = self.loss.shares(outputs)[..., :classes]
        slope = mass * shares - spread
        return slope.scatter_add_(2, targets.unsqueeze(2), -right)


def class_weights(targets: np.ndarray, *, classes: int) -> np.ndarray:
    """n / (classes * examples of the class), as scikit-learn balances; 0 for an absent class."""
    counts = np.bincount(targets, minlength=classes)
    with np.errstate(divide="ignore"):
        return np.where(counts > 0, len(targets) / (classes * counts), 0.0)
