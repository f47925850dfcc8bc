"""Whether a learning rate lies in the range where the network learns."""

import math
from collections.abc import Callable, Iterable

import numpy as np
import torch
from torch import Tensor

from harness.errors import InputError
from harness.findings import RateAdvice, RateScan, advise
from harness.findings.checks import Check
from harness.training.preflight.copies import copied, plainly
from harness.training.preflight.subject import Subject, loss_of, plain_loss

NAME = "learning rate"
LADDER = np.geomspace(1e-6, 10, 22)
STEPS = 40
"""At each rate."""
BATCH = 32
TOO_LARGE, TOO_SMALL = 3.0, 30.0
"""Factors beyond the range that are far off. Below it a rate only takes more steps than the
test's 40, so more is allowed. Our choice."""

Optimizers = Callable[[Iterable[Tensor], float], torch.optim.Optimizer]
OPTIMIZERS: dict[str, Optimizers] = {
    "sgd": lambda parameters, rate: torch.optim.SGD(parameters, lr=rate),
    "momentum": lambda parameters, rate: torch.optim.SGD(parameters, lr=rate, momentum=0.9),
    "nesterov": lambda parameters, rate: torch.optim.SGD(
        parameters, lr=rate, momentum=0.9, nesterov=True
    ),
    "rmsprop": lambda parameters, rate: torch.optim.RMSprop(parameters, lr=rate),
    "adam": lambda parameters, rate: torch.optim.Adam(parameters, lr=rate),
    "adamw": lambda parameters, rate: torch.optim.AdamW(parameters, lr=rate),
}


def check_rate(learning_rate: float | None, optimizer: str) -> None:
    """Refuse what is no learning rate or no optimizer.

    Raises:
        InputError: one line for each.
    """
    faults: list[str] = []
    if learning_rate is not None and not 0 < learning_rate < math.inf:
        faults.append(f"learning_rate must be above 0 and finite, got {learning_rate:g}")
    if optimizer not in OPTIMIZERS:
        faults.append(f'optimizer must be one of {", ".join(OPTIMIZERS)}, got "{optimizer}"')
    if faults:
        raise InputError(*faults)


def rate_range(subject: Subject, *, learning_rate: float, optimizer: str) -> Check:
    """The check of a rate against its range test: a copy for each of many rates."""
    scan = _scan(subject, optimizer)
    advice = advise(scan)
    if not math.isfinite(advice.low):
        return Check(
            name=NAME,
            passed=False,
            says=f"no rate of {optimizer} from {LADDER[0]:g} to {LADDER[-1]:g} learns anything "
            f"in {STEPS} steps",
            advice="mend what else fails here first",
        )
    right = f"{optimizer} learns from {advice.low:.1g} to {advice.high:.1g}"
    if learning_rate > TOO_LARGE * advice.high and not advice.open_high:
        return _far_off(f"{learning_rate:g} is far too large: {right}", advice)
    if learning_rate < advice.low / TOO_SMALL and not advice.open_low:
        return _far_off(f"{learning_rate:g} is far too small: {right}", advice)
    return Check(name=NAME, passed=True, says=f"{learning_rate:g}; {right} in {STEPS} steps")


def _far_off(says: str, advice: RateAdvice) -> Check:
    return Check(
        name=NAME,
        passed=False,
        says=f"{says} in {STEPS} steps",
        advice=f"begin with about {advice.best:.1g}",
    )


def _scan(subject: Subject, optimizer: str) -> RateScan:
    ends = [_end(subject, OPTIMIZERS[optimizer], float(rate)) for rate in LADDER]
    diverged = [not math.isfinite(loss) for loss in ends]
    losses = [subject.first if bad else loss for loss, bad in zip(ends, diverged, strict=True)]
    return RateScan(
        name=optimizer,
        rates=LADDER,
        train_loss=np.array(losses)[:, None],
        validation_loss=np.empty((0, 0)),
        diverged=np.array(diverged, dtype=int),
        start=subject.first,
        loss_name=subject.criterion.name,
        epochs=1,
    )


def _end(subject: Subject, optimizers: Optimizers, rate: float) -> float:
    """The loss of the whole batch after the steps; not finite where it diverged."""
    copy = copied(subject.module)
    optimizer = optimizers([p for p in copy.parameters() if p.requires_grad], rate)
    for rows in _orders(len(subject.batch)):
        with plainly(copy):
            part = subject.batch.rows(rows.to(subject.batch.targets.device))
            loss = loss_of(copy, part, subject.criterion)
        if not bool(torch.isfinite(loss)):
            return math.nan
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return plain_loss(copy, subject.batch, subject.criterion)


def _orders(examples: int) -> list[Tensor]:
    """The same steps for every rate."""
    draws = np.random.Generator(np.random.SFC64(0))
    size = min(BATCH, examples)
    return [torch.from_numpy(draws.permutation(examples)[:size].copy()) for _ in range(STEPS)]
