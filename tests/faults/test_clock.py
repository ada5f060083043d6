"""A clock that is put forward or back by an hour in the middle of a scan: no task runs twice, none is left waiting."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from data_plane.backbone import Backbone
from data_plane.claim import claim
from demo_cloud import DemoCloud
from schemas.states import ScanStatus, TaskStatus
from schemas.topics import EVENTS
from stores import tasks
from tests.data_plane.demo_scan import REGIONS, SERVICES
from tests.data_plane.scripted import until
from tests.faults.roles import Result, accept, at_work, result_of

SCAN = "scan-demo"
CALL_SECONDS = 0.03

pytestmark = pytest.mark.xdist_group("clock")


class Clock:
    """The machine's clock, and what somebody put it forward by."""

    def __init__(self) -> None:
        self.put_forward = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.put_forward


@pytest.fixture(scope="module")
def demo() -> Iterator[DemoCloud]:
    with DemoCloud.start(page_size=10) as cloud:
        cloud.order({"kind": "delay", "seconds": CALL_SECONDS, "times": None})
        yield cloud


async def scan_alone(demo: DemoCloud, home: Path) -> Result:
    async with at_work(demo, home) as backbone:
        await accept(backbone, demo, SCAN, services=SERVICES, regions=REGIONS)
        return await result_of(backbone, SCAN)


@pytest.fixture(scope="module")
def undisturbed(demo: DemoCloud, tmp_path_factory: pytest.TempPathFactory) -> Result:
    return asyncio.run(scan_alone(demo, tmp_path_factory.mktemp("undisturbed")))


@pytest.mark.parametrize("hours", [1, -1])
async def test_nothing_runs_twice_and_nothing_is_left_waiting(
    demo: DemoCloud, undisturbed: Result, tmp_path: Path, hours: int
) -> None:
    assert undisturbed.status is ScanStatus.COMPLETED
    clock = Clock()
    async with at_work(demo, tmp_path, clock) as backbone:
        await accept(backbone, demo, SCAN, services=SERVICES, regions=REGIONS)
        taken = await take_one(backbone)
        await until(lambda: in_the_middle(backbone, undisturbed.events), seconds=30)
        assert {"died"} < await owners(backbone)
        clock.put_forward = timedelta(hours=hours)
        end = await result_of(backbone, SCAN)
    assert end.status is ScanStatus.COMPLETED
    assert {task.task_id: task.attempt for task in end.tasks if task.attempt != 1} == {taken: 2}
    assert (end.facts, end.findings) == (undisturbed.facts, undisturbed.findings)


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
    """A tenth of the events is out, and a worker that lives has a task."""
    out = sum((await backbone.bus.end_offsets(EVENTS)).values())
    return out >= events / 10 and len(await owners(backbone)) == 2


async def owners(backbone: Backbone) -> set[str | None]:
    """Who runs a task now."""
    async with backbone.store.read() as reading:
        return {row.owner for row in await tasks.list_tasks(reading, SCAN) if row.status is TaskStatus.RUNNING}
