"""The days that the demo bills are about, and how much is used on each: weekdays, growth, and a little noise."""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from random import Random
from typing import Final

MONTHS: Final = 13
WEEKDAYS: Final = (1.0, 1.04, 1.06, 1.03, 0.98, 0.62, 0.55)
"""Monday to Sunday, against a Monday."""
GROWTH_A_MONTH: Final = 0.015
NOISE: Final = 0.04


def first_day(now: datetime) -> date:
    """The first day of the thirteen months that end with the current one."""
    months = now.year * 12 + now.month - 1 - (MONTHS - 1)
    return date(months // 12, months % 12 + 1, 1)


def days_of(now: datetime) -> Iterator[date]:
    """Every day that is on the bills: up to yesterday."""
    day = first_day(now)
    while day < now.date():
        yield day
        day += timedelta(days=1)


def month_of(day: date) -> date:
    """The first day of its month."""
    return day.replace(day=1)


def next_month(month: date) -> date:
    """The first day of the month behind it."""
    return (month + timedelta(days=31)).replace(day=1)


def days_in(month: date) -> int:
    """How many days it has."""
    return calendar.monthrange(month.year, month.month)[1]


@cache
def usage_on(day: date, first: date, seed: str) -> Decimal:
    """How much is used, against a Monday of the first month."""
    grown = (1 + GROWTH_A_MONTH) ** ((day - first).days / 30.4)
    noise = Random(f"{seed}/{day.toordinal() - first.toordinal()}").uniform(1 - NOISE, 1 + NOISE)  # noqa: S311 - a seed
    return Decimal(f"{WEEKDAYS[day.weekday()] * grown * noise:.4f}")
