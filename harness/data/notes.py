"""What people should know about the examples before they believe a curve."""

from itertools import combinations

import numpy as np

from harness.data.examples import Array
from harness.data.parts import Cut

UNBALANCED = 3.0


def notes_on(
    x: Array | None, y: Array, *, parts: Cut, class_names: tuple[str, ...]
) -> tuple[str, ...]:
    """Lines on unused examples, copies across parts and classes of unequal size.

    Copies are looked for where the features are given.
    """
    return (
        *_unused(len(y), parts),
        *([] if x is None else _copies(x, y, parts)),
        *_unbalanced(y, class_names),
        *_unseen(y, parts, class_names),
    )


def _unused(count: int, parts: Cut) -> list[str]:
    left = count - len(parts.train) - len(parts.validation) - len(parts.test)
    return [f"the split leaves {left} of {count} examples unused"] if left > 0 else []


def _copies(x: Array, y: Array, parts: Cut) -> list[str]:
    """Examples of one part whose features and target all equal those of another part's."""
    rows = np.column_stack([x, y]) + 0.0  # -0.0 and 0.0 have different bytes
    keys = {
        name: [rows[i].tobytes() for i in getattr(parts, name)]
        for name in ("train", "validation", "test")
    }
    found: list[str] = []
    for first, second in combinations(keys, 2):
        known = set(keys[first])
        count = sum(key in known for key in keys[second])
        if count > 0:
            which = f"leak: {count} of {len(keys[second])} {second} examples"
            found.append(f"{which} are exact copies of {first} examples")
    return found


def _unbalanced(y: Array, class_names: tuple[str, ...]) -> list[str]:
    if not class_names:
        return []
    counts = np.bincount(y, minlength=len(class_names))
    most, least = np.argmax(counts), np.argmin(counts)
    if counts[most] < UNBALANCED * counts[least]:
        return []
    shares = ", ".join(f"{counts[i] / len(y):.1%} are {class_names[i]}" for i in (most, least))
    return [f"classes are unbalanced ({shares}): read balanced accuracy beside accuracy"]


def _unseen(y: Array, parts: Cut, class_names: tuple[str, ...]) -> list[str]:
    found: list[str] = []
    for name in ("validation", "test"):
        inside = y[getattr(parts, name)]
        missing = [each for i, each in enumerate(class_names) if i not in inside]
        if missing and len(inside) > 0:
            found.append(f"the {name} part holds no example of class {', '.join(missing)}")
    return found
