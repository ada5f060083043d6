"""Migrations over rows that are there: the event log becomes one by the day, and one table again."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, column, insert, inspect, text
from sqlalchemy import table as sql_table

from schemas.event import Event, encode
from stores import Store, events
from stores.columns import UtcTime
from stores.event_rows import event_row
from stores.events import EventQuery
from stores.findings import FindingFilters, FindingRow, find_findings
from stores.migrate import downgrade
from stores.sqlite import SqliteFile
from stores.tables import events as table
from stores.tables import progress as steps_table
from tests.stores.given import DAY, NOW, event, log, put, waste

BEFORE_DAYS = "v0004"
BEFORE_VERDICTS = "v0005"
DOUBTS: dict[str, dict[str, Any]] = {
    "insufficient_data": {"asof": NOW + DAY, "scanid": "scan-2", "subject": "arn:3"},
    "excluded": {"asof": NOW + DAY, "scanid": "scan-2", "subject": "arn:2"},
}
INDEXES = ["asof", "category", "resource", "scan", "service", "time"]


def told() -> list[Event]:
    """Facts and a finding of four scans on three days, and of odd moments."""
    days = [NOW, NOW + timedelta(hours=2), NOW - DAY, NOW + 40 * DAY]
    odd = [datetime(1, 1, 1, tzinfo=UTC), datetime(2019, 12, 31, tzinfo=UTC), datetime.max.replace(tzinfo=UTC)]
    scans = [(f"scan-{n}", asof) for n, asof in enumerate([*days, *odd])]
    subjects = [f"arn:{n}" for n in range(30)]
    facts = [event(scanid=scan, subject=each, asof=asof, time=asof) for scan, asof in scans for each in subjects]
    return facts + [waste(scanid=scan, asof=asof, time=asof) for scan, asof in scans]


async def fill_as_before(store: Store, made: Sequence[Event]) -> None:
    """By plain inserts: the fast path is that of the newest version."""
    names = list(table.columns.keys())
    rows = [dict(zip(names, event_row(each, encode(each), lambda time: time), strict=True)) for each in made]
    async with store.write() as w:
        await w.change(insert(table), rows)


async def everything(store: Store) -> list[bytes]:
    async with store.read() as r:
        return [bytes(body) for body in await events.find_events(r, EventQuery(client_id="acme", limit=10_000))]


async def index_names(store: Store) -> list[str]:
    def read(connection: Connection) -> None:
        found.extend(str(each["name"]) for each in inspect(connection).get_indexes("events"))

    found: list[str] = []
    await asyncio.to_thread(store.database.migrate, read)
    return sorted(found)


async def days(store: Store) -> set[str]:
    if isinstance(store.database, SqliteFile):
        return set()
    async with store.read() as r:
        rows = await r.rows(text("SELECT relname FROM pg_inherits JOIN pg_class ON oid = inhrelid WHERE relkind = 'r'"))
    return {row.relname.removeprefix("events_") for row in rows}


async def test_a_filled_log_goes_forward_and_back(store: Store) -> None:
    await asyncio.to_thread(downgrade, store.database, BEFORE_DAYS)
    made = told()
    await fill_as_before(store, made)
    before = await everything(store)
    assert sorted(before) == sorted(encode(each) for each in made)

    await store.migrate()
    assert await everything(store) == before
    assert await index_names(store) == [f"events_by_{name}" for name in INDEXES]
    made_days = {"20261120", "20261121", "20261231", "before_2020", "from_2100"}
    assert await days(store) == (set() if isinstance(store.database, SqliteFile) else made_days)
    assert await log(store, *made) == 0
    assert await log(store, event(id="new", asof=NOW + 3 * DAY, time=NOW + 3 * DAY)) == 1

    after = await everything(store)
    await asyncio.to_thread(downgrade, store.database, BEFORE_DAYS)
    assert await everything(store) == after
    assert len(after) == len(before) + 1
    assert await index_names(store) == [f"events_by_{name}" for name in INDEXES]
    assert await days(store) == set()

    await store.migrate()
    assert await everything(store) == after


async def test_other_tables_keep_their_rows(store: Store) -> None:
    async with store.write() as w:
        step = {"scan_id": "s", "kind": "scan_started", "at": NOW, "payload": {}}
        await w.change(insert(steps_table), [step])
    for _ in range(2):
        await asyncio.to_thread(downgrade, store.database, BEFORE_DAYS)
        await store.migrate()
    async with store.read() as r:
        assert len(await r.rows(text("SELECT * FROM progress"))) == 1


async def test_findings_go_forward_and_back(store: Store) -> None:
    """As they were before each verdict was kept: the newest sight, and up to when listings were complete."""
    await put(store, waste("8.80"), waste("1.25", subject="arn:2"), waste(None, subject="arn:3"))
    await put(store, *[waste(outcome=outcome, **later) for outcome, later in DOUBTS.items()])
    before = await findings_of(store)
    assert [row.status for row in before] == ["open", "resolved", "open"]
    await asyncio.to_thread(downgrade, store.database, BEFORE_VERDICTS)
    scope = ("acme", "111111111111", "eu-west-1", "ebs", "disk.unattached")
    names = ("client_id", "account_id", "region", "service", "rule")
    columns = [*(column(name) for name in names), column("asof", UtcTime)]
    async with store.write() as w:
        row = dict(zip(names, scope, strict=True)) | {"asof": NOW}
        await w.change(insert(sql_table("evaluations", *columns)), [row])
    await store.migrate()
    assert await findings_of(store) == before

    await put(store, waste(outcome="excluded", subject="arn:3", scanid="scan-0", asof=NOW - DAY))
    assert await findings_of(store) == before
    await put(store, waste("5.00", subject="arn:4", scanid="scan-0", asof=NOW - DAY))
    late = next(row for row in await findings_of(store) if row.resource_id == "arn:4")
    assert (late.status, late.resolved_at, late.resolved_reason) == ("resolved", NOW, "gone_or_fixed")
    await asyncio.to_thread(downgrade, store.database, BEFORE_VERDICTS)
    async with store.read() as r:
        (kept,) = await r.rows(text("SELECT client_id, account_id, region, service, rule FROM evaluations"))
    assert tuple(kept) == scope
    await store.migrate()
    assert len(await findings_of(store)) == 4


async def findings_of(store: Store) -> list[FindingRow]:
    async with store.read() as r:
        rows = await find_findings(r, "acme", FindingFilters(status=None), now=NOW, limit=10)
    return sorted(rows, key=lambda row: row.resource_id[-1])
