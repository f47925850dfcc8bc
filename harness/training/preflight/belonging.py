"""Whether outputs, targets and loss belong together, before the loss is asked."""

from collections.abc import Iterator

import torch
from torch import Tensor

from harness.findings.checks import Check
from harness.training.preflight.criteria import Criterion

NAME = "outputs and loss"
Fault = tuple[str, str]
"""What is wrong, and what to do."""


def belonging(
    criterion: Criterion, outputs: Tensor, targets: Tensor, *, wanted: int | None = None
) -> Check:
    """The check of outputs against loss and targets.

    Args:
        criterion: the loss.
        outputs: of the network, for these examples.
        targets: of the examples.
        wanted: outputs an example should have; None where the targets alone tell.
    """
    for says, advice in _faults(criterion, outputs, targets, wanted):
        return Check(name=NAME, passed=False, says=says, advice=advice)
    shapes = f"{shape(outputs)} outputs, {shape(targets)} targets, loss {criterion.name}"
    if criterion.kind == "own":
        return Check(name=NAME, passed=None, says=f"{shapes}, which only its author knows")
    return Check(name=NAME, passed=True, says=shapes)


def shape(tensor: Tensor) -> str:
    """[32 × 10], for people."""
    return f"[{' × '.join(map(str, tensor.shape))}]"


def _faults(
    criterion: Criterion, outputs: Tensor, targets: Tensor, wanted: int | None
) -> Iterator[Fault]:
    if outputs.dim() == 0 or outputs.shape[0] != targets.shape[0]:
        rows = f"the outputs are {shape(outputs)} for {targets.shape[0]} examples"
        yield rows, "give a row of outputs for each example; the first axis is the batch's"
        return
    if not bool(torch.isfinite(outputs).all()):
        count = int((~torch.isfinite(outputs)).sum())
        yield (
            f"{count} of {outputs.numel()} outputs are nan or inf before any training",
            "look for a division, log or square root of 0, and for weights that start too large",
        )
    if wanted is not None and outputs.shape[1:] != (wanted,):
        yield (
            f"the outputs are {shape(outputs)}, and the data want {wanted} an example",
            "end the network in a layer of as many outputs as it is told",
        )
    match criterion.kind:
        case "categorical" | "log shares":
            yield from _class_faults(criterion, outputs, targets)
        case "binary" | "shares":
            yield from _binary_faults(criterion, outputs, targets)
        case "squared" | "absolute":
            yield from _number_faults(criterion, outputs, targets)
        case _:
            return


def _class_faults(criterion: Criterion, outputs: Tensor, targets: Tensor) -> Iterator[Fault]:
    if outputs.dim() < 2 or outputs.shape[1] == 1:
        yield (
            f"{criterion.name} over 1 output is always 0: a softmax of one number is 1",
            "give an output for each class, or take binary cross-entropy for the one output",
        )
        return
    if targets.is_floating_point():
        yield from _share_faults(criterion, outputs, targets)
        return
    if targets.shape != (outputs.shape[0], *outputs.shape[2:]):
        one_more = targets.dim() == outputs.dim() and targets.shape[1] == 1
        one_hot = targets.shape == outputs.shape
        cure = "targets.argmax(1)" if one_hot else "targets.squeeze(1)" if one_more else ""
        wish = f"[{' × '.join(map(str, (outputs.shape[0], *outputs.shape[2:])))}]"
        yield (
            f"targets are {shape(targets)}, and {criterion.name} takes {wish}",
            f"give each example the number of its class{': ' + cure if cure else ''}",
        )
        return
    yield from _range_faults(criterion, outputs, targets)
    if criterion.kind == "log shares":
        yield from _log_faults(criterion, outputs)


def _share_faults(criterion: Criterion, outputs: Tensor, targets: Tensor) -> Iterator[Fault]:
    sums = targets.sum(dim=1) if targets.shape == outputs.shape else targets.new_zeros(1)
    if not torch.allclose(sums, torch.ones_like(sums), atol=1e-3) or targets.min() < 0:
        yield (
            f"targets are {shape(targets)} of {targets.dtype}, and {criterion.name} takes "
            "numbers of classes or shares that sum to 1",
            "give the class numbers as integers, targets.long(), or take mse for amounts",
        )


