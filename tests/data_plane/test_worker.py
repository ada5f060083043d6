from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bus import Outgoing
from data_plane.attempts import worth_retrying
from data_plane.backbone import Backbone
from data_plane.claim import claim
from data_plane.lease import Lease
from data_plane.plan import plan_scans
from data_plane.worker import Worker
from scanners.core.errors import TaskLostError
from scanners.core.job import Emit, StillOurs
from schemas.errors import (
    Denied,
    Fatal,
    ForbiddenOperationError,
    InvalidInputError,
    NoAccess,
    Retriable,
    Unreachable,
)
from schemas.event import utc_now
from schemas.scan import Discovery, TaskOutcome, TaskSpec
from schemas.states import TASK_TERMINAL, TaskStatus
from schemas.topics import DEAD_LETTERS, TASKS
from stores import tasks
from stores.tasks import TaskRow
from tests.data_plane.scripted import ACCOUNT, DISCOVERY, Scripted, event_of, step, tidy, until
from tests.data_plane.test_planner import DISCOVER, SCAN, insert, messages_of, planned, succeed, task_rows


async def row_of(backbone: Backbone, task_id: str) -> TaskRow:
    async with backbone.store.read() as reading:
        row = await tasks.get_task(reading, task_id)
    assert row is not None
    return row


async def has_status(backbone: Backbone, task_id: str, status: TaskStatus) -> bool:
    return (await row_of(backbone, task_id)).status is status


@asynccontextmanager
async def working(backbone: Backbone, scripted: Scripted, owner: str = "worker-1") -> AsyncIterator[None]:
    """A worker at work, and the planner's steps beside it."""
    stop = asyncio.Event()
    worker = asyncio.create_task(Worker(backbone, scripted.runner(backbone, owner)).run(stop))
    planner = asyncio.create_task(step_by_step(backbone, stop))
    try:
        yield
    finally:
        stop.set()
        async with asyncio.timeout(2):
            await asyncio.gather(worker, planner)


async def step_by_step(backbone: Backbone, stop: asyncio.Event) -> None:
    while not stop.is_set():
        await step(backbone)
        await asyncio.sleep(0.02)


async def test_a_dispatched_task_runs_and_reports_its_offsets(backbone: Backbone) -> None:
    scripted = Scripted(tidy)
    first, _ = await planned(backbone)
    async with working(backbone, scripted):
        await until(lambda: has_status(backbone, first, TaskStatus.SUCCEEDED))
    row = await row_of(backbone, first)
    assert row.attempt == 1
    assert row.outcome is not None
    assert row.outcome.events == 11
    assert row.outcome.offsets
    ends = await backbone.bus.end_offsets("sentinel.events")
    assert all(highest < ends[int(partition)] for partition, highest in row.outcome.offsets.items())
    assert len(scripted.connections) == 1


async def test_the_task_carries_the_scan_and_what_was_discovered(backbone: Backbone) -> None:
    first, _ = await planned(backbone)
    task = await claim(backbone, first, "w")
    assert task is not None
    assert (task.account_id, task.principal, task.partition) == (ACCOUNT, DISCOVERY.principal, "aws")
    assert (task.family, task.region, task.services, task.attempt) == ("ec2", "eu-west-1", ("ebs",), 1)
    assert task.scan.asof.isoformat() == "2026-11-21T04:00:00+00:00"
    assert await claim(backbone, first, "other") is None


async def test_a_second_dispatch_of_the_same_task_is_skipped(backbone: Backbone) -> None:
    scripted = Scripted(tidy)
    first, second = await planned(backbone)
    await step(backbone)
    sent = await messages_of(backbone, TASKS)
    await backbone.bus.sender().send([Outgoing(TASKS, m.key, m.value) for m in sent] * 2)
    async with working(backbone, scripted):
        await until(lambda: has_status(backbone, second, TaskStatus.SUCCEEDED))
        await until(lambda: has_status(backbone, first, TaskStatus.SUCCEEDED))
        await asyncio.sleep(0.2)
    assert sorted(task.task_id for task in scripted.ran) == [first, second]


async def test_a_message_that_is_no_task_is_a_dead_letter_and_the_next_runs(backbone: Backbone) -> None:
    await backbone.bus.sender().send([Outgoing(TASKS, key, b"poison") for key in "abcdefgh"])
    first, _ = await planned(backbone)
    async with working(backbone, Scripted(tidy)):
        await until(lambda: has_status(backbone, first, TaskStatus.SUCCEEDED))
    assert len(await messages_of(backbone, DEAD_LETTERS)) == 8


