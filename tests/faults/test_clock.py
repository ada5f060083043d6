"""A clock that is put forward or back by an hour in the middle of a scan: no task runs twice, none is left waiting."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bus.sqlite import SqliteBus
from data_plane import materializer, planner, worker
from data_plane.backbone import Backbone
from data_plane.claim import claim
from demo_cloud import DemoCloud
from schemas.event import utc_now
from schemas.scan import Connection
from schemas.settings import Settings
from schemas.states import ScanStatus, TaskStatus
from schemas.topics import EVENTS, TOPICS
from stores import open_store, scans, tasks
from tests.data_plane.conftest import migrate_alone
from tests.data_plane.demo_scan import REGIONS, SCAN, SERVICES, Ended, at_its_end, ended
from tests.data_plane.scripted import spec_of, until

LEASE_SECONDS = 2.0
CALL_SECONDS = 0.03


class Clock:
    """The machine's clock, and what somebody put it forward by."""

    def __init__(self) -> None:
        self.put_forward = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.put_forward

    def seconds(self) -> float:
        return self().timestamp()


@pytest.fixture(scope="module")
def demo() -> Iterator[DemoCloud]:
    with DemoCloud.start(page_size=10) as cloud:
        cloud.order({"kind": "delay", "seconds": CALL_SECONDS, "times": None})
        yield cloud


@asynccontextmanager
async def scanning(demo: DemoCloud, home: Path, clock: Clock) -> AsyncIterator[Backbone]:
    """The three roles in this process, so that they have the clock of the test; files, bus and cloud are real."""
    settings = Settings(
        home=home,
        lease_seconds=LEASE_SECONDS,
        tick_seconds=0.05,
        worker_tasks=2,
        demo_endpoint=demo.endpoint,
        requests_per_second=200,
    )
    bus = SqliteBus(home / "bus.sqlite", lease_seconds=LEASE_SECONDS, clock=clock.seconds)
    backbone = Backbone(settings, open_store(settings.store_url), bus, clock)
    await asyncio.to_thread(migrate_alone, backbone.store.database)
    await bus.start(TOPICS)
    connection = Connection(mode="demo", account=demo.accounts[0])
    spec = spec_of(SCAN, connection=connection, services=SERVICES, regions=REGIONS, asof=demo.now)
    async with backbone.store.write() as writing:
        await scans.insert_scan(writing, spec, utc_now())
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as roles:
        for role in (planner, worker, materializer):
            roles.create_task(role.run(backbone, stop))
        try:
            yield backbone
        finally:
            stop.set()
    await backbone.close()


async def scan_alone(demo: DemoCloud, home: Path) -> Ended:
    async with scanning(demo, home, Clock()) as backbone, asyncio.timeout(60):
        await at_its_end(backbone)
        return await ended(backbone)


@pytest.fixture(scope="module")
def undisturbed(demo: DemoCloud, tmp_path_factory: pytest.TempPathFactory) -> Ended:
    return asyncio.run(scan_alone(demo, tmp_path_factory.mktemp("undisturbed")))


@pytest.mark.parametrize("hours", [1, -1])
async def test_nothing_runs_twice_and_nothing_is_left_waiting(
    demo: DemoCloud, undisturbed: Ended, tmp_path: Path, hours: int
) -> None:
    assert undisturbed.row.status is ScanStatus.COMPLETED
    clock = Clock()
    async with scanning(demo, tmp_path, clock) as backbone, asyncio.timeout(60):
        taken = await take_one(backbone)
        await until(lambda: in_the_middle(backbone, len(undisturbed.facts)), seconds=30)
        running = [task for task in (await ended(backbone)).tasks if task.status is TaskStatus.RUNNING]
        assert {task.owner for task in running} > {"died"}
        clock.put_forward = timedelta(hours=hours)
        await at_its_end(backbone)
        end = await ended(backbone)
    assert end.row.status is ScanStatus.COMPLETED
    assert {task.task_id: task.attempt for task in end.tasks if task.attempt != 1} == {taken: 2}
    assert end.facts == undisturbed.facts


async def take_one(backbone: Backbone) -> str:
    """A task whose worker dies as soon as it has it."""
    while True:
        async with backbone.store.read() as reading:
            waiting = [row for row in await tasks.list_tasks(reading, SCAN) if row.status is TaskStatus.QUEUED]
        for row in waiting:
            if row.kind == "scan" and await claim(backbone, row.task_id, "died"):
                return row.task_id
        await asyncio.sleep(0.005)


async def in_the_middle(backbone: Backbone, events: int) -> bool:
    """A tenth of the events is out, and a living worker has a task."""
    out = sum((await backbone.bus.end_offsets(EVENTS)).values())
    running = {task.owner for task in (await ended(backbone)).tasks if task.status is TaskStatus.RUNNING}
    return out >= events / 10 and len(running) == 2
