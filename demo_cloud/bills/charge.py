"""What is counted and what it costs, before it is written in the format of a cloud."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Final, Literal

from demo_cloud.bills.season import days_in, days_of, first_day, month_of, usage_on
from scanners.core.prices import price_of

MARK: Final = {"demo": "synthetic"}
"""On the tag set of every line."""
DAY: Final = timedelta(days=1)
PLACES: Final = Decimal("1e-10")
Basis = Literal["hour", "month", "used"]


@dataclass(frozen=True, slots=True)
class Meter:
    """One thing that is billed every day while it lives, or whenever it is used.

    ``amount`` is a day's: hours run, or units used; with the basis ``month`` it is what is kept, a month's worth.
    ``used`` amounts follow the weekday and grow.
    """

    account: str
    region: str
    service: str
    usage_type: str
    operation: str
    unit: str
    price: Decimal
    amount: Decimal
    basis: Basis = "hour"
    resource: str = ""
    family: str = ""
    kind: str = ""
    begins: date | None = None
    ends: date | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    line_type: str = "Usage"
    discount: Decimal = Decimal(0)
    """What a commitment takes off the list price: only the effective cost sees it."""

    def quantity(self, day: date, first: date) -> Decimal:
        """How much of it there is on that day."""
        if self.basis == "month":
            return _rounded(self.amount / days_in(day))
        if self.basis == "used":
            return _rounded(self.amount * usage_on(day, first, f"{self.account}/{self.region}/{self.usage_type}"))
        return self.amount

    def lives(self, day: date) -> bool:
        """Whether it is there on that day."""
        return (self.begins is None or self.begins <= day) and (self.ends is None or day < self.ends)


@dataclass(frozen=True, slots=True)
class Charge:
    """One line of a bill. ``billed`` is on the invoice, ``effective`` with commitments spread over what they cover."""

    meter: Meter
    start: date
    end: date
    quantity: Decimal
    list_cost: Decimal
    billed: Decimal
    effective: Decimal
    line_type: str = "Usage"
    text: str = ""


@dataclass(frozen=True)
class Extra:
    """An anomaly that is planted: so much more of one usage type, that many days before today."""

    account: str
    region: str
    usage_type: str
    days_ago: tuple[int, ...]
    quantity: Decimal


def priced(key: str) -> Decimal | None:
    """The price of a key of the price list, by its own unit; None: the demo does not bill it."""
    found = price_of(key)
    return None if found is None else found.price


@cache
def _rounded(number: Decimal) -> Decimal:
    return number.quantize(PLACES)


def charges(
    meters: Iterable[Meter], now: datetime, extras: Iterable[Extra], named_since: date | None = None
) -> Iterator[Charge]:
    """The lines of all days. Before ``named_since`` bills name no resources: lines of a kind are one."""
    known = list(meters)
    merged = _merged(known) if named_since else {}
    for day in days_of(now):
        alive = [meter for meter in known if meter.lives(day)]
        more = _more(extras, now, day)
        if named_since and day < named_since:
            yield from _summed(alive, merged, day, now, more)
        else:
            yield from (_charge(meter, meter.quantity(day, first_day(now)), day, more) for meter in alive)


def _more(extras: Iterable[Extra], now: datetime, day: date) -> dict[tuple[str, str, str], Decimal]:
    ago = (now.date() - day).days
    return {(one.account, one.region, one.usage_type): one.quantity for one in extras if ago in one.days_ago}


def _merged(meters: Iterable[Meter]) -> dict[int, Meter]:
    """By the identity of each meter: what stands for all of its kind."""
    kinds: dict[tuple[object, ...], Meter] = {}
    standing: dict[int, Meter] = {}
    for meter in meters:
        key = (meter.account, meter.region, meter.service, meter.usage_type, meter.operation, meter.price)
        one = kinds.setdefault((*key, meter.line_type), replace(meter, resource="", tags={}))
        standing[id(meter)] = one
    return standing


def _summed(
    alive: Iterable[Meter],
    merged: Mapping[int, Meter],
    day: date,
    now: datetime,
    more: Mapping[tuple[str, str, str], Decimal],
) -> Iterator[Charge]:
    sums: dict[int, Decimal] = {}
    kinds: dict[int, Meter] = {}
    first = first_day(now)
    for meter in alive:
        one = merged[id(meter)]
        kinds[id(one)] = one
        sums[id(one)] = sums.get(id(one), Decimal(0)) + meter.quantity(day, first)
    yield from (_charge(one, sums[key], day, more) for key, one in kinds.items())


def _charge(meter: Meter, quantity: Decimal, day: date, more: Mapping[tuple[str, str, str], Decimal]) -> Charge:
    if more and meter.basis == "used":
        quantity += more.get((meter.account, meter.region, meter.usage_type), Decimal(0))
    cost = _cost(quantity, meter.price)
    effective = _cost(cost, 1 - meter.discount) if meter.discount else cost
    return Charge(meter, day, day + DAY, quantity, cost, cost, effective, meter.line_type)


@cache
def _cost(quantity: Decimal, price: Decimal) -> Decimal:
    return (quantity * price).quantize(PLACES)


def month_sums(lines: Iterable[Charge]) -> dict[tuple[str, date], Decimal]:
    """What was billed, by account and month."""
    sums: dict[tuple[str, date], Decimal] = {}
    for line in lines:
        key = line.meter.account, month_of(line.start)
        sums[key] = sums.get(key, Decimal(0)) + line.billed
    return sums
