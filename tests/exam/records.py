"""One question of the exam, and the truth about it."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from harness.curves import Baseline
from harness.judge import Run, run_from_json

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True, kw_only=True, eq=False)
class Course:
    """How the loss on fresh examples went.

    Args:
        epochs: rising.
        loss: mean over the fresh examples; may be infinite or NaN once a run diverged.
    """

    epochs: Array
    loss: Array

    @property
    def steady(self) -> Array:
        """The running median of three, so that one epoch's jump is no course."""
        if len(self.loss) < 3:
            return self.loss
        inside = np.median(np.lib.stride_tricks.sliding_window_view(self.loss, 3), axis=1)
        return np.concatenate([self.loss[:1], inside, [np.median(self.loss[-2:])]])

    def to_json(self) -> dict[str, Any]:
        """Plain JSON; what is no finite number is None."""
        loss = [float(x) if math.isfinite(x) else None for x in self.loss]
        return {"epochs": self.epochs.tolist(), "loss": loss}


NOTHING = Course(epochs=np.zeros(0), loss=np.zeros(0))


@dataclass(frozen=True, kw_only=True, eq=False)
class Item:
    """One run, with what nobody but the exam knows of it.

    Args:
        task: the name of what it learned.
        sheet: the number of the study it belongs to.
        run: as the judge sees it.
        constant_loss: of the best constant prediction, on the fresh examples.
        course: the loss on fresh examples up to the run's end.
        continued: the same from its end to twice its epochs.
        baselines: its sheet's cheap models, with their loss on the fresh examples as test loss;
            kept beside the items, so not part of their JSON.
    """

    task: str
    sheet: int
    run: Run
    constant_loss: float = math.nan
    course: Course = field(default=NOTHING)
    continued: Course = field(default=NOTHING)
    baselines: tuple[Baseline, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain JSON from which `item_from_json` makes an equal item."""
        return {
            "task": self.task,
            "sheet": self.sheet,
            "run": self.run.to_json(),
            "constant_loss": self.constant_loss,
            "course": self.course.to_json(),
            "continued": self.continued.to_json(),
        }


def item_from_json(content: Mapping[str, Any]) -> Item:
    """The item whose `to_json` gave `content`."""
    return Item(
        task=content["task"],
        sheet=content["sheet"],
        run=run_from_json(content["run"]),
        constant_loss=content["constant_loss"],
        course=_course(content["course"]),
        continued=_course(content["continued"]),
    )


def _course(content: Mapping[str, Any]) -> Course:
    loss = [math.nan if x is None else x for x in content["loss"]]
    return Course(epochs=np.array(content["epochs"]), loss=np.array(loss))


def by_sheet(items: Sequence[Item]) -> Mapping[int, Sequence[int]]:
    """The places of the items of every sheet."""
    found: defaultdict[int, list[int]] = defaultdict(list)
    for place, item in enumerate(items):
        found[item.sheet].append(place)
    return found
