"""What a study cannot ask for where its weights are kept while it trains."""

import itertools
from collections.abc import Iterator

from harness.data import Dataset, batch_size, training_examples
from harness.study import Settings, Study

MOST_TRACED = 25_000_000
"""Numbers of one run's trace: 100 MB in memory, and as much in the store where they are noise."""


def traced_faults(study: Study, dataset: Dataset) -> Iterator[str]:
    """A line for each arm, or the defaults of a search, whose trace would be too large.

    A network of the user's own is not checked: its size is not known here.
    """
    when = study.training.trace
    if when is None or study.network is not None:
        return
    named = {f"arms.{arm.name}": arm.settings for arm in study.arms}
    for place, settings in (named or {"knobs": study.default_settings()}).items():
        moments = {"ends": 2, "epochs": settings.epochs + 1, "steps": _steps(settings, dataset)}
        numbers = moments[when] * _weights(settings, dataset)
        if numbers > MOST_TRACED:
            rule = f"can keep at most {MOST_TRACED:,} numbers a run"
            yield f'training.trace {rule}, got "{when}", which is {numbers:,} in {place}'


def _weights(settings: Settings, dataset: Dataset) -> int:
    sizes = (dataset.features, *settings.widths, max(1, dataset.classes))
    return sum((a + 1) * b for a, b in itertools.pairwise(sizes))


def _steps(settings: Settings, dataset: Dataset) -> int:
    examples = training_examples(settings, len(dataset.train))
    return settings.epochs * -(-examples // batch_size(settings, examples)) + 1
