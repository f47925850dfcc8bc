"""What a look at a network before its training finds, one check after the other."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Check:
    """One question asked of a network before it trains.

    Args:
        name: "first loss", "memorising" ...
        passed: the answer; None where the question could not be asked, or does not arise.
        says: what was measured, or why nothing was.
        advice: what to do; only where it failed.
    """

    name: str
    passed: bool | None
    says: str
    advice: str = ""

    def __post_init__(self) -> None:
        if (self.passed is False) != bool(self.advice):
            raise ValueError(f"{self.name}: a check has advice where it failed, and only there")

    @property
    def line(self) -> str:
        """For people."""
        return f"{self.name}: {self.says}" + (f"; {self.advice}" if self.advice else "")

    def to_json(self) -> dict[str, Any]:
        """Plain JSON."""
        return asdict(self)


def failed(checks: Iterable[Check]) -> tuple[Check, ...]:
    """Those of the checks that failed."""
    return tuple(check for check in checks if check.passed is False)
