"""The catalogue: every service, event type, rule and operation, generated from the scanners into ``catalogue.json``.

It is the static index of names: the API and the command line check what people ask for against it, without
importing a provider.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from functools import cache
from importlib import resources
from typing import Any, Final

import msgspec

from schemas.errors import InvalidInputError
from schemas.families import FAMILIES, EventFamily, family_of

LIKE: Final = 0.5
"""From this likeness on (0 to 1) a name may have been meant."""
_DIGIT: Final = re.compile(r"\d")


class EventType(msgspec.Struct, frozen=True):
    """One event type that a scanner can emit."""

    type: str
    category: str
    description: str
    value_type: str
    """JSON type of ``data.value``: string, integer, number, boolean, array, object."""
    unit: str | None = None
    statistics: tuple[str, ...] = ()
    nullable: bool = False
    """Whether ``data.value`` may be null: the cloud tells no value, or no price is known."""
    refers_to: str | None = None
    """A relation: the value is the id (or ids) of resources of this service of the same provider."""
    resilience: bool = False
    """What the resource withstands: true is safe, false is a weakness (one zone only, no protection, no copy)."""


class RuleEntry(msgspec.Struct, frozen=True):
    """One rule: id, event type, what it means and its thresholds with their defaults."""

    id: str
    event_type: str
    category: str
    description: str
    thresholds: dict[str, Any] = {}
    severities: tuple[str, ...] = ()
    """What its findings can be, the worst first."""
    saving: str = ""
    """What a finding would save, in words."""


class ServiceEntry(msgspec.Struct, frozen=True):
    """One service: what a scan request selects."""

    service: str
    family: str
    resource_type: str
    description: str
    is_global: bool
    operations: tuple[str, ...]
    """``service:Operation`` as the SDK names them, for example ``ec2:DescribeVolumes``."""
    permissions: tuple[str, ...]
    """The IAM actions (or their like) that the operations need."""
    events: tuple[EventType, ...]
    rules: tuple[RuleEntry, ...]
    page_size: int = 0
    calls_per_resource: int = 0
    """``enrich`` calls for each resource."""
    metric_queries_per_resource: int = 0
    """GetMetricData queries for each measured resource."""


class ProviderEntry(msgspec.Struct, frozen=True):
    """One provider: its services, groups and the regions that its SDK knows."""

    services: tuple[ServiceEntry, ...]
    groups: dict[str, tuple[str, ...]]
    """``@storage`` and its like, with their services."""
    regions: tuple[str, ...]
    operations: tuple[str, ...] = ()
    """What every scan calls, whatever it selects."""

    def service(self, name: str) -> ServiceEntry:
        """The entry of a service. Raises ``KeyError``."""
        return {entry.service: entry for entry in self.services}[name]


class Catalogue(msgspec.Struct, frozen=True):
    """The whole catalogue, by provider."""

    version: int
    providers: dict[str, ProviderEntry]
    families: tuple[EventFamily, ...] = FAMILIES
    """Types that no list can name."""


class Declared(msgspec.Struct, frozen=True):
    """One event type with the service that emits it."""

    provider: str
    service: ServiceEntry
    event: EventType


@cache
def load_catalogue() -> Catalogue:
    """The catalogue that is packaged with the product."""
    body = resources.files("schemas").joinpath("catalogue.json").read_bytes()
    return msgspec.json.decode(body, type=Catalogue)


@cache
def event_types() -> dict[str, Declared]:
    """Every event type of the packaged catalogue, by name."""
    return {
        event.type: Declared(provider, service, event)
        for provider, entry in load_catalogue().providers.items()
        for service in entry.services
        for event in service.events
    }


def is_declared(event_type: str) -> bool:
    """Whether the catalogue has the type, by its name or by its family."""
    return event_type in event_types() or family_of(event_type) is not None


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that was probably meant, or None. Of several that are as near the first of the alphabet."""
    said = name.lower()
    scored = sorted((-difflib.SequenceMatcher(None, one, said).ratio(), one) for one in known)
    found = [one for score, one in scored if score <= -LIKE][:5]
    likely = [one for one in found if sorted(one) == sorted(said) or one.startswith(said)]  # swapped, or cut short
    numbered = [one for one in found if _DIGIT.search(said) and _DIGIT.sub("0", one) == _DIGIT.sub("0", said)]
    return next(iter([*likely, *numbered, *found]), None)


def beginnings(types: Iterable[str]) -> Sequence[str]:
    """What stands for many types: all of their beginnings, with ``.*`` behind."""
    parts = [name.split(".") for name in types]
    return sorted({".".join([*each[:length], "*"]) for each in parts for length in range(1, len(each))})


def unknown_name(field: str, kind: str, name: str, known: Sequence[str]) -> InvalidInputError:
    """The error for a name that does not exist: what it is, the nearest right one, what is allowed."""
    guess = nearest(name, known)
    hint = f'did you mean "{guess}"? ' if guess else ""
    return InvalidInputError(field, name, f'unknown {kind} "{name}"; {hint}allowed: {", ".join(known)}')


def check_provider(name: str) -> ProviderEntry:
    """The provider of this name. Raises ``InvalidInputError`` for field ``provider``."""
    providers = load_catalogue().providers
    if name not in providers:
        raise unknown_name("provider", "provider", name, sorted(providers))
    return providers[name]


def expand_services(provider: str, asked: Sequence[str] | None) -> tuple[str, ...]:
    """Services for names and ``@groups``; None means all. Raises ``InvalidInputError`` for field ``services``."""
    entry = check_provider(provider)
    every = tuple(service.service for service in entry.services)
    if asked is None:
        return every
    chosen: set[str] = set()
    for name in asked:
        if name in entry.groups:
            chosen.update(entry.groups[name])
        elif name in every:
            chosen.add(name)
        else:
            raise unknown_name("services", f"service for {provider}", name, [*every, *sorted(entry.groups)])
    return tuple(service for service in every if service in chosen)


def check_regions(provider: str, asked: Sequence[str] | None) -> tuple[str, ...] | None:
    """Regions, sorted and unique; None means all enabled. Raises ``InvalidInputError`` for field ``regions``."""
    entry = check_provider(provider)
    if asked is None:
        return None
    for name in asked:
        if name not in entry.regions:
            raise unknown_name("regions", f"region for {provider}", name, entry.regions)
    return tuple(sorted(set(asked)))
