"""A cancelled scan: workers stop within seconds, what comes late changes nothing, and nothing is resolved."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from data_plane.accept import accept
from data_plane.backbone import Backbone
from data_plane.relay import relay_scans
from data_plane.settle import settle
from demo_cloud import DemoCloud
from schemas.event import utc_now
from schemas.scan import TaskOutcome
from schemas.states import ScanStatus, TaskStatus
from schemas.topics import DEAD_LETTERS, SCANS, ScanCancelled, ScanMessage
from stores import progress, scans, tasks
from stores.tables import settled_tasks
from stores.tenancy import of_any_client
from tests.data_plane.demo_scan import SCAN as DEMO_SCAN
from tests.data_plane.demo_scan import ended, scanning
from tests.data_plane.scripted import Scripted, step, until
from tests.data_plane.test_planner import SCAN, insert, messages_of, planned, scan_row, task_rows
from tests.data_plane.test_worker import row_of, working


async def cancel(backbone: Backbone, scan_id: str = SCAN) -> bool:
    async with backbone.store.write() as writing:
        return await scans.cancel_scan(writing, scan_id, utc_now())


async def published(backbone: Backbone) -> list[ScanMessage | ScanCancelled]:
    found = await messages_of(backbone, SCANS)
    return [msgspec.json.decode(message.value, type=ScanMessage | ScanCancelled) for message in found]


async def test_it_is_published_and_the_planner_leaves_it_alone(backbone: Backbone) -> None:
    await insert(backbone)
    await relay_scans(backbone)
    assert await cancel(backbone)
    assert await relay_scans(backbone) == 1
    assert await relay_scans(backbone) == 0
    assert await published(backbone) == [ScanMessage(SCAN, "acme"), ScanCancelled(SCAN, "acme")]
    intake = await backbone.bus.subscribe([SCANS], "planner")
    assert await accept(backbone, intake, timeout=1) == 0
    await intake.close()
    assert (await task_rows(backbone), await messages_of(backbone, DEAD_LETTERS)) == ([], [])


async def test_a_scan_that_is_cancelled_while_its_acceptance_is_sent_is_told_of_again(backbone: Backbone) -> None:
    await insert(backbone)
    assert await cancel(backbone)
    async with backbone.store.write() as writing:  # what a relay does that read the row before
        await scans.mark_scans_published(writing, [SCAN], utc_now())
    await relay_scans(backbone)
    assert await published(backbone) == [ScanCancelled(SCAN, "acme")]


async def test_a_worker_stops_and_its_late_writes_change_nothing(backbone: Backbone) -> None:
    (first, *_) = await planned(backbone)
    now = utc_now()
    async with backbone.store.write() as writing:
        row = await tasks.claim_task(writing, first, "w", now, now)
        assert row is not None
        held = await tasks.held_leases(writing)
        assert [lease.task_id for lease in held] == [first]
    assert await cancel(backbone)
    async with backbone.store.write() as writing:
        key = (writing, first, "w", row.attempt)
        assert not await tasks.renew_lease(*key, now)
        assert not await tasks.finish_task(*key, TaskOutcome(events=1), now)
        assert not await tasks.fail_task(*key, "too late", now, retry=True)
        assert not await tasks.end_leases(writing, held, utc_now(), 3)
        assert await tasks.claim_task(writing, first, "other", now, now) is None
    late = await row_of(backbone, first)
    assert (late.status, late.outcome, late.error) == (TaskStatus.CANCELLED, None, None)
    await step(backbone)
    assert (await scan_row(backbone)).status is ScanStatus.CANCELLED


async def test_tasks_that_ended_before_stay_and_resolve_nothing(backbone: Backbone) -> None:
    (first, second) = await planned(backbone)
    now = utc_now()
    async with backbone.store.write() as writing:
        assert await tasks.claim_task(writing, first, "w", now, now)
        assert await tasks.finish_task(writing, first, "w", 1, TaskOutcome(complete=("ebs",)), now)
        before = await writing.rows(of_any_client(settled_tasks))
    assert await cancel(backbone)
    assert await settle(backbone) == 0
    async with backbone.store.read() as reading:
        assert await reading.rows(of_any_client(settled_tasks)) == before
        steps = await progress.after(reading, SCAN, 0, 100)
    assert [(await row_of(backbone, each)).status for each in (first, second)] == ["SUCCEEDED", "CANCELLED"]
    assert [each.payload.get("task_id") for each in steps if each.kind == "task_cancelled"] == [second]


async def test_a_running_attempt_ends_when_it_looks_at_its_row(backbone: Backbone) -> None:
    stopped = asyncio.Event()

    async def script(_task: object, _emit: object, still_ours: object) -> TaskOutcome:
        assert callable(still_ours)
        while await still_ours():  # noqa: ASYNC110 - looks as the engine does
            await asyncio.sleep(0.05)
        stopped.set()
        raise TimeoutError

    await planned(backbone)
    async with working(backbone, Scripted(script)):
        await until(lambda: _one_runs(backbone))
        await cancel(backbone)
        async with asyncio.timeout(5):
            await stopped.wait()
    assert {row.status for row in await task_rows(backbone) if row.kind == "scan"} == {TaskStatus.CANCELLED}


async def _one_runs(backbone: Backbone) -> bool:
    return any(row.status is TaskStatus.RUNNING for row in await task_rows(backbone))


@pytest.fixture
def demo() -> Iterator[DemoCloud]:
    with DemoCloud.start(page_size=10) as cloud:
        yield cloud


VOLUMES = {"service": "ec2", "operation": "DescribeVolumes", "region": "us-east-1"}
FAULTS = [
    pytest.param(
        {"kind": "error", "status": 503, "code": "RequestLimitExceeded"}, 8, id="pauses before it tries again"
    ),
    pytest.param({"kind": "delay", "seconds": 25.0}, 0, id="waits for an answer"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("fault", "refused"), FAULTS)
async def test_a_worker_in_the_middle_of_a_call_stops_within_seconds(
    demo: DemoCloud, tmp_path: Path, fault: dict[str, object], refused: int
) -> None:
    demo.order({**fault, "match": VOLUMES, "times": None})
    async with scanning(demo, tmp_path) as (backbone, roles), asyncio.timeout(60):

        async def stuck() -> bool:
            """The other region is done, this one is at its volumes."""
            async with backbone.store.read() as reading:
                found = await tasks.list_tasks(reading, DEMO_SCAN)
            of_region = {task.region: task.status for task in found if task.family == "ec2"}
            there = of_region == {"eu-central-1": TaskStatus.SUCCEEDED, "us-east-1": TaskStatus.RUNNING}
            return there and _calls(demo) >= refused and bool((await ended(backbone)).facts)

        async def lost() -> bool:
            return roles["worker"].says("task_lost")

        await until(stuck, seconds=40)
        before = time.monotonic()
        assert await cancel(backbone, DEMO_SCAN)
        await until(lost, seconds=10)
        assert time.monotonic() - before < 5
        calls = _calls(demo)
        await asyncio.sleep(1.5)
        assert _calls(demo) == calls
        end = await ended(backbone)
    assert end.row.status is ScanStatus.CANCELLED
    assert {task.status for task in end.tasks} == {TaskStatus.SUCCEEDED, TaskStatus.CANCELLED}
    assert end.facts, "what was stored before stays"


def _calls(demo: DemoCloud) -> int:
    told = demo.calls()["calls"]
    return sum(
        line["count"] for line in told if line["operation"] == "DescribeVolumes" and line["region"] == "us-east-1"
    )
