"""The fields that a resource type declares: the kind of a field is the category of its events."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from string import Formatter
from typing import TYPE_CHECKING, Any, Literal

from scanners.core.errors import MissingFactError
from scanners.core.paths import path_finder
from scanners.core.prices import Money, price_of

if TYPE_CHECKING:
    from scanners.core.resource import Resource

MetricKind = Literal["gauge", "counter", "level"]


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
    to: str | None = None

    def __post_init__(self) -> None:
        self._find = path_finder(self.path) if self.path else None

    def find(self, answer: Mapping[str, Any]) -> Any:  # noqa: ANN401 - what the cloud says has no type yet
        """The value at the path, or None."""
        return self._find(answer) if self._find else None


@dataclass(eq=False)
class Resilience(Field):
    """What the resource withstands, derived from its other fields: true is safe, false is a weakness."""

    check: Callable[[Any], bool] = bool

    def __get__(self, item: Resource | None, owner: type) -> Any:  # noqa: ANN401
        return self if item is None else self.check(item)


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
    scale: float = 1.0

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
                price = price_of(fill(template, item))
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
    to: str | None = None,
    doc: str = "",
) -> Any:  # noqa: ANN401 - so that the annotation of the field is its type
    """A fact at a path of the answer (``Size``, ``Attachments[].InstanceId``): category ``metadata``.

    ``via`` is the call that tells it, when the listing does not. ``to`` makes it a relation: its value is the id of (or
    the ids of) resources of that service of the same provider.
    """
    return Fact(path=path, unit=unit, via=via, to=to, doc=doc)


def resilience(check: Callable[[Any], bool]) -> Any:  # noqa: ANN401
    """A method that tells what the resource withstands (true) or does not (false): category ``metadata``.

    Its docstring is what the catalogue says. Where a fact is missing that it reads, nothing is told.
    """
    return Resilience(doc=" ".join((inspect.getdoc(check) or "").split()).rstrip("."), check=check)


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
    scale: float = 1.0,
    doc: str = "",
) -> Any:  # noqa: ANN401
    """A series over the look-back of the scan (or ``days``): category ``performance``.

    It is asked for only where ``measured`` is true, and the field ``when`` too, if there is one. What the cloud tells
    in another unit (a share instead of percent) is multiplied by ``scale``.
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
        scale=scale,
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


def fill(template: str, item: Resource) -> str:
    """The template with fields of the resource in its braces. Raises ``MissingFactError``."""
    if "{" not in template:
        return template
    names = [name for _, name, _, _ in Formatter().parse(template) if name]
    return template.format(**{name: getattr(item, name) for name in names})
