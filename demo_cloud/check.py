"""Planted = found: the exact difference between what a scan found and what is expected."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol

from demo_cloud.expected import EXPECTED, Expected

Key = tuple[str, str, str]


class Found(Protocol):
    """A finding as a scan or the store has it; ``monthly_saving`` is an amount, its decimal text, or None."""

    @property
    def account_id(self) -> str: ...  # noqa: D102
    @property
    def resource_id(self) -> str: ...  # noqa: D102
    @property
    def rule(self) -> str: ...  # noqa: D102
    @property
    def monthly_saving(self) -> Any: ...  # noqa: D102, ANN401 - text, number or None


@dataclass(frozen=True)
class Comparison:
    """What differs. ``wrong_saving`` holds (expected, the saving that was found)."""

    expected: int
    missing: tuple[Expected, ...]
    unexpected: tuple[Key, ...]
    wrong_saving: tuple[tuple[Expected, Decimal | None], ...]
    by_cloud: Mapping[str, int]
    """How many of the expected stand in each cloud."""

    @property
    def equal(self) -> bool:
        """Whether everything planted was found, nothing else, and each saving to the cent."""
        return not (self.missing or self.unexpected or self.wrong_saving)

    def lines(self) -> list[str]:
        """The difference in words, one line each; when there is none, one line that says so."""
        if self.equal:
            return [f"planted = found: {self.expected} findings, each saving to the cent ({self._clouds()})"]
        return [
            f"planted and found differ: {self._counts()}",
            *(f"not found: {row.rule} on {row.resource_id} in {row.account}" for row in self.missing),
            *(f"not planted: {rule} on {resource_id} in {account}" for account, resource_id, rule in self.unexpected),
            *(
                f"other saving: {row.rule} on {row.resource_id}: expected {_words(row.saving)}, found {_words(saving)}"
                for row, saving in self.wrong_saving
            ),
        ]

    def _clouds(self) -> str:
        return ", ".join(f"{name} {count}" for name, count in self.by_cloud.items())

    def _counts(self) -> str:
        return (
            f"{len(self.missing)} not found, {len(self.unexpected)} not planted, "
            f"{len(self.wrong_saving)} with another saving"
        )


def compare(found: Iterable[Found], expected: Iterable[Expected] = EXPECTED) -> Comparison:
    """Compare the open findings of a scan (waste and exposure only) with what must be there."""
    wanted = {(row.account, row.resource_id, row.rule): row for row in expected}
    got = {(one.account_id, one.resource_id, one.rule): _amount(one.monthly_saving) for one in found}
    return Comparison(
        expected=len(wanted),
        missing=tuple(row for key, row in wanted.items() if key not in got),
        unexpected=tuple(sorted(key for key in got if key not in wanted)),
        wrong_saving=tuple(_wrong(wanted, got)),
        by_cloud=Counter(_cloud(resource_id) for _, resource_id, _ in wanted),
    )


def _cloud(resource_id: str) -> str:
    """Whose resource it is, by the form of its id."""
    if resource_id.startswith("/subscriptions/"):
        return "Azure"
    return "Google Cloud" if resource_id.startswith("//") else "AWS"


def _wrong(wanted: Mapping[Key, Expected], got: Mapping[Key, Decimal | None]) -> list[tuple[Expected, Decimal | None]]:
    return [(row, got[key]) for key, row in wanted.items() if key in got and got[key] != row.saving]


def _amount(saving: Any) -> Decimal | None:  # noqa: ANN401 - text, number or None
    return None if saving is None else Decimal(str(saving))


def _words(saving: Decimal | None) -> str:
    return "unknown" if saving is None else f"{saving:f}"
