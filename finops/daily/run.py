"""One daily run over the store: tables, key figures, report, upload, clean-up, history."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from finops.analysis.costs import all_costs
from finops.analysis.files import csv_of
from finops.analysis.month import month_to_date
from finops.daily import files
from finops.daily.files import Written
from finops.daily.kpis import kpis_of, report_of
from finops.daily.tables import GROUPS, PROCESSED, RAW, processed_rows
from stores.costs import CostFilter, Measure, account_names

if TYPE_CHECKING:
    from stores.lake.objects import Objects
    from stores.store import Store


@dataclass(frozen=True, kw_only=True)
class DailyOrder:
    """What a run makes: the ``days`` days before ``day``, below ``folder``."""

    client_id: str
    day: date
    days: int
    folder: Path
    retention_days: int
    measure: Measure = "effective"


@dataclass(frozen=True)
class DailyResult:
    """What a run made."""

    rows: int
    files: list[Written]
    uploaded: list[str]
    cleaned: list[str]


async def run_daily(order: DailyOrder, store: Store, place: Objects | None) -> DailyResult:
    """The same store and day give the same files. Raises ``StoreError``, ``LakeError``, ``InvalidInputError``."""
    since = order.day - timedelta(days=order.days)
    asked = CostFilter(client_id=order.client_id, since=since, until=order.day)
    async with store.read() as reading:
        rows = (await all_costs(reading, asked, GROUPS)).rows
        names = await account_names(reading, order.client_id)
        months = await month_to_date(reading, order.client_id, order.day, order.measure)
    table = processed_rows(rows, names, order.measure)
    kpis = kpis_of(order.day, since, rows, months, order.measure)
    told = msgspec.json.format(msgspec.json.encode(kpis)).decode() + "\n"
    contents = {
        f"raw/costs_{order.day}.csv": csv_of(RAW, table),
        f"processed/costs_{order.day}.csv": csv_of(PROCESSED, table),
        f"kpis/kpis_{order.day}.json": told,
        f"reports/report_{order.day}.txt": report_of(kpis),
    }
    made = [files.write(order.folder, key, text) for key, text in contents.items()]
    uploaded = [] if place is None else await asyncio.to_thread(files.upload, order.folder, made, place)
    cleaned = await asyncio.to_thread(clean_up, order, place)
    return DailyResult(len(rows), made, uploaded, cleaned)


def clean_up(order: DailyOrder, place: Objects | None) -> list[str]:
    """Delete what is older than the retention, here and there; where it was."""
    before = files.cutoff(order.day, order.retention_days)
    gone = files.clean(order.folder, before)
    return gone if place is None else [*gone, *(f"{place.place}/{key}" for key in files.clean_place(place, before))]


def history_entry(
    order: DailyOrder,
    began: datetime,
    ended: datetime,
    sources: Sequence[str],
    result: DailyResult | None,
    error: str | None,
) -> dict[str, Any]:
    """A line of the history: what the run took, made and put where, or why it failed."""
    return {
        "date": order.day,
        "began_at": began,
        "ended_at": ended,
        "status": "FAILED" if error else "COMPLETED",
        "error": error,
        "sources": list(sources),
        "rows": result.rows if result else None,
        "files": result.files if result else [],
        "uploaded": result.uploaded if result else [],
        "cleaned": result.cleaned if result else [],
    }
