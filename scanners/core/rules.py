"""Rules: pure functions over what a scan already knows, with their thresholds as keyword defaults."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any, Final, Generic, Literal, TypeVar

from scanners.core.errors import MissingFactError
from scanners.core.outcome import Outcome, plain_map
from scanners.core.prices import Money
from scanners.core.resource import Resource

R_contra = TypeVar("R_contra", bound=Resource, contravariant=True)
IGNORE_TAG: Final = "cloud-sentinel:ignore"
IGNORE_LABEL: Final = "cloud-sentinel-ignore"
"""The same for Google Cloud, whose label keys have no colon."""


@dataclass(frozen=True)
class Rule(Generic[R_contra]):
    """One rule: the same id for the same waste in every cloud."""

    id: str
    category: Literal["waste", "security"]
    check: Callable[..., Outcome]
    """Takes the resource, and its thresholds by name."""

    @property
    def problem(self) -> str:
        """The part of the id that stands in the event type."""
        return self.id.partition(".")[2]

    @property
    def description(self) -> str:
        """The first line of the check's docstring."""
        return (inspect.getdoc(self.check) or "").partition("\n")[0]

    @cached_property
    def defaults(self) -> dict[str, Any]:
        """The keyword defaults of the check."""
        parameters = inspect.signature(self.check).parameters.values()
        return {p.name: p.default for p in parameters if p.kind is p.KEYWORD_ONLY}

    @cached_property
    def thresholds(self) -> dict[str, Any]:
        """The keyword defaults of the check, as JSON holds them."""
        return plain_map(self.defaults)


def waste(rule_id: str, check: Callable[[R_contra], Outcome]) -> Rule[R_contra]:
    """A rule about money."""
    return Rule(rule_id, "waste", check)


def security(rule_id: str, check: Callable[[R_contra], Outcome]) -> Rule[R_contra]:
    """A rule about exposure."""
    return Rule(rule_id, "security", check)


def ignored(item: Resource) -> str | None:
    """The tag that exempts the resource, with its value: ``true``, or the last day that it holds."""
    try:
        name, value = next((name, item.tags[name]) for name in (IGNORE_TAG, IGNORE_LABEL) if name in item.tags)
    except (MissingFactError, StopIteration):
        return None
    holds = value.lower() == "true" or (_day(value) and _day(value) >= item.asof.date().isoformat())
    return f"{name} = {value}" if holds else None


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return ""


def one_saving(outcomes: Sequence[tuple[Rule[Any], Outcome]]) -> list[tuple[Rule[Any], Outcome]]:
    """The same outcomes; where several would save the same resource's money, only the highest saving counts.

    The others stay findings: what they would save alone and which rule has the money stand in their evidence.
    """
    saving = [(o.saves.amount, -i) for i, (_, o) in enumerate(outcomes) if o.kind == "waste" and o.saves]
    if len(saving) < 2:  # noqa: PLR2004 - one saving cannot overlap
        return list(outcomes)
    winner = -max(saving)[1]
    name = outcomes[winner][0].id
    return [(rule, o if i == winner else _yields(o, name)) for i, (rule, o) in enumerate(outcomes)]


def _yields(outcome: Outcome, winner: str) -> Outcome:
    if outcome.kind != "waste" or outcome.saves is None:
        return outcome
    note: Mapping[str, str] = {"saving_alone": str(outcome.saves), "saving_counted_by": winner}
    return replace(outcome, saves=Money(Decimal(0), outcome.saves.currency), evidence={**outcome.evidence, **note})
