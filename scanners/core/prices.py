"""List prices: a dated, sourced snapshot that ships with the product. What is not in it is unknown, never guessed."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from importlib import resources
from typing import Final

HOURS_PER_MONTH: Final = 730  # what the clouds' own calculators use
CENT: Final = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Money:
    """An amount a month, with the prices that it was computed from."""

    amount: Decimal
    currency: str = "USD"
    key: str = ""
    """Price keys, joined by ``; `` when there are several. Empty: nothing is billed."""
    source: str = ""
    source_date: str = ""
    """The oldest date of the prices."""

    def __str__(self) -> str:
        """The decimal text, to the cent."""
        return str(self.amount.quantize(CENT, ROUND_HALF_UP))


@dataclass(frozen=True, slots=True)
class Price:
    """One row of the price list."""

    key: str
    unit: str
    price: Decimal
    currency: str
    source: str
    source_date: str

    def monthly(self, quantity: Decimal) -> Decimal:
        """What this quantity costs a month; a price by the hour counts 730 hours."""
        hours = HOURS_PER_MONTH if self.unit == "hour" else 1
        return self.price * hours * quantity


@cache
def _rows() -> dict[str, tuple[str, ...]]:
    text = resources.files("scanners.core").joinpath("prices.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(io.StringIO(text, newline=""))
    return {r["key"]: (r["unit"], r["price"], r["currency"], r["source"], r["source_date"]) for r in rows}


@cache
def price_of(key: str) -> Price | None:
    """The price of a key, or None: unknown."""
    row = _rows().get(key)
    if row is None:
        return None
    unit, price, currency, source, date = row
    return Price(key, unit, Decimal(price), currency, source, date)


def difference(now: Money | None, then: Money | None) -> Money | None:
    """What the second costs less than the first, perhaps below zero; None when one is unknown."""
    if now is None or then is None or now.currency != then.currency:
        return None
    return Money(
        amount=now.amount - then.amount,
        currency=now.currency,
        key=f"{now.key}; {then.key}",
        source="; ".join(dict.fromkeys([*now.source.split("; "), *then.source.split("; ")])),
        source_date=min(now.source_date, then.source_date),
    )


def total(monies: Iterable[Money | None]) -> Money | None:
    """The sum; None when one of them is unknown or the currencies differ. The sum of nothing is zero."""
    known: list[Money] = []
    for money in monies:
        if money is None:
            return None
        known.append(money)
    if len({m.currency for m in known}) > 1:
        return None
    return Money(
        amount=sum((Decimal(str(m)) for m in known), Decimal(0)),
        currency=known[0].currency if known else "USD",
        key="; ".join(sorted({k for m in known for k in m.key.split("; ") if k})),
        source="; ".join(sorted({s for m in known for s in m.source.split("; ") if s})),
        source_date=min((m.source_date for m in known if m.source_date), default=""),
    )
