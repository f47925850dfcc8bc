"""Whether examples keep apart, and whether train and eval modes mean the same network."""

from copy import deepcopy

import torch
from torch import Tensor, nn

from harness.findings.checks import Check
from harness.networks.modules import plain_attention
from harness.training.preflight.batches import Batch, answer
from harness.training.preflight.copies import copied, normalisations, settling_passes
from harness.training.preflight.criteria import Criterion
from harness.training.preflight.learning import Memorised
from harness.training.preflight.subject import Subject, Task, loss_of

APART, MODES = "examples apart", "train and eval"
ROUNDING = 1e-3
"""Of the largest output: what the order of additions may change."""
STEPS = 100
"""In train mode, before the modes are compared."""
DRAWS = 16
"""Losses in train mode are means over so many passes."""
APART_BY = 0.25
"""Share of the constant prediction's loss by which modes may differ. Our choice."""


def apart(subject: Subject) -> Check:
    """The check that an example's outputs do not depend on the others in its batch."""
    if why := size_fault(subject):
        return Check(
            name=APART,
            passed=False,
            says=f"half a batch raises: {why}",
            advice="take the number of examples from the inputs: x.shape[0], or -1 in a view",
        )
    module = copied(subject.module).eval()
    half = _half(subject.batch)
    with torch.no_grad(), plain_attention():
        whole = answer(module, subject.batch.inputs)
        again = answer(module, subject.batch.inputs)
        alone = answer(module, half.inputs)
    if _differ(whole, again):
        return Check(
            name=APART,
            passed=False,
            says="in eval mode the same examples give other outputs a second time",
            advice="give F.dropout(..., training=self.training), and draw noise in train mode only",
        )
    if alone.shape[0] != len(half) or _differ(whole[: len(half)], alone):
        return Check(
            name=APART,
            passed=False,
            says="in eval mode an example's outputs depend on the other examples of its batch",
            advice="look for a view, softmax, mean or norm over the first axis, for "
            "track_running_stats=False, and for batch_first",
        )
    return Check(name=APART, passed=True, says="half a batch gives what it gives in the whole")


def size_fault(subject: Subject) -> str:
    """What the module raises for fewer examples than it was given before, or nothing."""
    try:
        with torch.no_grad(), plain_attention():
            answer(copied(subject.module).eval(), _half(subject.batch).inputs)
    except RuntimeError as error:
        return str(error).splitlines()[0]
    return ""


def _half(batch: Batch) -> Batch:
    return batch.rows(torch.arange(len(batch) // 2, device=batch.targets.device))


def _differ(first: Tensor, second: Tensor) -> bool:
    size = float(first.abs().max())
    return float((first - second).abs().max()) > ROUNDING * size + 1e-7


def modes(subject: Subject, task: Task, found: Memorised) -> Check:
    """The check of losses in both modes, on the memorised examples."""
    module, criterion = deepcopy(found.module), subject.criterion
    if _alike(module, task.batch):
        return Check(name=MODES, passed=True, says="the same outputs in both modes")
    if not task.scale > 0:
        return Check(name=MODES, passed=None, says="there is nothing to learn, so no measure")
    draws = _draws(module, task.batch)
    _train_on(module, task.batch, criterion, rate=found.rate)
    train, evaluated = _both(module, task.batch, criterion)
    says = f"loss {train:.3g} in train mode, {evaluated:.3g} in eval mode, on the same examples"
    worse = evaluated - train > APART_BY * task.scale
    better = train - evaluated > APART_BY * task.scale and not draws
    if not worse and not better and evaluated == evaluated:
        return Check(name=MODES, passed=True, says=says)
    return Check(name=MODES, passed=False, says=says, advice=_advice(module))


def _advice(module: nn.Module) -> str:
    if normalisations(module):
        return (
            "batch norm's running means are not those of its batches: a momentum of about 0.1, "
            "larger batches, or GroupNorm or LayerNorm"
        )
    return (
        "look for code that asks self.training and scales differently; dropped units must be "
        "made up for by 1 / (1 - rate)"
    )


def _alike(module: nn.Module, batch: Batch) -> bool:
    with torch.no_grad(), plain_attention():
        first = answer(deepcopy(module).train(), batch.inputs)
        return not _differ(first, answer(module.eval(), batch.inputs))


def _draws(module: nn.Module, batch: Batch) -> bool:
    """Whether train mode is random."""
    copy = deepcopy(module).train()
    with torch.no_grad():
        return _differ(answer(copy, batch.inputs), answer(copy, batch.inputs))


def _train_on(module: nn.Module, batch: Batch, criterion: Criterion, *, rate: float) -> None:
    module.train()
    optimizer = torch.optim.Adam([p for p in module.parameters() if p.requires_grad], lr=rate)
    for _ in range(STEPS):
        optimizer.zero_grad()
        loss_of(module, batch, criterion).backward()
        optimizer.step()


def _both(module: nn.Module, batch: Batch, criterion: Criterion) -> tuple[float, float]:
    with torch.no_grad(), plain_attention():
        module.train()
        for _ in range(settling_passes(module)):
            answer(module, batch.inputs)
        train = [float(loss_of(module, batch, criterion)) for _ in range(DRAWS)]
        module.eval()
        return sum(train) / DRAWS, float(loss_of(module, batch, criterion))
