"""What shows before a step is made: sizes of inputs, the first loss, units that are off."""

from collections.abc import Iterator

import torch
from torch import Tensor

from harness.findings.checks import Check
from harness.training.preflight.batches import Batch
from harness.training.preflight.belonging import shape
from harness.training.preflight.criteria import Criterion
from harness.training.preflight.subject import Subject
from harness.training.preflight.watching import Seen

INPUTS, SCALE, FIRST, DEAD = "inputs", "input scale", "first loss", "dead units"
LARGE, SMALL = 50.0, 0.01
"""Root mean squares of a feature beyond which inputs want scaling."""
UNEVEN = 1000.0
"""So many times the deviation of the least varied feature is too much for one learning rate."""
TIMES = {"categorical": 2.0, "binary": 2.0, "log shares": 2.0, "shares": 2.0,
         "squared": 4.0, "absolute": 2.0}  # fmt: skip
"""First losses up to so many times the constant prediction's are sound: a first output may
vary as much as the targets do. All our choice."""
KNOWING = 0.5
"""Below so much of it, the network knows something before it has learned."""
MOSTLY = 0.75
"""Share of dead units in a layer that is too much. PyTorch's first weights leave two thirds in
plain stacks of ten layers, which still learn."""
LEAST_EXAMPLES = 16
"""A unit that is off for fewer examples may be on for the next."""


def finite(batch: Batch) -> Check:
    """The check that inputs and targets are numbers."""
    for name, tensor in {**batch.tensors, "targets": batch.targets}.items():
        bad = int((~torch.isfinite(tensor)).sum())
        if bad:
            return Check(
                name=INPUTS,
                passed=False,
                says=f"{name}: {bad} of {tensor.numel()} values are nan or inf",
                advice="fill or leave out these values, and look where they come from",
            )
    shapes = ", ".join(f"{name} {shape(t)}" for name, t in batch.tensors.items())
    return Check(name=INPUTS, passed=True, says=f"{shapes}, all finite")


def input_scale(seen: Seen) -> Check:
    """The check of how large the numbers are that reach the first weights."""
    if seen.entering is None or not seen.entering.is_floating_point():
        return Check(name=SCALE, passed=None, says="no numbers enter the first weights")
    if seen.normalised:
        return Check(name=SCALE, passed=True, says="the first layer normalises its inputs")
    for says in _scale_faults(_features(seen.entering)):
        return Check(
            name=SCALE,
            passed=False,
            says=says,
            advice="standardise each feature by the training part's mean and deviation",
        )
    size = float(_features(seen.entering).square().mean().sqrt())
    return Check(name=SCALE, passed=True, says=f"root mean square {size:.2g} at the first weights")


def _features(entering: Tensor) -> Tensor:
    """[number, feature]: the columns of a table; all numbers of anything else are one feature."""
    values = entering.double()
    return values if values.dim() == 2 else values.reshape(-1, 1)


def _scale_faults(values: Tensor) -> Iterator[str]:
    sizes = values.square().mean(dim=0).sqrt()
    column = f" in column {int(sizes.argmax())}" if len(sizes) > 1 else ""
    if sizes.max() > LARGE:
        yield f"inputs are large: root mean square {float(sizes.max()):.3g}{column}"
    if sizes.max() < SMALL:
        yield f"inputs are small: root mean square {float(sizes.max()):.2g} at most"
    deviations = values.std(dim=0)
    varied = deviations[deviations > 0]
    if len(varied) > 1 and varied.max() > UNEVEN * varied.min():
        low, high = float(varied.min()), float(varied.max())
        yield f"features are uneven: deviations from {low:.2g} to {high:.2g}"


def first_loss(subject: Subject) -> Check:
    """The check of the loss before training against the best constant prediction's."""
    first, constant, criterion = subject.first, subject.constant, subject.criterion
    if criterion.kind == "own":
        says = f"{first:.3g}; what a constant costs by {criterion.name} is not known"
        return Check(name=FIRST, passed=None, says=says)
    if not constant > 0:
        says = f"{first:.3g}; all targets are equal, so a constant is right"
        return Check(name=FIRST, passed=None, says=says)
    ignorant = max(constant, _ignorant(criterion, subject))
    says = f"{first:.3g}, and {constant:.3g} for the best constant prediction"
    if first > TIMES[criterion.kind] * ignorant:
        return Check(name=FIRST, passed=False, says=says, advice=_advice(criterion))
    knows = first < KNOWING * constant
    more = ": it knows something already, which is right for pretrained weights only"
    return Check(name=FIRST, passed=True, says=says + (more if knows else ""))


def _ignorant(criterion: Criterion, subject: Subject) -> float:
    """The loss of outputs that are all 0, where that says nothing for any class."""
    if criterion.kind not in ("categorical", "binary"):
        return 0.0
    zeros = torch.zeros_like(subject.outputs)
    return float(criterion(zeros, subject.batch.targets))


def _advice(criterion: Criterion) -> str:
    if criterion.kind in ("squared", "absolute"):
        return (
            "standardise the targets, or begin with the last bias at their mean, and see that "
            "the first outputs are not larger than the targets"
        )
    return (
        "make the first outputs smaller: scale the inputs, begin with smaller last weights, "
        "and see that the loss is the one for such outputs"
    )


def dead_units(seen: Seen, batch: Batch) -> Check:
    """The check of rectified units that are 0 for every example."""
    if not seen.layers:
        return Check(name=DEAD, passed=None, says="no relu is seen")
    if len(batch) < LEAST_EXAMPLES:
        says = f"{len(batch)} examples are too few to call a unit dead"
        return Check(name=DEAD, passed=None, says=says)
    worst = max(seen.layers, key=lambda layer: layer.dead)
    says = f"at most {worst.dead:.0%} of a layer's units are 0 for all {len(batch)} examples"
    if worst.dead <= MOSTLY:
        return Check(name=DEAD, passed=True, says=says)
    bad = [f"{layer.dead:.0%} in {layer.name}" for layer in seen.layers if layer.dead > MOSTLY]
    return Check(
        name=DEAD,
        passed=False,
        says=f"units that are 0 for all {len(batch)} examples: {', '.join(bad)}",
        advice="begin with biases near 0 and centred inputs, or take leaky_relu or gelu",
    )
