"""Names in a query, checked against the catalogue: a misspelt one is told, and never reads as "there is nothing"."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import cache
from typing import Annotated, get_args

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from schemas.catalogue import beginnings, load_catalogue, nearest
from schemas.catalogue import event_types as declared_types
from schemas.families import FAMILIES, family_of
from schemas.naming import canonical_id
from schemas.scan import CoverageStatus

SHOWN = 20
"""A longer list of what is allowed is left to the catalogue."""


@cache
def services() -> frozenset[str]:
    """Of all providers."""
    return frozenset(each.service for entry in load_catalogue().providers.values() for each in entry.services)


@cache
def rules() -> frozenset[str]:
    """Of all services."""
    providers = load_catalogue().providers.values()
    return frozenset(rule.id for entry in providers for each in entry.services for rule in each.rules)


@cache
def regions() -> frozenset[str]:
    """Of all providers."""
    return frozenset(region for entry in load_catalogue().providers.values() for region in entry.regions)


@cache
def event_types() -> frozenset[str]:
    """Those of the catalogue, and the coverage types, which stand for every service."""
    providers = load_catalogue().providers.items()
    coverage = {
        f"{provider}.scan.{each.service}.{status}"
        for provider, entry in providers
        for each in entry.services
        for status in get_args(CoverageStatus)
    }
    return frozenset(coverage | set(declared_types()))


def _known(kind: str, names: Callable[[], Collection[str]]) -> AfterValidator:
    def check(name: str | None) -> str | None:
        if name is not None and name not in names():
            raise _unknown(kind, name, names())
        return name

    return AfterValidator(check)


def _known_type(name: str | None) -> str | None:
    """A type or the beginning of some; a pattern of another form is for the store to explain."""
    beginning = (name or "").removesuffix("*")
    if name is None or "*" in beginning or (beginning != name and not beginning.endswith(".")):
        return name
    types = event_types()
    if name in types or (beginning != name and any(each.startswith(beginning) for each in types)):
        return name
    if family_of(name) is not None or (beginning != name and any(one.begins_with(beginning) for one in FAMILIES)):
        return name
    raise _unknown("event type", name, [*types, *beginnings(types)])


def _unknown(kind: str, name: str, known: Collection[str]) -> PydanticCustomError:
    guess = nearest(name, known)
    hint = f'did you mean "{guess}"? ' if guess else ""
    allowed = ", ".join(sorted(known)) if len(known) <= SHOWN else "/api/v1/catalogue"
    return PydanticCustomError("unknown_name", "{text}", {"text": f"unknown {kind}; {hint}allowed: {allowed}"})


Text = Annotated[str | None, Field(min_length=1, max_length=2048)]
ResourceId = Annotated[Text, AfterValidator(lambda text: text and canonical_id(text))]
"""Of any case, where the cloud ignores it."""
Service = Annotated[Text, _known("service", services)]
Rule = Annotated[Text, _known("rule", rules)]
Region = Annotated[Text, _known("region", regions)]
EventType = Annotated[str | None, Field(max_length=200), AfterValidator(_known_type)]
