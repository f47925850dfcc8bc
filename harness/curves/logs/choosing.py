"""Which columns of a log are read as what: by the names that were asked for, else by roles."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from harness.curves.logs.cells import is_number
from harness.curves.logs.records import Columns
from harness.curves.logs.roles import Role, role_of
from harness.curves.logs.tables import Table
from harness.errors import LogError
from harness.study.wording import did_you_mean

MOST_LISTED = 12
ENOUGH = 1000
"""A column that held so many numbers is one; the rest of its cells is not looked at twice."""


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """Columns by what they are read as.

    Args:
        train, validation: names whose sum is the loss; no validation where there is none.
        epoch, step: counters, or None.
        train_score, validation_score: names, or None.
        score: "accuracy", "r2" ... or "".
        notes: what was decided that a reader should know.
    """

    train: tuple[str, ...]
    validation: tuple[str, ...] = ()
    epoch: str | None = None
    step: str | None = None
    train_score: str | None = None
    validation_score: str | None = None
    score: str = ""
    notes: tuple[str, ...] = ()


def choose(table: Table, columns: Columns) -> Chosen:
    """What to read of a table.

    Raises:
        LogError: a column that was asked for is not there, no training loss is, or there are
            several losses and nothing tells which.
    """
    seen = numbers_by_name(table)
    losses = _Losses(table, seen)
    validation = _asked(table, seen, columns.validation) or losses.of_validation()
    train = _asked(table, seen, columns.train) or losses.of_training(validation)
    _refuse_scores(table, [*train, *validation])
    found = Chosen(train=train, validation=validation, notes=losses.notes(train, validation))
    return _with_scores(_with_counters(found, table, seen, columns), table, seen, columns)


def numbers_by_name(table: Table) -> Mapping[str, int]:
    """How many numbers each column holds, in the order of the columns, at most `ENOUGH`."""
    seen: dict[str, int] = {}
    for _, cells in table.rows():
        for name, cell in cells.items():
            count = seen.setdefault(name, 0)
            if count < ENOUGH and cell != "" and is_number(cell):
                seen[name] = count + 1
    if not seen:
        raise LogError(f"{table.source}: holds a header and no rows")
    return seen


class _Losses:
    """The columns that are losses, and which of them is the one of each part."""

    def __init__(self, table: Table, seen: Mapping[str, int]) -> None:
        self._table = table
        self._seen = seen
        held = {name: role_of(name) for name, count in seen.items() if count > 0}
        for what in ("loss", "error", "part"):
            self._roles = {name: role for name, role in held.items() if role.what == what}
            if self._roles:
                break

    def of_validation(self) -> tuple[str, ...]:
        """Those of the validation part, else of the test part; none where there is neither."""
        for part in ("validation", "test"):
            if found := self._named(part):
                return self._one(found, f"{part} losses", "--validation", wanted=None)
        return ()

    def of_training(self, validation: Sequence[str]) -> tuple[str, ...]:
        """Those of the training part, else of no part, alike those of validation."""
        wanted = None
        if validation and all(name in self._roles for name in validation):
            wanted = frozenset(self._roles[name].detail for name in validation)
        found = self._named("train") or self._named("")
        if not found:
            raise LogError(self._missing(validation))
        return self._one(found, "losses", "--train", wanted=wanted, beside=validation)

    def notes(self, train: Sequence[str], validation: Sequence[str]) -> tuple[str, ...]:
        """What stands beside the losses chosen, and what a choice means."""
        found: list[str] = []
        if any(role_of(name).part == "test" for name in validation):
            name = " + ".join(validation)
            found.append(f"{name} was read as validation, since there is no validation loss")
        if len(train) > 1:
            found.append(f"the loss is the sum of its parts: {' + '.join(train)}")
        used = {*train, *validation}
        alike = [n for n in self._roles if n not in used and self._roles[n].per != "step"]
        if alike and len(alike) <= MOST_LISTED:
            found.append(f"other losses in the log: {', '.join(alike)}")
        return tuple(found)

    def _named(self, part: str) -> dict[str, Role]:
        return {name: role for name, role in self._roles.items() if role.part == part}

    def _one(
        self,
        found: Mapping[str, Role],
        what: str,
        option: str,
        *,
        wanted: frozenset[tuple[str, ...]] | None,
        beside: Sequence[str] = (),
    ) -> tuple[str, ...]:
        coarse = self._coarsest(found, beside)
        main = [name for name, role in coarse.items() if not role.detail]
        alike = [name for name, role in coarse.items() if wanted and role.detail in wanted]
        for names in (main if wanted is None else alike, main, list(coarse)):
            if len(names) == 1:
                return (names[0],)
            if len(names) > 1 and (self._table.summed or len(names) == len(wanted or ())):
                return tuple(names)
        listed = ", ".join(list(coarse)[:MOST_LISTED])
        raise LogError(
            f"{self._table.source}: holds several {what} and no total: {listed}; choose one with"
            f" {option} NAME, or several to be summed with {option} NAME+NAME"
        )

    def _coarsest(self, found: Mapping[str, Role], beside: Sequence[str]) -> dict[str, Role]:
        """Of one loss that is logged several times, the one by epoch, else not by step.

        Of those alike even then, the one that more often stands in a row with validation.
        """
        kept: dict[tuple[str, tuple[str, ...]], str] = {}
        for name, role in found.items():
            other = kept.setdefault((role.part, role.detail), name)
            if self._rank(name, beside) < self._rank(other, beside):
                kept[role.part, role.detail] = name
        return {name: found[name] for name in kept.values()}

    def _rank(self, name: str, beside: Sequence[str]) -> tuple[int, int]:
        order = {"epoch": 0, "": 1, "step": 2}
        rows = (cells for _, cells in islice(self._table.rows(), ENOUGH) if beside)
        together = sum(all(is_number(cells.get(n)) for n in (name, *beside)) for cells in rows)
        return order[self._roles[name].per], -together

    def _missing(self, validation: Sequence[str]) -> str:
        held = [name for name, count in self._seen.items() if count > 0]
        scores = [name for name in held if role_of(name).what == "score"]
        only = f"no loss, only scores ({', '.join(scores[:MOST_LISTED])})" if scores else "no loss"
        has = f"{' + '.join(validation)} but no training loss" if validation else only
        listed = f"numbers are in {', '.join(held[:MOST_LISTED])}" if held else "nor any number"
        more = " ..." if len(held) > MOST_LISTED else ""
        choose_it = "; choose it with --train NAME" if held else ""
        return f"{self._table.source}: has {has}{choose_it}; {listed}{more}"


def _asked(table: Table, seen: Mapping[str, int], name: str | None) -> tuple[str, ...]:
    """A column asked for by name, or several joined by "+"."""
    if name is None:
        return ()
    names = (name,) if name in seen else tuple(part.strip() for part in name.split("+"))
    for one in names:
        _must_have(table, seen, one)
    return names


def _must_have(table: Table, seen: Mapping[str, int], name: str) -> None:
    if name not in seen:
        hint = did_you_mean(name, list(seen)[:MOST_LISTED])
        raise LogError(f"{table.source}: has no column {name}{hint}")
    if seen[name] == 0:
        raise LogError(f"{table.source}: column {name} must hold numbers, and holds none")


def _refuse_scores(table: Table, names: Iterable[str]) -> None:
    for name in names:
        if role_of(name).what == "score":
            raise LogError(
                f"{table.source}: {name} is a score, better when higher; a loss is needed, better"
                " when lower"
            )


def _with_counters(
    found: Chosen, table: Table, seen: Mapping[str, int], columns: Columns
) -> Chosen:
    if columns.epoch is not None:
        _must_have(table, seen, columns.epoch)
        return replace(found, epoch=columns.epoch)
    used = {*found.train, *found.validation}
    held = [name for name, count in seen.items() if count > 0 and name not in used]
    counters = {what: [n for n in held if role_of(n).what == what] for what in ("epoch", "step")}
    fullest = {
        what: max(names, key=lambda n: seen[n], default=None) for what, names in counters.items()
    }
    return replace(found, epoch=fullest["epoch"], step=fullest["step"])


def _with_scores(found: Chosen, table: Table, seen: Mapping[str, int], columns: Columns) -> Chosen:
    asked = (columns.train_score, columns.validation_score)
    for name in asked:
        if name is not None:
            _must_have(table, seen, name)
    held = {name: role_of(name) for name, count in seen.items() if count > 0}
    scores = {name: role for name, role in held.items() if role.what == "score"}
    # Beside a loss called "train", as fastai writes, a score without a part is validation's.
    named = bool(found.validation) and any(role_of(name).part == "train" for name in found.train)
    of_validation, of_train = ("validation", ""), ("train",)
    if not named:
        of_validation, of_train = ("validation",), ("train", "")
    validation = columns.validation_score or _score(scores, of_validation, found.validation)
    alike = scores.get(validation or "")
    train = columns.train_score or _score(scores, of_train, found.train, like=alike)
    name = validation or train
    score = "" if name is None else role_of(name).score or name
    return replace(found, train_score=train, validation_score=validation, score=score)


def _score(
    scores: Mapping[str, Role],
    parts: Sequence[str],
    losses: Sequence[str],
    *,
    like: Role | None = None,
) -> str | None:
    """The score of a part without details, or one alike: accuracy before others."""
    if not losses:
        return None
    test = any(role_of(name).part == "test" for name in losses)
    wanted = (*parts, "test") if test else parts
    found = [
        name
        for name, role in scores.items()
        if role.part in wanted
        and role.per != "step"
        and (role.score, role.detail)
        == ((role.score, ()) if like is None else (like.score, like.detail))
    ]
    order = ["accuracy", "r2", "roc_auc", "f1"]
    return min(found, key=lambda name: order.index(scores[name].score), default=None)
