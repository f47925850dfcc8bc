"""Learning-rate schedules: how much of the rate each step takes, the same for a whole chunk."""

import math
from collections.abc import Callable, Mapping

from harness.study import Settings

ONE_CYCLE_RISE = 0.3
ONE_CYCLE_START = 1 / 25
ONE_CYCLE_END = 1 / 25e4
"""PyTorch's own numbers for one cycle (Smith and Topin 2017): the rate is its highest.

Unlike torch's OneCycleLR by default, momentum keeps its value.
"""


def factor_at(settings: Settings, step: int, steps: int) -> float:
    """What the learning rate is multiplied by at one step.

    Args:
        settings: its `schedule` and `warmup`; a warm-up rises linearly over its share of the
            steps and multiplies the schedule.
        step: counted from 0 over the whole training.
        steps: of the whole training.
    """
    factor = _SCHEDULES[settings.schedule](step, steps)
    rise = round(settings.warmup * steps)
    return factor * (step + 1) / rise if step < rise else factor


def changes(settings: Settings) -> bool:
    """Whether the learning rate is ever another than the knob says."""
    return settings.schedule != "constant" or settings.warmup > 0


def _constant(step: int, steps: int) -> float:
    return 1.0


def _step(step: int, steps: int) -> float:
    # A tenth after half of the steps, a hundredth after three quarters (He et al. 2016).
    return 0.1 ** ((step >= steps // 2) + (step >= 3 * steps // 4))


def _cosine(step: int, steps: int) -> float:
    return (1 + math.cos(math.pi * step / steps)) / 2  # Loshchilov and Hutter 2017, eq. 5


def _one_cycle(step: int, steps: int) -> float:
    top, last = ONE_CYCLE_RISE * steps - 1, steps - 1
    if step <= top:
        return _eased(ONE_CYCLE_START, 1.0, step / top if top > 0 else 1.0)
    return _eased(1.0, ONE_CYCLE_END, (step - top) / (last - top))


def _eased(start: float, end: float, share: float) -> float:
    return end + (start - end) / 2 * (1 + math.cos(math.pi * share))


_SCHEDULES: Mapping[str, Callable[[int, int], float]] = {
    "constant": _constant,
    "step": _step,
    "cosine": _cosine,
    "one_cycle": _one_cycle,
}
