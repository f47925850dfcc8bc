"""Whether a network learns: gradients for every parameter, a few examples by heart."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from harness.findings.checks import Check
from harness.training.preflight.batches import answer
from harness.training.preflight.copies import copied, plainly
from harness.training.preflight.subject import Subject, Task, loss_of

GRADIENTS, MEMORISING = "gradients", "memorising"
FIRST_STEPS = 10
"""A parameter may begin without a gradient, behind a layer that starts at 0, but not go on so."""
RATES = (1e-3, 1e-2, 3e-4, 1e-1)
"""Of Adam, the likeliest first."""
TRIAL_STEPS, STEPS = 100, 1000
"""At most, at each rate and at the best of them."""
ENOUGH = 0.1
"""What may be left of the constant prediction's loss. All our choice."""
NAMED = 4
"""So many parameters are named, the others counted."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Memorised:
    """The copy that came closest to knowing its examples by heart.

    Args:
        module: as it was at its lowest loss.
        outputs: for the examples, nothing random about them.
        loss: of these outputs.
        rate: of Adam.
        steps: to there, at this rate.
    """

    module: nn.Module
    outputs: Tensor
    loss: float
    rate: float
    steps: int


def gradients(subject: Subject) -> Check:
    """The check that every parameter gets a gradient, and a finite one."""
    copy = copied(subject.module)
    trained = {name: p for name, p in copy.named_parameters() if p.requires_grad}
    if not trained:
        return _failed("no parameter is trained", "set requires_grad = True where it should be")
    missing, still = set(trained), set(trained)
    optimizer = torch.optim.Adam(trained.values(), lr=RATES[0])
    for _ in range(FIRST_STEPS):
        with plainly(copy):
            loss = loss_of(copy, subject.batch, subject.criterion)
        if not loss.requires_grad:
            return _failed(
                "the loss does not depend on any parameter",
                "look for detach(), .data, no_grad() or numpy between inputs and outputs",
            )
        optimizer.zero_grad()
        loss.backward()
        known = {name: p.grad for name, p in trained.items() if p.grad is not None}
        broken = [n for n, g in known.items() if not bool(torch.isfinite(g).all())]
        if broken:
            return _failed(
                f"{_names(broken)}: nan or inf in the gradient",
                "look for a square root, logarithm or division at 0, and for a rate of growth "
                "from layer to layer",
            )
        missing -= set(known)
        still -= {name for name, gradient in known.items() if bool(gradient.any())}
        optimizer.step()
    return _of_lacking(trained, missing, still - missing)


def _of_lacking(trained: dict[str, nn.Parameter], missing: set[str], still: set[str]) -> Check:
    if missing:
        return _failed(
            f"{_names(sorted(missing))}: never a gradient in {FIRST_STEPS} steps",
            "use it in forward, remove it, or set requires_grad = False",
        )
    if still:
        return _failed(
            f"{_names(sorted(still))}: the gradient is 0 in {FIRST_STEPS} steps",
            "look for units that are off for all examples, a constant factor 0, or an argmax, "
            "round or comparison behind it",
        )
    count = sum(parameter.numel() for parameter in trained.values())
    return Check(
        name=GRADIENTS, passed=True, says=f"all {len(trained)} parameters ({count} numbers)"
    )


def _failed(says: str, advice: str) -> Check:
    return Check(name=GRADIENTS, passed=False, says=says, advice=advice)


def _names(names: list[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more


def memorise(subject: Subject, task: Task) -> Memorised:
    """Train copies on a few examples, one for each rate, until one of them knows them.

    All go some steps; only the best goes on.
    """
    enough = task.least + ENOUGH * task.scale
    pupils: list[_Pupil] = []
    for rate in RATES:
        pupils.append(_Pupil(subject, task, rate=rate))
        pupils[-1].learn(TRIAL_STEPS, enough=enough)
        if pupils[-1].loss <= enough:
            break
    best = min(pupils, key=lambda pupil: pupil.loss)
    best.learn(STEPS, enough=enough)
    return best.memorised()


class _Pupil:
    """A copy that learns a few examples by Adam, without anything random."""

    def __init__(self, subject: Subject, task: Task, *, rate: float) -> None:
        self.module = copied(subject.module)
        self.loss = math.inf
        self._batch, self._criterion, self._rate = task.batch, subject.criterion, rate
        self._steps = 0
        trained = [p for p in self.module.parameters() if p.requires_grad]
        self._optimizer = torch.optim.Adam(trained, lr=rate)

    def learn(self, steps: int, *, enough: float) -> None:
        """Go on up to so many steps altogether, or to a loss that is enough, or to a nan."""
        with plainly(self.module):
            while True:
                self._outputs = answer(self.module, self._batch.inputs)
                loss = self._criterion(self._outputs, self._batch.targets)
                self.loss = float(loss.detach())
                if not math.isfinite(self.loss):
                    self.loss = math.inf
                if not enough < self.loss < math.inf or self._steps >= steps:
                    return
                self._optimizer.zero_grad()
                loss.backward()
                self._optimizer.step()
                self._steps += 1

    def memorised(self) -> Memorised:
        return Memorised(
            module=self.module,
            outputs=self._outputs.detach(),
            loss=self.loss,
            rate=self._rate,
            steps=self._steps,
        )


def memorising(subject: Subject, task: Task, found: Memorised) -> Check:
    """The check that a few examples were learned by heart."""
    count, left = len(task.batch), found.loss - task.least
    if not task.scale > 0:
        own = "the loss begins at 0 or below, so there is no measure"
        constant = f"a constant predicts the {count} examples already: nothing to learn"
        says = own if subject.criterion.kind == "own" else constant
        return Check(name=MEMORISING, passed=None, says=says)
    numbers = sum(p.numel() for p in subject.module.parameters() if p.requires_grad)
    of = "the first loss" if subject.constant != subject.constant else "a constant prediction's"
    share = f"{max(left, 0) / task.scale:.0%} of {of}"
    how = f"after {found.steps} steps of Adam at {found.rate:g}"
    if left <= ENOUGH * task.scale:
        return Check(
            name=MEMORISING, passed=True, says=f"{count} examples by heart {how}, {share} left"
        )
    kept = f"{share} is left on {count} examples" if left < math.inf else "the loss diverges"
    says = f"{kept} {how}, the best of {len(RATES)} rates"
    wanted = task.batch.targets[:, None].flatten(1).shape[1] * count
    if numbers < wanted and left < math.inf:
        few = f"{says}, as {numbers} parameters cannot know so many by heart"
        return Check(name=MEMORISING, passed=None, says=few)
    return Check(
        name=MEMORISING,
        passed=False,
        says=says,
        advice="a network that cannot even do this has a fault: mend what else fails here, "
        "check that inputs reach the last layer, then make it wider or deeper",
    )
