"""The two tables of a day: raw as the bills tell it, and processed with what people group by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Final

from finops.analysis.files import plain
from stores.costs import CostRow, Measure

GROUPS: Final = ("day", "cloud", "service", "region", "account", "category")
"""What the rows of both tables are told apart by, beside the currency."""
RAW: Final = ("Date", "Cloud", "Service", "Region", "AccountName", "AccountId", "Cost", "Currency")
PROCESSED: Final = (*RAW, "Weekday", "Week", "Month", "Quarter", "ServiceCategory")
WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def processed_rows(rows: Iterable[CostRow], names: Mapping[str, str], measure: Measure) -> list[dict[str, str]]:
    """The rows by column; the raw table has the first eight of them. Weeks are ISO's, as 2026-W47."""
    return [_processed(row, names, measure) for row in rows]


def _processed(row: CostRow, names: Mapping[str, str], measure: Measure) -> dict[str, str]:
    told, cloud, service, region, account, category = row.keys
    day = date.fromisoformat(told)
    week = day.isocalendar()
    return {
        "Date": told,
        "Cloud": cloud,
        "Service": service,
        "Region": region,
        "AccountName": names.get(account, ""),
        "AccountId": account,
        "Cost": plain(row.amount(measure)),
        "Currency": row.currency,
        "Weekday": WEEKDAYS[day.weekday()],
        "Week": f"{week.year}-W{week.week:02d}",
        "Month": told[:7],
        "Quarter": f"{day.year}-Q{(day.month + 2) // 3}",
        "ServiceCategory": category,
    }
