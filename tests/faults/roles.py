"""Planner, worker and materializer in the test's own process, so that they have its clock; all else is real."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from bus.sqlite import SqliteBus
from data_plane import materializer, planner, worker
from data_plane.backbone import Backbone
from demo_cloud import DemoCloud
from schemas.event import utc_now
from schemas.scan import Connection, Coverage
from schemas.settings import Settings
from schemas.states import SCAN_TERMINAL, ScanStatus
from schemas.topics import DEAD_LETTERS, TOPICS
from stores import findings, open_store, scans, tasks
from stores.events import EventQuery, find_events
from stores.findings import FindingFilters
from stores.tasks import TaskRow
from tests.data_plane.conftest import migrate_alone
from tests.data_plane.demo_scan import Facts, canonical
from tests.data_plane.scripted import spec_of, until

CLIENT = "acme"
LEASE_SECONDS = 2.0


@asynccontextmanager
async def at_work(
    demo: DemoCloud, home: Path, clock: Callable[[], datetime] = utc_now, **settings: Any
) -> AsyncIterator[Backbone]:
    """The three roles over the files of ``home``, until the end of the block."""
    chosen = {"lease_seconds": LEASE_SECONDS, "tick_seconds": 0.05, "worker_tasks": 2, "requests_per_second": 200}
    configured = Settings(home=home, demo_endpoint=demo.endpoint, **{**chosen, **settings})
    bus = SqliteBus(home / "bus.sqlite", lease_seconds=LEASE_SECONDS, clock=lambda: clock().timestamp())
    backbone = Backbone(configured, open_store(configured.store_url), bus, clock)
    await asyncio.to_thread(migrate_alone, backbone.store.database)
    await bus.start(TOPICS)
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as roles:
        for role in (planner, worker, materializer):
            roles.create_task(role.run(backbone, stop))
        try:
            yield backbone
        finally:
            stop.set()
    await backbone.close()


async def accept(
    backbone: Backbone, demo: DemoCloud, scan_id: str, *, asof: datetime | None = None, **asked: Any
) -> None:
    """Ask for a scan of the first account."""
    connection = Connection(mode="demo", account=demo.accounts[0])
    spec = spec_of(scan_id, client_id=CLIENT, **{"connection": connection, "asof": asof or demo.now, **asked})
    async with backbone.store.write() as writing:
        await scans.insert_scan(writing, spec, utc_now())


@dataclass(frozen=True)
class Result:
    """How a scan ended, and what is stored."""

    status: ScanStatus
    error: str | None
    tasks: list[TaskRow]
    facts: Facts
    events: int
    findings: dict[tuple[str, str], str]
    """Resource and rule to the state of the finding, of all scans together."""
    dead_letters: int

    @property
    def gaps(self) -> list[Coverage]:
        return [c for task in self.tasks if task.outcome for c in task.outcome.coverage if c.is_gap]


async def result_of(backbone: Backbone, scan_id: str, *, seconds: float = 60) -> Result:
    """Wait for its end."""

    async def over() -> bool:
        async with backbone.store.read() as reading:
            row = await scans.get_scan(reading, None, scan_id)
        return row is not None and row.status in SCAN_TERMINAL

    await until(over, seconds=seconds)
    async with backbone.store.read() as reading:
        row = await scans.get_scan(reading, None, scan_id)
        found = await tasks.list_tasks(reading, scan_id)
        bodies = await find_events(reading, EventQuery(client_id=CLIENT, scan_id=scan_id, limit=1_000_000))
        every = FindingFilters(status=None)
        known = await findings.find_findings(reading, CLIENT, every, now=utc_now(), limit=100_000)
    assert row is not None
    facts = Counter(map(canonical, bodies))
    assert set(facts.values()) <= {1}, "nothing is stored twice"
    states = {(one.resource_id, one.rule): str(one.status) for one in known}
    dead = sum((await backbone.bus.end_offsets(DEAD_LETTERS)).values())
    return Result(row.status, row.error, found, frozenset(facts), len(bodies), states, dead)
