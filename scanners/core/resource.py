"""The resource model: a class body is data, and the kind of a field is the category of its events."""

from __future__ import annotations

import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from string import Formatter
from typing import Any, ClassVar, Literal, TypeVar

from pydantic import TypeAdapter, ValidationError

from scanners.core.errors import MissingFactError
from scanners.core.paths import path_finder
from scanners.core.prices import Money, price_of

F = TypeVar("F", bound="Field")
MetricKind = Literal["gauge", "counter", "level"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a resource is, and the moment from which all ages count."""

    provider: str
    partition: str
    account: str
    region: str
    asof: datetime


@dataclass(eq=False)
class Field:
    """A declared field. Its value lives in the resource; as long as it is unset, reading it raises."""

    doc: str = ""
    name: str = field(default="", init=False)

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, item: Resource | None, owner: type) -> Any:  # noqa: ANN401 - the annotation types it
        if item is None:
            return self
        raise MissingFactError(self.name)

    @property
    def description(self) -> str:
        """What the catalogue says of it."""
        return self.doc or self.name.replace("_", " ").capitalize()


@dataclass(eq=False)
class Fact(Field):
    """A fact of the listing, or of the call ``via`` when there is one; ``path`` None: the engine or enrich sets it."""

    path: str | None = None
    unit: str | None = None
    via: Any = None

    def __post_init__(self) -> None:
        self._find = path_finder(self.path) if self.path else None

    def find(self, answer: Mapping[str, Any]) -> Any:  # noqa: ANN401 - what the cloud says has no type yet
        """The value at the path, or None."""
        return self._find(answer) if self._find else None


@dataclass(eq=False)
class Metric(Field):
    """A series. A gauge takes two queries (Average, Maximum), a counter one (Sum), a slow level one (Average)."""

    namespace: str = ""
    metric: str = ""
    unit: str | None = None
    kind: MetricKind = "counter"
    period: int = 3600
    days: int | None = None
    when: str | None = None
    dimensions: Mapping[str, str] = field(default_factory=dict)

    @property
    def queries(self) -> tuple[str, ...]:
        """The statistics to ask for."""
        return {"gauge": ("Average", "Maximum"), "counter": ("Sum",), "level": ("Average",)}[self.kind]

    @property
    def statistics(self) -> tuple[str, ...]:
        """The statistics that are emitted."""
        return {"gauge": ("average", "max", "p95"), "counter": ("sum", "average", "max"), "level": ("last",)}[self.kind]


@dataclass(eq=False)
class Priced(Field):
    """A monthly list cost: the sum of price times quantity over its parts, computed when it is first read."""

    parts: tuple[tuple[str, str | None], ...] = ()

    def __get__(self, item: Resource | None, owner: type) -> Any:  # noqa: ANN401
        if item is None:
            return self
        try:
            money = self.cost(item)
        except MissingFactError:
            money = None
        item.__dict__[self.name] = money
        return money

    def cost(self, item: Resource) -> Money | None:
        """What the resource would cost by these keys; None where a price or a quantity is unknown."""
        found = []
        for template, per in self.parts:
            quantity = 1 if per is None else getattr(item, per)
            if quantity is None:
                return None
            if quantity:
                price = price_of(_fill(template, item))
                if price is None:
                    return None
                found.append((price, price.monthly(Decimal(str(quantity)))))
        return Money(
            amount=sum((amount for _, amount in found), Decimal(0)),
            currency=found[0][0].currency if found else "USD",
            key="; ".join(price.key for price, _ in found),
            source="; ".join(dict.fromkeys(price.source for price, _ in found)),
            source_date=min((price.source_date for price, _ in found), default=""),
        )


@dataclass(eq=False)
class Related(Field):
    """Other resources, by an index of the kept fields: those whose ``by`` holds (one of) the values of ``field``."""

    field: str = ""
    by: str = "id"
    keep: tuple[str, ...] = ()
    listing: Any = None


def fact(
    path: str | None,
    *,
    unit: str | None = None,
    via: object = None,
    doc: str = "",
) -> Any:  # noqa: ANN401 - so that the annotation of the field is its type
    """A fact at a path of the answer (``Size``, ``Attachments[].InstanceId``): category ``metadata``.

    ``via`` is the call that tells it, when the listing does not.
    """
    return Fact(path=path, unit=unit, via=via, doc=doc)


def metric(
    namespace: str,
    name: str,
    *,
    unit: str,
    kind: MetricKind = "counter",
    period: int = 3600,
    days: int | None = None,
    when: str | None = None,
    dimensions: Mapping[str, str] | None = None,
    doc: str = "",
) -> Any:  # noqa: ANN401
    """A series over the look-back of the scan (or ``days``): category ``performance``.

    It is asked for only where ``measured`` is true, and the field ``when`` too, if there is one.
    """
    return Metric(
        namespace=namespace,
        metric=name,
        unit=unit,
        kind=kind,
        period=period,
        days=days,
        when=when,
        dimensions=dimensions or {},
        doc=doc,
    )


def priced(
    key: str,
    *,
    per: str | None = None,
    also: Mapping[str, str] | None = None,
    doc: str = "Monthly list cost",
) -> Any:  # noqa: ANN401
    """A monthly cost by a key of the price list, times the field ``per``: category ``cost``.

    ``also`` are further parts, key to quantity. A part of quantity zero needs no price; an unknown price or
    quantity makes the whole unknown.
    """
    return Priced(parts=((key, per), *(also or {}).items()), doc=doc)


def related(field: str, *, keep: tuple[str, ...], by: str = "id", listing: object = None) -> Any:  # noqa: ANN401
    """The resources of the annotated type whose ``by`` equals (a value of) ``field``; they know only ``keep``.

    The listing is that of the type's scanner, or ``listing`` for a type that has none.
    """
    return Related(field=field, by=by, keep=keep, listing=listing)


class Resource:
    """One resource, as its listing tells it. Subclasses declare fields; they need an ``id``."""

    id: str
    tags: dict[str, str] = fact(None, doc="Tags, as key to value")
    created_at: datetime
    named: ClassVar[dict[str, dict[str, type[Resource]]]] = {}
    """Every resource type, by package and name."""

    def __init__(self, place: Place, answer: Mapping[str, Any] | None = None, **values: object) -> None:
        self.place = place
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
    def asof(self) -> datetime:
        """The moment that the scan asks about."""
        return self.place.asof

    @property
    def age(self) -> timedelta:
        """Time since ``created_at``."""
        return self.asof - self.created_at

    @property
    def measured(self) -> bool:
        """Whether metrics make sense for it now."""
        return True

    def learn(self, one: Fact, value: object) -> None:
        """Set a fact, if the value has the declared type (a dict may come as pairs); else it stays unset."""
        origin: object = typing.get_origin(declared(type(self)).hints[one.name])
        if isinstance(value, list) and origin is dict:
            value = dict(value)
        if isinstance(value, str):
            value = _instant(value, declared(type(self)).hints[one.name])
        try:
            self.__dict__[one.name] = declared(type(self)).adapters[one.name].validate_python(value, strict=True)
        except ValidationError:
            self.__dict__.pop(one.name, None)
        else:
            self.__dict__[one.name] = _steady(self.__dict__[one.name])

    def has(self, name: str) -> bool:
        """Whether the field is set."""
        return name in self.__dict__


def _instant(value: str, hint: object) -> object:
    """The moment that a text with a zone names, where a moment is wanted: some APIs tell times as ISO texts."""
    if datetime not in (hint, *typing.get_args(hint)):
        return value
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return value
    return moment if moment.tzinfo else value


def _steady(value: object) -> object:
    """Times in UTC, lists of names in order: the clouds' order means nothing."""
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return sorted(value)
    return value


def _fill(template: str, item: Resource) -> str:
    names = [name for _, name, _, _ in Formatter().parse(template) if name]
    return template.format(**{name: getattr(item, name) for name in names})


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
        hints=hints,
        adapters={one.name: TypeAdapter(hints[one.name]) for one in facts},
    )


def _of(named: Mapping[str, Field], kind: type[F]) -> tuple[F, ...]:
    return tuple(one for one in named.values() if isinstance(one, kind))


def optional(hint: object) -> bool:
    """Whether a type allows None."""
    return isinstance(hint, types.UnionType) and type(None) in typing.get_args(hint)
