"""Scans that find, lose and find again, by all roles in this process; and everything that was stored of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import msgspec

from data_plane import materializer, planner
from data_plane.backbone import Backbone
from data_plane.worker import Worker
from scanners.core.errors import TaskLostError
from scanners.core.job import Emit, StillOurs
from schemas.cost import DailyCost
from schemas.event import Data, Event, utc_now
from schemas.finding import FindingStatus, FindingValue
from schemas.scan import RuleCount, ScanSpec, TaskOutcome, TaskSpec
from schemas.states import SCAN_TERMINAL
from stores import Store, facts, scans
from stores.decisions import Decision, decide
from stores.store import AnyRow
from stores.tables import findings, metadata, settled_tasks
from tests.data_plane.scripted import ASOF, DISCOVERY, Scripted, event_of, outcome_of, spec_of, step, until, wasted

Rows = dict[str, list[AnyRow]]

JUDGED = {"scan-1": "wwwdw", "scan-2": "w-dw-", "scan-3": "ww-xd", "scan-4": "-www-"}
"""What each scan says of five volumes in each region: w wasted, d insufficient data, x excluded, - nothing."""


def spec(scan_id: str) -> ScanSpec:
    return spec_of(scan_id, asof=ASOF + timedelta(hours=int(scan_id[-1])), services=("ebs",))


def said(task: TaskSpec, number: int, letter: str) -> list[Event]:
    state = event_of(task, number, value=f"{task.scan.scan_id} {letter}")
    if letter == "w":
        return [state, wasted(task, number)]
    if letter == "-":
        return [state]
    value = msgspec.to_builtins(
        FindingValue("disk.unattached", "insufficient_data" if letter == "d" else "excluded", "so it is")
    )
    return [state, event_of(task, number, kind="aws.waste.ebs.unattached", value=value)]


def _cost(task: TaskSpec) -> Event:
    """No scan tells one; it is a fact like others, and the bus carries it."""
    told = DailyCost(
        ingestion_id="bill",
        day="2026-10-01",
        billing_period="2026-10",
        billing_account_id="999999999999",
        service_name="AmazonEC2",
        service_category="Compute",
        charge_category="Usage",
        billed="1.10",
        list="2",
        contracted="1.5",
        final=True,
    )
    made = event_of(task, 300, kind="aws.cost.amazonec2.daily")
    return msgspec.structs.replace(made, data=Data("1.10", "USD", cost=told))


async def script(task: TaskSpec, emit: Emit, still_ours: StillOurs) -> TaskOutcome:
    """Volumes come and go; scan 2 does not see all of one region; scan 4 hangs in it until it is cancelled."""
    scan_id = task.scan.scan_id
    if task.kind == "discover":
        return TaskOutcome(discovery=DISCOVERY)
    events = [event for n, letter in enumerate(JUDGED[scan_id]) for event in said(task, n, letter)]
    events += [event_of(task, 100 + int(scan_id[-1])), event_of(task, 200, kind="aws.metadata.ebs.size", value=8)]
    events.append(_cost(task))
    await emit(events)
    if scan_id == "scan-4" and task.region == "us-east-1":
        while await still_ours():  # noqa: ASYNC110 - the row is changed by somebody else
            await asyncio.sleep(0.05)
        raise TaskLostError(task.task_id)
    hidden = scan_id == "scan-2" and task.region == "us-east-1"
    counted = (RuleCount("disk.unattached", "ebs", wasted=2),)
    return outcome_of(task, events, rules=counted, complete=() if hidden else ("ebs",))


@asynccontextmanager
async def roles(backbone: Backbone) -> AsyncIterator[None]:
    stop = asyncio.Event()
    worker = Worker(backbone, Scripted(script).runner(backbone))
    work = planner.run(backbone, stop), materializer.run(backbone, stop), worker.run(stop)
    running = [asyncio.ensure_future(role) for role in work]
    try:
        yield
    finally:
        stop.set()
        async with asyncio.timeout(20):
            await asyncio.gather(*running)


async def scan(backbone: Backbone, *scan_ids: str) -> None:
    async with backbone.store.write() as writing:
        for scan_id in scan_ids:
            await scans.insert_scan(writing, spec(scan_id), utc_now())


async def ended(backbone: Backbone, *scan_ids: str) -> None:
    async def over() -> bool:
        async with backbone.store.read() as reading:
            found = [await scans.get_scan(reading, None, scan_id) for scan_id in scan_ids]
        return all(row is not None and row.status in SCAN_TERMINAL for row in found)

    await until(over, seconds=60)


async def live(backbone: Backbone) -> None:
    """Four scans: two that overlap, one alone, one that is cancelled when half of it is settled."""
    async with roles(backbone):
        await scan(backbone, "scan-1", "scan-2")
        await ended(backbone, "scan-1", "scan-2")
        await scan(backbone, "scan-3")
        await ended(backbone, "scan-3")
        await scan(backbone, "scan-4")
        await until(lambda: _settled(backbone, "scan-4-0-ec2-eu-west-1"), seconds=60)
        async with backbone.store.write() as writing:
            assert await scans.cancel_scan(writing, "scan-4", utc_now())
    await decided(backbone)


async def decided(backbone: Backbone) -> None:
    """Somebody ignores one finding and calls another one resolved."""
    async with backbone.store.write() as writing:
        rows = await writing.rows(findings.select().where(findings.c.status == "open").order_by(findings.c.id).limit(2))
        statuses: list[FindingStatus] = ["ignored", "resolved"]
        for row, status in zip(rows, statuses, strict=True):
            decision = Decision(status=status, note="so", until=None, decided_by="me", decided_at=utc_now())
            await decide(writing, "acme", [row.id], decision)


async def _settled(backbone: Backbone, task_id: str) -> bool:
    async with backbone.store.read() as reading:
        rows = await reading.rows(settled_tasks.select())
    return task_id in {row.task_id for row in rows}


async def all_published(backbone: Backbone) -> None:
    """The last steps are on the bus."""
    while await step(backbone):
        pass


async def rows_of(store: Store, *, facts_only: bool = True) -> Rows:
    """Every row of every table, or of those that can be rebuilt."""
    async with store.read() as reading:
        found = {}
        for table in facts.TABLES if facts_only else metadata.sorted_tables:
            query = table.select().order_by(*table.primary_key)
            found[table.name] = list(await reading.rows(query))
        return found


def differing(one: Rows, other: Rows) -> dict[str, Any]:
    """What stands in one of them only, for a short failure."""
    return {
        name: [row for row in (*one[name], *other[name]) if row not in one[name] or row not in other[name]][:4]
        for name in one
        if one[name] != other[name]
    }
