"""How the databases look for pages of events in a log of several days: over an index, in its order."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Select, func, select, text

from stores import ReadSession, Store, events
from stores.event_rows import event_row
from stores.events import EventQuery
from stores.sqlite import SqliteFile
from stores.tables import events as table
from stores.tenancy import of_client
from tests.stores.given import DAY, NOW, event

DAYS, EACH = 3, 2000

PAGES: dict[str, dict[str, Any]] = {
    "all": {},
    "category": {"type": "aws.waste.*"},
    "service": {"type": "aws.waste.ebs.*"},
    "type": {"type": "aws.waste.ebs.unattached"},
    "provider and category": {"provider": "aws", "category": "waste"},
    "resource": {"resource_id": "arn:7"},
    "scan": {"scan_id": "scan-1"},
    "next page": {"cursor": (NOW, "x")},
    "window": {"since": NOW - DAY, "until": NOW},
}


@pytest.fixture
async def filled(store: Store) -> Store:
    """Two clients, some days, a scan and a category a day."""
    async with store.write() as w:
        for day in range(DAYS):
            await w.append(table, [event_row(_event(day, n), b"{}" * 100, w.moment) for n in range(EACH)])
        await w.change(text("ANALYZE"))
    return store


def _event(day: int, n: int) -> Any:
    return event(
        "aws.waste.ebs.unattached" if n % 20 == 0 else "aws.metadata.ebs.state",
        id=f"{day}-{n}",
        clientid="acme" if n % 2 else "other",
        scanid=f"scan-{day}-{n % 10}",
        subject=f"arn:{n % 100}",
        asof=NOW + DAY * day,
        time=NOW + DAY * day + timedelta(milliseconds=n),
    )


async def plan_of(store: Store, asked: Select[Any], *, without: tuple[str, ...] = ()) -> list[str]:
    """``without``: what PostgreSQL is to avoid where it can; of few rows it may prefer it."""
    async with store.read() as r:
        statement = asked.compile(dialect=r._connection.dialect, compile_kwargs={"literal_binds": True})
        sqlite = isinstance(store.database, SqliteFile)
        for way in () if sqlite else without:
            await r.rows(text(f"SELECT set_config('enable_{way}', 'off', true)"))
        words = "EXPLAIN QUERY PLAN" if sqlite else "EXPLAIN"
        return await _lines(r, f"{words} {statement}", 3 if sqlite else 0)


async def _lines(r: ReadSession, statement: str, column: int) -> list[str]:
    return [row[column] for row in await r.rows(text(statement.replace(":", "\\:")))]


def by_index(plan: list[str]) -> bool:
    """No step reads a whole table."""
    return not any(re.search(r"Seq Scan|SCAN events$", line) for line in plan)


def sorts(plan: list[str]) -> bool:
    return any(re.search(r"TEMP B-TREE|^\W*(Incremental )?Sort\b(?! Key)", line) for line in plan)


async def test_no_page_reads_a_whole_day(filled: Store) -> None:
    asked = {name: events.page_of(EventQuery(client_id="acme", **query)) for name, query in PAGES.items()}
    plans = {name: await plan_of(filled, each) for name, each in asked.items()}
    assert {name: plan for name, plan in plans.items() if not by_index(plan)} == {}


async def test_no_page_has_to_be_sorted(filled: Store) -> None:
    """Each of these has an index that ends on (time, id)."""
    asked = {name: events.page_of(EventQuery(client_id="acme", **query)) for name, query in PAGES.items()}
    plans = {name: await plan_of(filled, each, without=("sort", "bitmapscan")) for name, each in asked.items()}
    assert {name: plan for name, plan in plans.items() if sorts(plan)} == {}


async def test_one_event_one_scan_and_the_newest_are_found_by_an_index(filled: Store) -> None:
    asked: list[Select[Any]] = [
        of_client(table, "acme", table.c.body).where(table.c.id == "1-7"),
        of_client(table, "acme", table.c.category, func.count()).where(table.c.scan_id == "s").group_by("category"),
        select(func.max(table.c.asof)),
    ]
    assert [plan for plan in [await plan_of(filled, each) for each in asked] if not by_index(plan)] == []


async def test_the_check_of_plans_sees_a_plan_that_is_bad(filled: Store) -> None:
    bad = await plan_of(filled, select(table.c.body).order_by(table.c.region))
    assert not by_index(bad)
    assert sorts(bad)
