"""Whether a network's last operation lets its outputs be what the loss takes them for."""

import re

from torch import Tensor

from harness.findings.checks import Check
from harness.training.preflight.criteria import Criterion

NAME = "last activation"
_PASSING = re.compile(
    r"(Unsafe|Reshape)?(View|Alias)|Squeeze|Unsqueeze|Transpose|Permute|T|Select|Slice|Clone"
    r"|ToCopy|Index|Expand|Split|Unbind"
)
"""Operations that only move numbers about."""
_RANGES = {"Relu": (0.0, float("inf")), "Sigmoid": (0.0, 1.0), "Tanh": (-1.0, 1.0),
           "Softmax": (0.0, 1.0)}  # fmt: skip
WIDE = 0.9
"""Outputs of a trained network that span so much of 0..1 without leaving it are squeezed."""


def last_operation(outputs: Tensor) -> str:
    """The operation that made the outputs, as autograd names it: "Sigmoid", "Addmm" ..."""
    node = outputs.grad_fn
    while node is not None:
        name = re.sub(r"Backward\d*$", "", node.name())
        if not _PASSING.fullmatch(name) or not node.next_functions:
            return name
        node = node.next_functions[0][0]
    return ""


def ending(criterion: Criterion, outputs: Tensor, targets: Tensor) -> Check:
    """The check of the last operation.

    Args:
        criterion: the loss.
        outputs: with the graph that made them.
        targets: of the examples.
    """
    last = last_operation(outputs)
    found = _logits_fault(last) if criterion.kind in ("categorical", "binary") else ""
    if criterion.kind == "categorical" and not found and _sum_to_one(outputs):
        found = "outputs are shares that sum to 1 already"
    if found:
        return _of_logits(criterion, found)
    if criterion.kind in ("squared", "absolute") and last in _RANGES:
        return _of_numbers(last, targets)
    twice = ", which a second time does nothing" if last == "LogSoftmax" else ""
    return Check(name=NAME, passed=True, says=f"{last or 'none'}{twice}")


def still_ending(criterion: Criterion, trained: Tensor) -> Check | None:
    """A fault that only shows once the network is trained: log-odds that never leave 0..1."""
    low, high = float(trained.min()), float(trained.max())
    squeezed = low >= 0 and high <= 1 and high - low >= WIDE  # never of nan
    if criterion.kind not in ("categorical", "binary") or not squeezed:
        return None
    return _of_logits(criterion, f"the trained outputs stay from {low:.2f} to {high:.2f}")


def _of_logits(criterion: Criterion, found: str) -> Check:
    own = "softmax" if criterion.kind == "categorical" else "sigmoid"
    return Check(
        name=NAME,
        passed=False,
        says=f"{found}, and {criterion.name} applies a {own} of its own",
        advice="let the network end in its last layer, without an activation",
    )


def _logits_fault(last: str) -> str:
    match last:
        case "Softmax" | "Sigmoid":
            return f"outputs come from a {last.lower()}"
        case "Relu":
            return "outputs come from a relu, which leaves no logit below 0"
        case "Tanh":
            return "outputs come from a tanh, which keeps logits within -1..1"
        case _:
            return ""


def _sum_to_one(outputs: Tensor) -> bool:
    if outputs.dim() < 2 or outputs.shape[1] < 2:
        return False
    sums = outputs.detach().sum(dim=1)
    return bool(((sums - 1).abs() < 1e-3).all() and outputs.min() >= 0)


def _of_numbers(last: str, targets: Tensor) -> Check:
    low, high = _RANGES[last]
    least, most = float(targets.min()), float(targets.max())
    if low <= least and most <= high:
        return Check(name=NAME, passed=True, says=f"{last}, whose range holds all targets")
    reach = "0 and more" if last == "Relu" else f"{low:g}..{high:g}"
    return Check(
        name=NAME,
        passed=False,
        says=f"outputs come from a {last.lower()}, {reach}, and targets reach "
        f"from {least:.3g} to {most:.3g}",
        advice="let the network end in its last layer, without an activation",
    )