async def queue_tasks(backbone: Backbone, account: str, regions: int) -> None:
    """A scan of its own with one task in each of so many regions."""
    scan_id = f"scan-{account}"
    await insert(backbone, scan_id)
    async with backbone.store.write() as writing:
        from stores import scans

        await scans.start_scan(writing, scan_id, f"{scan_id}-discover", utc_now())
    names = tuple(f"eu-test-{number}" for number in range(regions))
    await succeed(backbone, f"{scan_id}-discover", TaskOutcome(discovery=Discovery(account, "p", "aws", names)))
    await plan_scans(backbone)


async def test_no_more_tasks_run_than_there_are_slots_and_accounts_share_them(backbone: Backbone) -> None:
    gate = asyncio.Event()

    async def slow(task: TaskSpec, emit: Emit, still_ours: StillOurs) -> TaskOutcome:
        await gate.wait()
        return TaskOutcome()

    scripted = Scripted(slow)
    await queue_tasks(backbone, "222222222222", 5)
    await queue_tasks(backbone, "333333333333", 2)
    while await step(backbone):
        pass

    async def all_slots_taken() -> bool:
        return len(scripted.ran) == 2

    async def all_ran() -> bool:
        return len(scripted.ran) == 7

    async with working(backbone, scripted):
        await until(all_slots_taken)
        await asyncio.sleep(0.2)
        assert len(scripted.ran) == 2
        assert {task.account_id for task in scripted.ran} == {"222222222222", "333333333333"}
        gate.set()
        await until(all_ran)
    assert scripted.most_at_once == 2


async def test_a_passing_failure_is_tried_again(backbone: Backbone) -> None:
    async def flaky(task: TaskSpec, emit: Emit, still_ours: StillOurs) -> TaskOutcome:
        if task.attempt == 1:
            raise Retriable("Throttling: Rate exceeded")
        return await tidy(task, emit, still_ours)

    first, _ = await planned(backbone)
    async with working(backbone, Scripted(flaky)):
        await until(lambda: has_status(backbone, first, TaskStatus.SUCCEEDED))
    assert (await row_of(backbone, first)).attempt == 2


async def test_a_failure_that_does_not_pass_ends_after_the_last_attempt(backbone: Backbone) -> None:
    async def throttled(task: TaskSpec, emit: Emit, still_ours: StillOurs) -> TaskOutcome:
        raise Unreachable("no answer from ec2.eu-west-1.amazonaws.com")

    first, _ = await planned(backbone)
    async with working(backbone, Scripted(throttled)):
        await until(lambda: has_status(backbone, first, TaskStatus.FAILED))
    row = await row_of(backbone, first)
    assert row.attempt == backbone.settings.max_attempts
    assert row.error == "no answer from ec2.eu-west-1.amazonaws.com"


@pytest.mark.parametrize("error", [NoAccess("no credentials"), ForbiddenOperationError("ec2:RunInstances is refused")])
async def test_a_refusal_is_not_tried_again(backbone: Backbone, error: Exception) -> None:
    async def refused(task: TaskSpec, emit: Emit, still_ours: StillOurs) -> TaskOutcome:
        raise error

    first, _ = await planned(backbone)
    async with working(backbone, Scripted(refused)):
        await until(lambda: has_status(backbone, first, TaskStatus.FAILED))
    row = await row_of(backbone, first)
    assert (row.attempt, row.error) == (1, str(error))


@pytest.mark.parametrize(
    ("error", "again"),
    [
        (Retriable("x"), True),
        (Unreachable("x"), True),
        (KeyError("a bug of ours"), True),
        (Denied("x"), False),
        (NoAccess("x"), False),
        (Fatal("x"), False),
        (ForbiddenOperationError("x"), False),
        (InvalidInputError("provider", "x", "allowed: aws"), False),
    ],
)
def test_only_what_may_pass_is_tried_again(error: Exception, again: bool) -> None:
    assert worth_retrying(error) is again


async def test_a_bug_in_one_task_does_not_end_the_worker(backbone: Backbone) -> None:
    async def buggy(task: TaskSpec, emit: Emit, still_ours: StillOurs) -> TaskOutcome:
        if task.region == "eu-west-1":
            raise ZeroDivisionError("a bug")
        return await tidy(task, emit, still_ours)

    first, second = await planned(backbone)
    async with working(backbone, Scripted(buggy)):
        await until(lambda: has_status(backbone, first, TaskStatus.FAILED))
        await until(lambda: has_status(backbone, second, TaskStatus.SUCCEEDED))


async def test_a_running_task_keeps_its_lease(backbone: Backbone) -> None:
    async def longer_than_the_lease(task: TaskSpec, emit: Emit, still_ours: StillOurs) -> TaskOutcome:
        await asyncio.sleep(backbone.settings.lease_seconds * 1.8)
        return TaskOutcome()

    first, _ = await planned(backbone)
    async with working(backbone, Scripted(longer_than_the_lease)), reaping(backbone):
        await until(lambda: has_status(backbone, first, TaskStatus.SUCCEEDED))
    assert (await row_of(backbone, first)).attempt == 1


