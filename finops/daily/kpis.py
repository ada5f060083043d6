"""The key figures of a day's run, as JSON values, and the same as a text for people."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from finops.analysis.files import plain
from finops.analysis.summary import MonthToDate
from stores.columns import written
from stores.costs import CostRow, Measure

TOP: Final = 10
SERVICE, ACCOUNT = 2, 4
"""Where they stand in the keys of a row."""


def kpis_of(
    day: date, since: date, rows: Sequence[CostRow], months: Iterable[MonthToDate], measure: Measure
) -> dict[str, Any]:
    """Everything is decimal text; ``by_currency`` because currencies are never added."""
    currencies = sorted({row.currency for row in rows})
    return {
        "date": day.isoformat(),
        "since": since.isoformat(),
        "through": (day - timedelta(days=1)).isoformat(),
        "measure": measure,
        "demo": any(row.demo for row in rows),
        "estimated": not all(row.final for row in rows),
        "by_currency": {
            currency: _figures([row for row in rows if row.currency == currency], measure, since, day)
            for currency in currencies
        },
        "month_to_date": [_plain(asdict(month)) for month in months],
    }


def _figures(rows: Sequence[CostRow], measure: Measure, since: date, day: date) -> dict[str, Any]:
    total = _sum(rows, measure)
    days = _by(rows, lambda row: row.keys[0], measure)
    dearest = max(days, key=lambda each: (days[each], each))
    return {
        "total": plain(total),
        "average_per_day": plain(written(round(total / (day - since).days, 2))),
        "dearest_day": {"date": dearest, "cost": plain(days[dearest])},
        "by_cloud": {name: plain(cost) for name, cost in _by(rows, lambda row: row.keys[1], measure).items()},
        "top_services": _top(rows, SERVICE, measure),
        "top_accounts": _top(rows, ACCOUNT, measure),
    }


def _top(rows: Sequence[CostRow], place: int, measure: Measure) -> list[dict[str, str]]:
    sums = _by(rows, lambda row: row.keys[place], measure)
    ordered = sorted(sums, key=lambda name: (-sums[name], name))
    return [{"name": name, "cost": plain(sums[name])} for name in ordered[:TOP]]


def _by(rows: Iterable[CostRow], key: Callable[[CostRow], str], measure: Measure) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for row in rows:
        sums[key(row)] = sums.get(key(row), Decimal(0)) + row.amount(measure)
    return {name: written(sums[name]) for name in sorted(sums)}


def _sum(rows: Iterable[CostRow], measure: Measure) -> Decimal:
    return written(sum((row.amount(measure) for row in rows), Decimal(0)))


def _plain(told: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _text(value) for name, value in told.items()}


def _text(value: object) -> object:
    if isinstance(value, Decimal):
        return plain(value)
    return value.isoformat() if isinstance(value, date) else value


def report_of(kpis: Mapping[str, Any]) -> str:
    """The same for people."""
    return "\n".join(_lines(kpis)) + "\n"


def _lines(kpis: Mapping[str, Any]) -> Iterator[str]:
    marks = [word for word, holds in (("demo", kpis["demo"]), ("estimated", kpis["estimated"])) if holds]
    yield f"Cloud costs of {kpis['date']}" + (f" ({', '.join(marks)})" if marks else "")
    yield f"{kpis['since']} to {kpis['through']}, {kpis['measure']} cost"
    for currency, told in kpis["by_currency"].items():
        yield ""
        yield f"{currency}: {_money(told['total'])} in all, {_money(told['average_per_day'])} a day"
        yield f"  dearest day: {told['dearest_day']['date']}, {_money(told['dearest_day']['cost'])}"
        yield from (f"  {name}: {_money(cost)}" for name, cost in told["by_cloud"].items())
        for title, name in (("services", "top_services"), ("accounts", "top_accounts")):
            yield f"  {title} that cost most"
            yield from (f"    {_money(each['cost']):>14}  {each['name'] or '(none)'}" for each in told[name])
    yield ""
    yield "Month to date"
    for month in kpis["month_to_date"]:
        change = f", {month['change_percent']} % against it" if month["change_percent"] is not None else ""
        yield (
            f"  {month['cloud']}: {_money(month['month_to_date'])} {month['currency']} through {month['through']}; "
            f"{_money(month['same_days_last_month'])} in the same days of the month before{change}"
        )


def _money(text: str) -> str:
    return f"{Decimal(text):,.2f}"
