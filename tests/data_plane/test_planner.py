from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from bus import Bus, Consumer, Message, Outgoing
from data_plane import relay as relaying
from data_plane.accept import accept, start
from data_plane.backbone import Backbone
from data_plane.finish import finish
from data_plane.plan import plan_scans
from data_plane.reap import Reaper
from data_plane.relay import relay, relay_scans, relay_tasks
from schemas.event import utc_now
from schemas.scan import Coverage, Discovery, TaskOutcome
from schemas.states import ScanStatus, TaskStatus
from schemas.topics import DEAD_LETTERS, SCANS, TASKS, ProgressMessage, ScanMessage, TaskMessage
from stores import facts, progress, scans, tasks
from stores.scans import ScanRow
from stores.tasks import TaskRow
from tests.data_plane.scripted import DISCOVERY, spec_of, step

SCAN = "scan-1"
DISCOVER = "scan-1-discover"
REACHED = Coverage("ebs", "eu-west-1", "reached")
DENIED = Coverage("ebs", "us-east-1", "denied", reason="no ec2:DescribeVolumes")


async def insert(backbone: Backbone, scan_id: str = SCAN) -> None:
    async with backbone.store.write() as writing:
        await scans.insert_scan(writing, spec_of(scan_id), utc_now())


async def scan_row(backbone: Backbone) -> ScanRow:
    async with backbone.store.read() as reading:
        row = await scans.get_scan(reading, None, SCAN)
    assert row is not None
    return row


async def task_rows(backbone: Backbone) -> list[TaskRow]:
    async with backbone.store.read() as reading:
        return await tasks.list_tasks(reading, SCAN)


async def told(backbone: Backbone) -> list[ProgressMessage]:
    async with backbone.store.read() as reading:
        return await progress.after(reading, SCAN, 0, 1000)


async def messages_of(backbone: Backbone, topic: str) -> Sequence[Message]:
    consumer = await backbone.bus.subscribe([topic], None)
    try:
        return await consumer.fetch(timeout=0)
    finally:
        await consumer.close()


async def succeed(backbone: Backbone, task_id: str, outcome: TaskOutcome, *, settled: bool = True) -> None:
    """What a worker and a materializer do."""
    now = utc_now()
    async with backbone.store.write() as writing:
        row = await tasks.claim_task(writing, task_id, "w", now + timedelta(seconds=30), now)
        assert row is not None
        assert await tasks.finish_task(writing, task_id, "w", row.attempt, outcome, now)
    if settled:
        await settle_all(backbone)


async def settle_all(backbone: Backbone) -> None:
    async with backbone.store.write() as writing:
        for task, spec in await tasks.unsettled_tasks(writing):
            await facts.settle_task(writing, task, spec, utc_now())


async def fail(backbone: Backbone, task_id: str, error: str) -> None:
    now = utc_now()
    async with backbone.store.write() as writing:
        row = await tasks.claim_task(writing, task_id, "w", now + timedelta(seconds=30), now)
        assert row is not None
        assert await tasks.fail_task(writing, task_id, "w", row.attempt, error, now, retry=False)


async def planned(backbone: Backbone) -> list[str]:
    """A scan with its two tasks planned; their ids."""
    await insert(backbone)
    await start(backbone, SCAN)
    await succeed(backbone, DISCOVER, TaskOutcome(discovery=DISCOVERY))
    assert await plan_scans(backbone) == 1
    return [row.task_id for row in await task_rows(backbone) if row.kind == "scan"]


@pytest.fixture
async def intake(backbone: Backbone) -> Consumer:
    return await backbone.bus.subscribe([SCANS], "planner")


async def test_an_accepted_scan_is_published_once(backbone: Backbone) -> None:
    await insert(backbone)
    assert await relay_scans(backbone) == 1
    assert await relay_scans(backbone) == 0
    (message,) = await messages_of(backbone, SCANS)
    assert msgspec.json.decode(message.value, type=ScanMessage) == ScanMessage(SCAN, "acme")
    assert message.key == SCAN


async def test_a_relay_that_dies_before_it_marks_publishes_again(backbone: Backbone, intake: Consumer) -> None:
    await insert(backbone)
    sender = backbone.bus.sender()
    await sender.send([Outgoing(SCANS, SCAN, msgspec.json.encode(ScanMessage(SCAN, "acme")))])
    await relay_scans(backbone)
    assert len(await messages_of(backbone, SCANS)) == 2
    assert await accept(backbone, intake, timeout=1) == 1
    assert [row.kind for row in await task_rows(backbone)] == ["discover"]
    await intake.close()


async def test_a_planner_that_dies_before_it_commits_starts_a_scan_once(backbone: Backbone, intake: Consumer) -> None:
    await insert(backbone)
    await relay(backbone)
    assert await start(backbone, SCAN) is True
    assert await accept(backbone, intake, timeout=1) == 0
    assert (await scan_row(backbone)).status is ScanStatus.RUNNING
    assert len(await task_rows(backbone)) == 1
    await intake.close()


