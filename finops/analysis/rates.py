"""Rates between currencies, as the user gives them: without one, nothing of two currencies is ever added.

The file (``SENTINEL_RATES``) is a CSV with the header ``from,to,date,rate``: one unit of ``from`` is ``rate`` units of
``to``, from that day on until the next row of the same pair.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Final

import msgspec

from schemas.errors import InvalidInputError
from stores.costs import CostRow, RateDay

HEADER: Final = ["from", "to", "date", "rate"]
CURRENCY: Final = re.compile(r"[A-Z]{3}")
SETTING: Final = "SENTINEL_RATES"


@dataclass(frozen=True, order=True)
class Rate:
    """So many units of ``into`` for one of ``currency``, from a day on."""

    currency: str
    into: str
    since: date
    rate: Decimal


def read_rates(path: Path | None) -> tuple[Rate, ...]:
    """The rates of the file, in order; none without a file. Raises ``InvalidInputError`` for a line that is wrong."""
    if path is None:
        return ()
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.reader(file))
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInputError(SETTING, str(path), f"a file that can be read: {error}") from None
    if not rows or rows[0] != HEADER:
        raise InvalidInputError(SETTING, str(path), f"the first line has to be {','.join(HEADER)}")
    rates = [_rate(f"{SETTING} line {number}", row) for number, row in enumerate(rows[1:], 2) if row]
    _refuse_twice(rates)
    return tuple(sorted(rates))


def _rate(place: str, row: Sequence[str]) -> Rate:
    if len(row) != len(HEADER):
        raise InvalidInputError(place, ",".join(row), f"four values: {','.join(HEADER)}")
    currency, into, day, number = (cell.strip() for cell in row)
    for name in (currency, into):
        if not CURRENCY.fullmatch(name):
            raise InvalidInputError(place, name, "a currency of three capital letters, as EUR")
    try:
        since = date.fromisoformat(day)
    except ValueError:
        raise InvalidInputError(place, day, "a day, for example 2026-12-31") from None
    try:
        rate = Decimal(number)
    except InvalidOperation:
        rate = Decimal("NaN")
    if not rate.is_finite() or rate <= 0:
        raise InvalidInputError(place, number, "a rate above zero, for example 1.0825")
    return Rate(currency, into, since, rate)


def _refuse_twice(rates: Iterable[Rate]) -> None:
    seen: set[tuple[str, str, date]] = set()
    for rate in rates:
        key = (rate.currency, rate.into, rate.since)
        if key in seen:
            raise InvalidInputError(SETTING, f"{rate.currency},{rate.into},{rate.since}", "each pair and day once")
        seen.add(key)


@dataclass(frozen=True)
class Conversion:
    """The rates into one currency."""

    into: str
    rates: Mapping[RateDay, Rate]

    @property
    def days(self) -> list[RateDay]:
        """What the store tells costs apart by."""
        return list(self.rates)

    def converted(self, rows: Iterable[CostRow]) -> list[CostRow]:
        """The rows in that currency, the groups added up; what has no rate stays in its own currency."""
        sums: dict[tuple[tuple[str, ...], str], CostRow] = {}
        for row in rows:
            one = self._one(row)
            key = (one.keys, one.currency)
            sums[key] = _added(sums[key], one) if key in sums else one
        return [sums[key] for key in sorted(sums)]

    def used(self, rows: Iterable[CostRow]) -> list[Rate]:
        """The rates that these rows were converted by."""
        found = {(row.currency, row.rate) for row in rows if row.rate is not None and row.currency != self.into}
        return sorted(self.rates[currency, day] for currency, day in found if day)

    def _one(self, row: CostRow) -> CostRow:
        if row.currency == self.into or row.rate is None:
            return msgspec.structs.replace(row, rate=None)
        rate = self.rates[row.currency, row.rate].rate
        return msgspec.structs.replace(
            row,
            currency=self.into,
            billed=row.billed * rate,
            effective=row.effective * rate,
            list=row.list * rate,
            rate=None,
        )


def conversion_into(into: str, rates: Iterable[Rate]) -> Conversion:
    """The conversion. Raises ``InvalidInputError`` where no rate leads there."""
    known = list(rates)
    found = {(rate.currency, rate.since): rate for rate in known if rate.into == into}
    if not found:
        there = ", ".join(sorted({rate.into for rate in known})) or f"none: {SETTING} names no file of rates"
        raise InvalidInputError("convert_to", into, f"a currency that the given rates lead to: {there}")
    return Conversion(into, found)


def _added(one: CostRow, other: CostRow) -> CostRow:
    return msgspec.structs.replace(
        one,
        billed=one.billed + other.billed,
        effective=one.effective + other.effective,
        list=one.list + other.list,
        final=one.final and other.final,
        demo=one.demo or other.demo,
    )