def _range_faults(criterion: Criterion, outputs: Tensor, targets: Tensor) -> Iterator[Fault]:
    counted, classes = targets[targets != criterion.ignored], outputs.shape[1]
    if counted.numel() == 0 or (counted.min() >= 0 and counted.max() < classes):
        return
    low, high = int(counted.min()), int(counted.max())
    from_one = low == 1 and high == classes
    more = f"give {high + 1} outputs, or number the classes from 0 to {classes - 1}"
    yield (
        f"targets number classes from {low} to {high}, and {classes} outputs have classes "
        f"0 to {classes - 1}",
        "count classes from 0: targets - 1" if from_one else more,
    )


def _log_faults(criterion: Criterion, outputs: Tensor) -> Iterator[Fault]:
    sums = outputs.logsumexp(dim=1)
    if torch.allclose(sums, torch.zeros_like(sums), atol=1e-3):
        return
    shares = torch.allclose(outputs.sum(dim=1), torch.ones_like(sums), atol=1e-3)
    softmax = shares and outputs.min() >= 0
    kind = "probabilities" if softmax else "no logs of probabilities"
    cure = "log_softmax in place of softmax" if softmax else "a log_softmax"
    yield (
        f"{criterion.name} takes logs of probabilities, and the outputs are {kind}",
        f"end the network in {cure}, or take CrossEntropyLoss, which does it itself",
    )


def _binary_faults(criterion: Criterion, outputs: Tensor, targets: Tensor) -> Iterator[Fault]:
    yield from _shape_faults(criterion, outputs, targets)
    low, high = float(targets.min()), float(targets.max())
    if low < 0 or high > 1:
        cure = "(targets + 1) / 2" if (low, high) == (-1, 1) else "targets - 1"
        known = (low, high) in ((-1, 1), (1, 2))
        yield (
            f"targets reach from {low:g} to {high:g}, and {criterion.name} takes 0 and 1",
            f"write them as 0 and 1{': ' + cure if known else ''}"
            + ("" if known or high < 2 else ", or take categorical cross-entropy"),
        )
    if criterion.given and not targets.is_floating_point():
        yield (
            f"targets are {targets.dtype}, and {criterion.name} takes floats",
            "convert them: targets.float()",
        )
    if criterion.kind == "shares" and (outputs.min() < 0 or outputs.max() > 1):
        reach = f"from {float(outputs.min()):.2g} to {float(outputs.max()):.2g}"
        yield (
            f"{criterion.name} takes probabilities, and the outputs reach {reach}",
            "take BCEWithLogitsLoss, or end the network in a sigmoid",
        )


def _shape_faults(criterion: Criterion, outputs: Tensor, targets: Tensor) -> Iterator[Fault]:
    if outputs.shape == targets.shape:
        return
    same = outputs.numel() == targets.numel()
    if same and not criterion.given and criterion.kind == "binary":
        return
    says = f"outputs are {shape(outputs)} and targets {shape(targets)}"
    if not same:
        several = criterion.kind in ("binary", "shares") and outputs.dim() == 2
        other = "; for classes take categorical cross-entropy" if several else ""
        yield f"{says}, and {criterion.name} takes equal shapes", f"give one output a target{other}"
        return
    shorter = outputs.dim() < targets.dim()
    cure = "targets.squeeze(1)" if shorter else "outputs.squeeze(1), or targets.unsqueeze(1)"
    pairs = f": every output is compared with every target, {len(outputs)} × {len(targets)}"
    wide = pairs if criterion.kind in ("squared", "absolute") else ""
    yield f"{says}, and {criterion.name} takes equal shapes{wide}", f"make them equal: {cure}"


def _number_faults(criterion: Criterion, outputs: Tensor, targets: Tensor) -> Iterator[Fault]:
    if not targets.is_floating_point():
        found = targets.unique().numel()
        yield (
            f"targets are {targets.dtype}, {found} different ones, and {criterion.name} takes "
            "their order for a distance",
            "for classes take cross-entropy, for amounts convert them: targets.float()",
        )
    yield from _shape_faults(criterion, outputs, targets)
