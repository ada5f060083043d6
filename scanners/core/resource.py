"""The resource model: a class body is data. What it declares stands in ``fields``."""

from __future__ import annotations

import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Final, TypeVar

from pydantic import TypeAdapter, ValidationError

from scanners.core.fields import (
    Fact,
    Field,
    Metric,
    Priced,
    Related,
    Resilience,
    fact,
    metric,
    priced,
    related,
    resilience,
)

__all__ = [
    "Declared",
    "Fact",
    "Field",
    "Metric",
    "Place",
    "Priced",
    "Related",
    "Resilience",
    "Resource",
    "declared",
    "fact",
    "metric",
    "optional",
    "priced",
    "related",
    "resilience",
]
F = TypeVar("F", bound=Field)
LONGEST_SHOWN: Final = 40
SECONDS: Final = 10**9
MILLISECONDS: Final = 10**11
"""From these numbers on, up to a hundred times as many, a count since 1970 lies in the lifetime of a cloud."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a resource is, and the moment from which all ages count."""

    provider: str
    partition: str
    account: str
    region: str
    asof: datetime


class Resource:
    """One resource, as its listing tells it. Subclasses declare fields; they need an ``id``."""

    id: str
    tags: dict[str, str] = fact(None, doc="Tags, as key to value")
    created_at: datetime
    named: ClassVar[dict[str, dict[str, type[Resource]]]] = {}
    """Every resource type, by package and name."""

    def __init__(self, place: Place, answer: Mapping[str, Any] | None = None, **values: object) -> None:
        self.place = place
        self.asof: datetime = place.asof
        """The moment that the scan asks about; an earlier one where a detail of it is an answer of an earlier scan."""
        self.odd: dict[str, str] = {}
        """What the cloud told of a field that is not of its type, by field: shown, never used."""
        if answer is not None:
            for one in declared(type(self)).listed:
                self.learn(one, one.find(answer))
        self.__dict__.update(values)

    def __init_subclass__(cls, **kwargs: object) -> None:
        super().__init_subclass__(**kwargs)
        package = cls.__module__.rpartition(".")[0]
        Resource.named.setdefault(package, {})[cls.__name__] = cls

    @property
    def region(self) -> str:
        """The region it is in."""
        return self.place.region

    @property
    def age(self) -> timedelta:
        """Time since ``created_at``."""
        return self.asof - self.created_at

    @property
    def measured(self) -> bool:
        """Whether metrics make sense for it now."""
        return True

    def learn(self, one: Fact, value: object) -> None:
        """Set a fact, if the value has the declared type (a dict may come as pairs); else it stays unset.

        What was told and is of another type is noted as odd.
        """
        if typing.get_origin(declared(type(self)).hints[one.name]) is dict:
            value = _paired(value)
        if isinstance(value, str | int):
            value = _instant(value, declared(type(self)).hints[one.name])
        try:
            self.__dict__[one.name] = declared(type(self)).adapters[one.name].validate_python(value, strict=True)
        except ValidationError:
            self.__dict__.pop(one.name, None)
            if value is not None:
                self.odd[one.name] = shown(value)
        else:
            self.__dict__[one.name] = _steady(self.__dict__[one.name])

    def has(self, name: str) -> bool:
        """Whether the field is set."""
        return name in self.__dict__


def _paired(value: object) -> object:
    """The dict that pairs make; anything else as it is."""
    try:
        return dict(value) if isinstance(value, list) else value
    except (TypeError, ValueError):
        return value


def shown(value: object) -> str:
    """An odd value in a few words."""
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "a list"
    text = " ".join(repr(value).split())
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"


def _instant(value: str | int, hint: object) -> object:
    """The moment that a text with a zone names, or (milli)seconds since 1970, where a moment is wanted."""
    if datetime not in (hint, *typing.get_args(hint)):
        return value
    if isinstance(value, int):
        return _since_1970(value)
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return value
    return moment if moment.tzinfo else value


def _since_1970(count: int) -> datetime | int:
    if SECONDS <= count < 100 * SECONDS:
        return datetime.fromtimestamp(count, UTC)
    return datetime.fromtimestamp(count / 1000, UTC) if MILLISECONDS <= count < 100 * MILLISECONDS else count


def _steady(value: object) -> object:
    """Times in UTC, lists of names in order: the clouds' order means nothing."""
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return sorted(value)
    return value


_DECLARED: dict[type[Resource], Declared] = {}


@dataclass(frozen=True)
class Declared:
    """The fields of a resource type, by kind."""

    facts: tuple[Fact, ...]
    listed: tuple[Fact, ...]
    """The facts that the listing itself tells."""
    metrics: tuple[Metric, ...]
    prices: tuple[Priced, ...]
    relations: tuple[Related, ...]
    resilience: tuple[Resilience, ...]
    hints: Mapping[str, Any]
    adapters: Mapping[str, TypeAdapter[Any]]

    def target(self, relation: Related) -> type[Resource]:
        """The resource type that a related field holds a list of."""
        target: type[Resource] = typing.get_args(self.hints[relation.name])[0]
        return target


def declared(resource: type[Resource]) -> Declared:
    """What a resource type declares. Types of the same package may be named without importing them at run time."""
    if resource not in _DECLARED:
        _DECLARED[resource] = _declare(resource)
    return _DECLARED[resource]


def _declare(resource: type[Resource]) -> Declared:
    package = resource.__module__.rpartition(".")[0]
    hints = typing.get_type_hints(resource, localns=dict(Resource.named[package]))
    named = {name: getattr(resource, name) for name in hints if isinstance(getattr(resource, name, None), Field)}
    facts = _of(named, Fact)
    return Declared(
        facts=facts,
        listed=tuple(one for one in facts if one.path and one.via is None),
        metrics=_of(named, Metric),
        prices=_of(named, Priced),
        relations=_of(named, Related),
        resilience=tuple(one for one in vars(resource).values() if isinstance(one, Resilience)),
        hints=hints,
        adapters={one.name: TypeAdapter(hints[one.name]) for one in facts},
    )


def _of(named: Mapping[str, Field], kind: type[F]) -> tuple[F, ...]:
    return tuple(one for one in named.values() if isinstance(one, kind))


def optional(hint: object) -> bool:
    """Whether a type allows None."""
    return isinstance(hint, types.UnionType) and type(None) in typing.get_args(hint)