async def test_a_message_that_is_no_scan_is_a_dead_letter(backbone: Backbone, intake: Consumer) -> None:
    sender = backbone.bus.sender()
    await sender.send([Outgoing(SCANS, "x", b"poison")])
    await insert(backbone)
    await relay_scans(backbone)
    started = 0
    for _ in range(3):
        started += await accept(backbone, intake, timeout=0.2)
    assert started == 1
    (letter,) = await messages_of(backbone, DEAD_LETTERS)
    assert b"not a scan message" in letter.value
    await intake.close()


async def test_a_discovered_scan_is_planned_once(backbone: Backbone, other: Backbone) -> None:
    await insert(backbone)
    await start(backbone, SCAN)
    assert await plan_scans(backbone) == 0
    await succeed(backbone, DISCOVER, TaskOutcome(discovery=DISCOVERY))
    assert sum(await asyncio.gather(plan_scans(backbone), plan_scans(other))) == 1
    assert await plan_scans(backbone) == 0
    found = [(row.family, row.region, row.services) for row in await task_rows(backbone) if row.kind == "scan"]
    assert found == [("ec2", "eu-west-1", ("ebs",)), ("ec2", "us-east-1", ("ebs",))]
    assert (await scan_row(backbone)).account_id == DISCOVERY.account_id


async def test_planned_tasks_are_published_keyed_by_account_and_region(backbone: Backbone) -> None:
    ids = await planned(backbone)
    assert await relay_tasks(backbone) == 2
    assert await relay_tasks(backbone) == 0
    sent = await messages_of(backbone, TASKS)
    assert {m.key for m in sent} == {f"{DISCOVERY.account_id}/{region}" for region in DISCOVERY.regions}
    assert sorted(msgspec.json.decode(m.value, type=TaskMessage).task_id for m in sent) == ids


async def test_two_planners_relay_every_row(backbone: Backbone, other: Backbone) -> None:
    for number in range(30):
        await insert(backbone, f"scan-{number}")
    await asyncio.gather(relay_scans(backbone), relay_scans(other))
    sent = {message.key for message in await messages_of(backbone, SCANS)}
    assert sent == {f"scan-{number}" for number in range(30)}
    assert await relay_scans(backbone) == 0