@asynccontextmanager
async def reaping(backbone: Backbone) -> AsyncIterator[None]:
    from data_plane.reap import Reaper

    reaper_ = Reaper(backbone, tasks)

    async def often() -> None:
        while True:
            await reaper_.look()
            await asyncio.sleep(0.05)

    reaper = asyncio.create_task(often())
    yield
    reaper.cancel()


async def test_a_task_that_is_not_ours_any_more_stops_and_finishes_nothing(backbone: Backbone) -> None:
    lost = asyncio.Event()
    begun = asyncio.Event()

    async def watched(task: TaskSpec, emit: Emit, still_ours: StillOurs) -> TaskOutcome:
        begun.set()
        while await still_ours():
            await emit([event_of(task, 1)])
            await asyncio.sleep(0.05)
        lost.set()
        raise TaskLostError(task.task_id)

    first, _ = await planned(backbone)
    async with working(backbone, Scripted(watched)):
        await begun.wait()
        await until(lambda: has_status(backbone, first, TaskStatus.RUNNING))
        async with backbone.store.write() as writing:
            await tasks.end_leases(writing, await tasks.held_leases(writing), utc_now(), 1)
        async with asyncio.timeout(5):
            await lost.wait()
    row = await row_of(backbone, first)
    assert row.status is TaskStatus.FAILED
    assert row.outcome is None


async def test_the_row_is_looked_at_once_a_second_at_most(backbone: Backbone) -> None:
    first, _ = await planned(backbone)
    task = await claim(backbone, first, "w")
    assert task is not None
    lease = Lease(backbone, first, "w", task.attempt)
    assert await lease.still_ours()
    async with backbone.store.write() as writing:
        await tasks.fail_task(writing, first, "w", task.attempt, "gone", utc_now(), retry=False)
    assert await lease.still_ours()
    await asyncio.sleep(1.05)
    assert not await lease.still_ours()


async def test_a_stopped_worker_gives_its_tasks_back_within_two_seconds(backbone: Backbone, other: Backbone) -> None:
    async def endless(task: TaskSpec, emit: Emit, still_ours: StillOurs) -> TaskOutcome:
        await asyncio.sleep(3600)
        return TaskOutcome()

    first, second = await planned(backbone)
    async with working(backbone, Scripted(endless)):
        await until(lambda: has_status(backbone, first, TaskStatus.RUNNING))
        await until(lambda: has_status(backbone, second, TaskStatus.RUNNING))
    assert {row.status for row in await task_rows(backbone) if row.kind == "scan"} == {TaskStatus.QUEUED}
    async with working(other, Scripted(tidy), "worker-2"):
        await until(lambda: has_status(other, first, TaskStatus.SUCCEEDED))
        await until(lambda: has_status(other, second, TaskStatus.SUCCEEDED))
    assert (await row_of(other, first)).attempt == 2


async def test_tasks_that_were_given_back_have_all_their_attempts(backbone: Backbone, other: Backbone) -> None:
    """Three restarts of the workers, then a cloud that is throttled twice."""

    async def endless(task: TaskSpec, emit: Emit, still_ours: StillOurs) -> TaskOutcome:
        await asyncio.sleep(3600)
        return TaskOutcome()

    async def throttled_twice(task: TaskSpec, emit: Emit, still_ours: StillOurs) -> TaskOutcome:
        if task.attempt in {4, 5}:
            raise Retriable("too fast", code="Throttling")
        return await tidy(task, emit, still_ours)

    first, _ = await planned(backbone)
    for restart in range(backbone.settings.max_attempts):
        async with working(backbone, Scripted(endless), f"worker-{restart}"):
            await until(lambda: has_status(backbone, first, TaskStatus.RUNNING))
    async with working(other, Scripted(throttled_twice), "the last"):
        await until(lambda: has_ended(other, first))
    row = await row_of(other, first)
    assert (row.status, row.attempt) == (TaskStatus.SUCCEEDED, 6)


async def has_ended(backbone: Backbone, task_id: str) -> bool:
    return (await row_of(backbone, task_id)).status in TASK_TERMINAL


async def test_two_workers_never_run_one_task_twice(backbone: Backbone, other: Backbone) -> None:
    await queue_tasks(backbone, "222222222222", 12)
    mine, theirs = Scripted(tidy), Scripted(tidy)

    async def all_done() -> bool:
        async with backbone.store.read() as reading:
            rows = await tasks.list_tasks(reading, "scan-222222222222")
        return all(row.status is TaskStatus.SUCCEEDED for row in rows)

    async with working(backbone, mine), working(other, theirs, "worker-2"):
        await until(all_done)
    ran = [task.task_id for task in mine.ran + theirs.ran]
    assert len(ran) == len(set(ran)) == 12


def test_names_of_the_discover_task_agree() -> None:
    assert f"{SCAN}-discover" == DISCOVER
