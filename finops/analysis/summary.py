"""The month to date, against the same days of the month before, its average, and where it goes.

Every figure is defined in ``docs/costs.md``; the names here are the names there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from stores.columns import written
from stores.costs import CostRow, Measure
from stores.ingestions import Ingestion

DAY: Final = timedelta(days=1)
WEEK: Final = timedelta(days=7)
CENT: Final = Decimal("0.01")


@dataclass(frozen=True)
class MonthToDate:
    """The figures of one cloud in one currency; None where there is nothing to compare with."""

    cloud: str
    currency: str
    through: date
    days: int
    month_to_date: Decimal
    same_days_last_month: Decimal
    change_percent: Decimal | None
    average_per_day: Decimal
    last_7_days: Decimal
    previous_7_days: Decimal
    trend_percent: Decimal | None
    final: bool
    demo: bool


def whole_days(active: Iterable[Ingestion], today: date) -> Mapping[str, date]:
    """By cloud: the last day that every bill of it tells whole.

    A bill tells a day whole when its ingestion began on a later day. Bills of closed months do not hold the day back,
    nor do those of accounts that have cost nothing for a month.
    """
    last: dict[tuple[str, str], date] = {}
    for one in active:
        reached = min(one.last_day, _day_before(one.asof), today - DAY)
        key = (one.provider, one.billing_account_id)
        last[key] = max(last.get(key, date.min), reached)
    clouds: dict[str, date] = {}
    for (provider, _), day in last.items():
        if day >= _month_before(_first(today)):
            clouds[provider] = min(clouds.get(provider, date.max), day)
    return clouds


def months_to_date(rows: Sequence[CostRow], whole: Mapping[str, date], measure: Measure) -> list[MonthToDate]:
    """By cloud and currency. ``rows`` are grouped by cloud and day, from the start of the month before on."""
    series: dict[tuple[str, str], dict[date, CostRow]] = {}
    for row in rows:
        cloud, day = row.keys
        series.setdefault((cloud, row.currency), {})[date.fromisoformat(day)] = row
    found = [key for key in sorted(series) if key[0] in whole]
    return [_month(cloud, currency, series[cloud, currency], whole[cloud], measure) for cloud, currency in found]


def _month(cloud: str, currency: str, days: Mapping[date, CostRow], through: date, measure: Measure) -> MonthToDate:
    def between(start: date, end: date) -> Decimal:
        return written(sum((row.amount(measure) for day, row in days.items() if start <= day <= end), Decimal(0)))

    first = _first(through)
    before = _month_before(first)
    so_far = between(first, through)
    same = between(before, min(before + (through - first), first - DAY))
    recent, previous = between(through - WEEK + DAY, through), between(through - 2 * WEEK + DAY, through - WEEK)
    month = [row for day, row in days.items() if first <= day <= through]
    return MonthToDate(
        cloud=cloud,
        currency=currency,
        through=through,
        days=(through - first).days + 1,
        month_to_date=so_far,
        same_days_last_month=same,
        change_percent=_percent(so_far, same),
        average_per_day=(so_far / ((through - first).days + 1)).quantize(CENT, ROUND_HALF_UP),
        last_7_days=recent,
        previous_7_days=previous,
        trend_percent=_percent(recent, previous),
        final=all(row.final for row in month),
        demo=any(row.demo for row in days.values()),
    )


def needed_since(whole: Mapping[str, date], today: date) -> date:
    """The first day that the figures look at."""
    firsts = [_month_before(_first(day)) for day in whole.values()]
    return min([*firsts, _month_before(_first(today))])


def _percent(now: Decimal, before: Decimal) -> Decimal | None:
    return None if before <= 0 else ((now - before) * 100 / before).quantize(Decimal("0.1"), ROUND_HALF_UP)


def _first(day: date) -> date:
    return day.replace(day=1)


def _month_before(first: date) -> date:
    return _first(first - DAY)


def _day_before(moment: datetime) -> date:
    return moment.date() - DAY
