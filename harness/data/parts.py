"""Which example goes to which part: stratified, by group, by time or at random."""

from dataclasses import dataclass

import numpy as np

from harness.data.examples import Array, Examples
from harness.errors import DataError, raise_all
from harness.study import Split, stream_seed

_NAMES = ("train", "validation", "test")


@dataclass(frozen=True, kw_only=True, eq=False)
class Cut:
    """Positions of each part's examples in the source, rising (or in order of time)."""

    train: Array
    validation: Array
    test: Array


def cut(examples: Examples, split: Split, *, seed: int) -> Cut:
    """The parts of `examples`, from the study's seed alone.

    Raises:
        DataError: a part would be empty, or a class or group cannot be spread over the parts.
    """
    draw = np.random.default_rng(stream_seed(seed, -1, "split"))
    sizes = part_sizes(len(examples.x), split, place=examples.place)
    if examples.groups is not None:
        parts = _by_group(examples.groups, sizes, draw, place=examples.place)
    elif examples.order is not None:
        parts = _at(examples.order, sizes)
    elif examples.class_names:
        _check_class_sizes(examples, sizes)
        parts = _by_class(examples.y, sizes, draw)
    else:
        parts = [np.sort(part) for part in _at(draw.permutation(len(examples.x)), sizes)]
    found = Cut(train=parts[0], validation=parts[1], test=parts[2])
    _check_training_classes(examples, found)
    return found


def part_sizes(count: int, split: Split, *, place: str) -> tuple[int, int, int]:
    """Examples of train, validation and test: shares rounded at the cuts, so none is lost."""
    shares = (split.train, split.validation, split.test)
    ends = [round(count * end) for end in np.cumsum(shares)]
    sizes = (ends[0], ends[1] - ends[0], ends[2] - ends[1])
    rows = "1 row is" if count == 1 else f"{count} rows are"
    raise_all(
        DataError,
        [
            f"{place}: {rows} too few for data.split.{name} = {share:g}, which would be empty"
            for name, share, size in zip(_NAMES, shares, sizes, strict=True)
            if share > 0 and size == 0
        ],
    )
    return sizes


def _at(order: Array, sizes: tuple[int, int, int]) -> list[Array]:
    return np.split(order, np.cumsum(sizes))[:3]


def _by_class(
    classes: Array, sizes: tuple[int, int, int], draw: np.random.Generator
) -> list[Array]:
    """Parts that hold the classes in their proportions, and each of them where it can.

    (scikit-learn's stratified splits, one after the other, refuse a class of which the first
    split leaves a single example.)
    """
    part_of = np.empty(len(classes), dtype=np.int64)
    filled = np.repeat(np.arange(4), [*sizes, len(classes) - sum(sizes)])
    part_of[_mixed(classes, draw)] = filled
    kinds = np.unique(classes)
    for part in (part for part, size in enumerate(sizes) if size >= len(kinds)):
        for kind in np.setdiff1d(kinds, classes[part_of == part]):
            _swap_in(part_of, classes, part=part, kind=kind)
    return [np.flatnonzero(part_of == part) for part in range(3)]


def _mixed(classes: Array, draw: np.random.Generator) -> Array:
    """An order of the examples whose every stretch holds the classes in their proportions.

    The members of each class are spread evenly over 0..1 in random order, each class with an
    offset of its own, and all are sorted.
    """
    at = np.empty(len(classes))
    kinds = np.unique(classes)
    offsets = (draw.permutation(len(kinds)) + 0.5) / len(kinds)
    for kind, offset in zip(kinds, offsets, strict=True):
        members = draw.permutation(np.flatnonzero(classes == kind))
        at[members] = (np.arange(len(members)) + offset) / len(members)
    return np.argsort(at, kind="stable")


def _swap_in(part_of: Array, classes: Array, *, part: int, kind: int) -> None:
    """Bring one example of `kind` into `part`, for one of the class it holds most of.

    It comes from the unused examples, or else from the part that holds most of the kind: two
    at least, since a class has no fewer examples than there are parts.
    """
    held = np.bincount(part_of[classes == kind], minlength=4)
    donor = 3 if held[3] > 0 else np.argmax(held)
    commonest = np.argmax(np.bincount(classes[part_of == part]))
    comes = np.flatnonzero((part_of == donor) & (classes == kind))[0]
    goes = np.flatnonzero((part_of == part) & (classes == commonest))[0]
    part_of[comes], part_of[goes] = part, donor


def _by_group(
    groups: Array, sizes: tuple[int, int, int], draw: np.random.Generator, *, place: str
) -> list[Array]:
    """Whole groups to parts: the largest first, each to the part that lacks most examples."""
    counts = np.bincount(groups)
    wanted = [part for part, size in enumerate(sizes) if size > 0]
    if len(counts) < len(wanted):
        rule = f"{len(wanted)} parts need at least {len(wanted)} groups"
        raise DataError(f"{place}: {rule}, data.group has {len(counts)}")
    lacking = np.array([*sizes, len(groups) - sum(sizes)], dtype=np.float64)
    shuffled = draw.permutation(len(counts))
    part_of = np.empty(len(counts), dtype=np.int64)
    for group in shuffled[np.argsort(-counts[shuffled], kind="stable")]:
        part_of[group] = np.argmax(lacking)
        lacking[part_of[group]] -= counts[group]
    _fill_empty(part_of, counts, wanted)
    return [np.flatnonzero(part_of[groups] == part) for part in range(3)]


def _fill_empty(part_of: Array, counts: Array, wanted: list[int]) -> None:
    for part in wanted:
        if not np.any(part_of == part):
            held = np.bincount(part_of, minlength=4)
            donor = 3 if held[3] > 0 else np.argmax(held)  # the unused part gives first
            members = np.flatnonzero(part_of == donor)
            part_of[members[np.argmin(counts[members])]] = part


def _check_class_sizes(examples: Examples, sizes: tuple[int, int, int]) -> None:
    parts = sum(size > 0 for size in sizes)
    counts = np.bincount(examples.y, minlength=len(examples.class_names))
    raise_all(
        DataError,
        [
            f"{_class_place(examples, number)} has {_examples(count)}, "
            f"but {parts} parts need at least {parts}"
            for number, count in enumerate(counts)
            if count < parts
        ],
    )


def _check_training_classes(examples: Examples, parts: Cut) -> None:
    counts = np.bincount(examples.y, minlength=0) if examples.class_names else []
    inside = set(examples.y[parts.train].tolist())
    raise_all(
        DataError,
        [
            f"{_class_place(examples, number)} has {_examples(count)}, none of them in train"
            for number, count in enumerate(counts)
            if count > 0 and number not in inside
        ],
    )


def _class_place(examples: Examples, number: int) -> str:
    target = f"{examples.place}: target {examples.target_name}"
    return f"{target}: class {examples.class_names[number]}"


def _examples(count: int) -> str:
    return "1 example" if count == 1 else f"{count} examples"
