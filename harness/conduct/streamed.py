"""What a study cannot ask for where its training part is streamed from a disk."""

from collections.abc import Iterator

from harness.data import Dataset, StreamedPart
from harness.study import Choice, KnobSpec, Range, Study, written


def streamed_faults(study: Study, dataset: Dataset) -> Iterator[str]:
    """A line for each value that needs the whole training part at hand."""
    if not isinstance(dataset.train, StreamedPart):
        return
    block = max(dataset.train.x.sizes)
    for place, name, value in _values(study):
        rule = _rule(name, value, block=block, examples=len(dataset.train))
        if rule is not None:
            yield f"{place} {rule} where data.stream is on, got {written(value)}"


def _rule(name: str, value: object, *, block: int, examples: int) -> str | None:
    if name == "train_size" and value not in (1.0, examples):
        return "must be 1.0, all examples,"
    if name == "order" and value != "shuffled":
        return "must be shuffled"
    whole = value == "full" or (isinstance(value, int) and value > block)
    if name == "batch" and whole:
        return f"must be at most {block}, a block's examples,"
    return None


def _values(study: Study) -> Iterator[tuple[str, str, object]]:
    names = ("train_size", "order", "batch")
    for name in names:
        if name in study.knobs:
            yield from ((f"knobs.{name}", name, value) for value in _ends(study.knobs[name]))
    for arm in study.arms:
        for name in names:
            value = arm.settings.value(name)
            if name not in study.knobs or value != study.knobs[name]:
                yield f"arms.{arm.name}.{name}", name, value


def _ends(spec: KnobSpec) -> tuple[object, ...]:
    if isinstance(spec, Choice):
        return spec.values
    if isinstance(spec, Range):
        return (round(spec.low), round(spec.high)) if spec.integer else (spec.low, spec.high)
    return (spec,)