class Seconds:
    """The seconds that a reaper counts. Leases last one."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


async def test_an_expired_lease_gives_the_task_to_another_worker(backbone: Backbone, other: Backbone) -> None:
    ids = await planned(backbone)
    await relay_tasks(backbone)
    now = utc_now()
    async with backbone.store.write() as writing:
        await tasks.claim_task(writing, ids[0], "dead", now, now)
        await tasks.claim_task(writing, ids[1], "alive", now, now)
    seconds = Seconds()
    mine, theirs = Reaper(backbone, tasks, seconds), Reaper(other, tasks, seconds)
    assert [await mine.look(), await theirs.look()] == [0, 0]
    seconds.now += 0.9
    async with backbone.store.write() as writing:
        assert await tasks.renew_lease(writing, ids[1], "alive", 1, now - timedelta(hours=1))
    assert [await mine.look(), await theirs.look()] == [0, 0]
    seconds.now += 0.2
    assert sum(await asyncio.gather(mine.look(), theirs.look())) == 1
    assert [row.status for row in await task_rows(backbone) if row.kind == "scan"] == ["QUEUED", "RUNNING"]
    assert await relay_tasks(backbone) == 1
    assert "task_retried" in [message.kind for message in await told(backbone)]


async def test_the_last_expired_lease_fails_the_task(backbone: Backbone) -> None:
    ids = await planned(backbone)
    now, seconds = utc_now(), Seconds()
    reaper = Reaper(backbone, tasks, seconds)
    for _ in range(backbone.settings.max_attempts):
        async with backbone.store.write() as writing:
            assert await tasks.claim_task(writing, ids[0], "dead", now, now)
        assert [await look(reaper, seconds) for _ in range(3)] == [0, 0, 1]
    (row,) = [row for row in await task_rows(backbone) if row.task_id == ids[0]]
    assert row.status is TaskStatus.FAILED
    assert row.error
    assert [await look(reaper, seconds) for _ in range(3)] == [0, 0, 0]


async def test_a_reaper_that_did_not_look_for_long_watches_anew(backbone: Backbone) -> None:
    """It stood still, and so may the workers have."""
    ids = await planned(backbone)
    now, seconds = utc_now(), Seconds()
    reaper = Reaper(backbone, tasks, seconds)
    async with backbone.store.write() as writing:
        assert await tasks.claim_task(writing, ids[0], "stood still too", now, now)
    assert await reaper.look() == 0
    seconds.now += 60
    assert await reaper.look() == 0
    assert [await look(reaper, seconds) for _ in range(2)] == [0, 1]


async def look(reaper: Reaper, seconds: Seconds) -> int:
    """A little more than half a lease later."""
    seconds.now += 0.55
    return await reaper.look()


async def test_a_scan_ends_when_everything_is_stored(backbone: Backbone, other: Backbone) -> None:
    first, second = await planned(backbone)
    await succeed(backbone, first, TaskOutcome(resources={"ebs": 3}, coverage=(REACHED,)))
    assert await finish(backbone) == 0
    await succeed(backbone, second, TaskOutcome(resources={"ebs": 4}, coverage=(REACHED,)), settled=False)
    assert await finish(backbone) == 0
    await settle_all(backbone)
    assert sum(await asyncio.gather(finish(backbone), finish(other))) == 1
    assert await finish(backbone) == 0
    assert (await scan_row(backbone)).status is ScanStatus.COMPLETED
    (end,) = [message for message in await told(backbone) if message.kind == "scan_finished"]
    assert end.payload["status"] == "COMPLETED"
    assert end.payload["resources"] == 7
    assert end.payload["gaps"] == 0
    assert end.payload["duration_seconds"] >= 0


async def test_a_gap_makes_a_scan_partial(backbone: Backbone) -> None:
    first, second = await planned(backbone)
    await succeed(backbone, first, TaskOutcome(coverage=(REACHED,)))
    await succeed(backbone, second, TaskOutcome(coverage=(DENIED,)))
    await finish(backbone)
    row = await scan_row(backbone)
    assert row.status is ScanStatus.PARTIAL
    assert row.error is not None
    assert "no ec2:DescribeVolumes" in row.error


async def test_a_failed_task_makes_a_scan_partial(backbone: Backbone) -> None:
    first, second = await planned(backbone)
    await succeed(backbone, first, TaskOutcome(coverage=(REACHED,)))
    await fail(backbone, second, "the region is on fire")
    await finish(backbone)
    row = await scan_row(backbone)
    assert row.status is ScanStatus.PARTIAL
    assert row.error == "ec2 us-east-1 failed: the region is on fire"


async def test_a_scan_that_saw_nothing_failed(backbone: Backbone) -> None:
    first, second = await planned(backbone)
    await succeed(backbone, first, TaskOutcome(coverage=(DENIED,)))
    await succeed(backbone, second, TaskOutcome(coverage=(DENIED,)))
    await finish(backbone)
    assert (await scan_row(backbone)).status is ScanStatus.FAILED


async def test_a_scan_whose_discovery_failed_failed_with_its_reason(backbone: Backbone) -> None:
    await insert(backbone)
    await start(backbone, SCAN)
    await fail(backbone, DISCOVER, "no credentials: tried environment, profile, file")
    assert await finish(backbone) == 1
    row = await scan_row(backbone)
    assert row.status is ScanStatus.FAILED
    assert row.error is not None
    assert "no credentials" in row.error


async def test_a_scan_of_regions_that_are_not_enabled_failed(backbone: Backbone) -> None:
    await insert(backbone)
    await start(backbone, SCAN)
    nowhere = Discovery(DISCOVERY.account_id, DISCOVERY.principal, "aws", ())
    await succeed(backbone, DISCOVER, TaskOutcome(discovery=nowhere))
    await plan_scans(backbone)
    await finish(backbone)
    row = await scan_row(backbone)
    assert row.status is ScanStatus.FAILED
    assert row.error is not None
    assert "nothing to look at" in row.error


async def test_an_idle_planner_moves_nothing(backbone: Backbone) -> None:
    await insert(backbone)
    assert await step(backbone) > 0
    while await step(backbone):
        pass
    before = await told(backbone)
    assert await step(backbone) == 0
    assert await told(backbone) == before
    assert datetime.now(UTC) > (await scan_row(backbone)).created_at


async def test_a_task_that_is_queued_again_while_it_is_sent_is_sent_again(
    backbone: Backbone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker may claim, fail and queue a task between the sending and the marking."""
    ids = await planned(backbone)
    publish = relaying._publish

    async def and_a_quick_worker(bus: Bus, messages: list[Outgoing]) -> None:
        await publish(bus, messages)
        now = utc_now()
        async with backbone.store.write() as writing:
            await tasks.claim_task(writing, ids[0], "w", now + timedelta(seconds=30), now)
            await tasks.fail_task(writing, ids[0], "w", 1, "throttled", now, retry=True)

    with monkeypatch.context() as patch:
        patch.setattr(relaying, "_publish", and_a_quick_worker)
        assert await relay_tasks(backbone) == 2
    assert await relay_tasks(backbone) == 1
    assert await relay_tasks(backbone) == 0
