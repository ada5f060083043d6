from __future__ import annotations

import asyncio
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from schemas.scan import Coverage, PlannedTask, RuleCount, TaskOutcome
from schemas.states import TASK_TRANSITIONS, ScanStatus, TaskStatus
from stores import Store, facts, progress, scans, tasks
from tests.stores.given import LATER, NOW, claimed, force_scan, force_task, running_scan, spec

EBS = PlannedTask("ec2", "eu-west-1", ("ebs",))
OUTCOME = TaskOutcome(
    events=7,
    resources={"ebs": 3},
    rules=(RuleCount("disk.unattached", "ebs", ok=1, wasted=2),),
    coverage=(Coverage("ebs", "eu-west-1", "reached"), Coverage("ec2", "eu-west-1", "denied")),
    offsets={"0": 41},
)


async def one_task(store: Store) -> str:
    (task_id,) = await running_scan(store, spec(), EBS)
    return task_id


async def row_of(store: Store, task_id: str) -> tasks.TaskRow:
    async with store.read() as r:
        row = await tasks.get_task(r, task_id)
    assert row is not None
    return row


async def last_step(store: Store) -> tuple[str, dict[str, object]]:
    async with store.read() as r:
        steps = await progress.after(r, "scan-1", 0, 100)
    return steps[-1].kind, steps[-1].payload


@pytest.mark.parametrize("source", list(TaskStatus))
async def test_only_a_queued_task_is_claimed(store: Store, source: TaskStatus) -> None:
    task_id = await one_task(store)
    await force_task(store, task_id, source)
    async with store.write() as w:
        row = await tasks.claim_task(w, task_id, "you", LATER, NOW)
    allowed = TaskStatus.RUNNING in TASK_TRANSITIONS[source]
    assert (row is not None) is allowed
    after = await row_of(store, task_id)
    assert (after.status, after.owner, after.attempt) == (
        (TaskStatus.RUNNING, "you", 2) if allowed else (source, "me", 1)
    )


@pytest.mark.parametrize("source", list(TaskStatus))
async def test_only_a_running_task_finishes(store: Store, source: TaskStatus) -> None:
    task_id = await one_task(store)
    await force_task(store, task_id, source)
    async with store.write() as w:
        finished = await tasks.finish_task(w, task_id, "me", 1, OUTCOME, LATER)
    allowed = TaskStatus.SUCCEEDED in TASK_TRANSITIONS[source]
    assert finished is allowed
    after = await row_of(store, task_id)
    assert (after.status, after.outcome) == ((TaskStatus.SUCCEEDED, OUTCOME) if allowed else (source, None))


@pytest.mark.parametrize(("retry", "target"), [(True, TaskStatus.QUEUED), (False, TaskStatus.FAILED)])
@pytest.mark.parametrize("source", list(TaskStatus))
async def test_only_a_running_task_fails(store: Store, source: TaskStatus, retry: bool, target: TaskStatus) -> None:
    task_id = await one_task(store)
    await force_task(store, task_id, source)
    async with store.write() as w:
        failed = await tasks.fail_task(w, task_id, "me", 1, "why", LATER, retry=retry)
    assert failed is (source is TaskStatus.RUNNING)
    after = await row_of(store, task_id)
    assert (after.status, after.error) == ((target, "why") if failed else (source, None))


@pytest.mark.parametrize("source", list(TaskStatus))
async def test_only_a_running_task_has_a_lease(store: Store, source: TaskStatus) -> None:
    task_id = await one_task(store)
    await force_task(store, task_id, source)
    async with store.write() as w:
        running = source is TaskStatus.RUNNING
        assert await tasks.owns_task(w, task_id, "me", 1) is running
        assert await tasks.renew_lease(w, task_id, "me", 1, LATER) is running
        held = await tasks.held_leases(w)
        assert held == [tasks.Lease(task_id, 1, LATER)] * running
        assert await tasks.end_leases(w, held, LATER, 3) == [task_id] * running


async def test_a_claim_takes_the_next_attempt_and_a_lease(store: Store) -> None:
    task_id = await one_task(store)
    row = await claimed(store, task_id, "worker-1")
    assert (row.status, row.owner, row.lease_until, row.attempt) == (TaskStatus.RUNNING, "worker-1", LATER, 1)
    assert (row.region, row.family, row.services, row.account_id) == ("eu-west-1", "ec2", ("ebs",), "111111111111")
    kind, payload = await last_step(store)
    assert (kind, payload["task_id"]) == ("task_started", task_id)


async def test_of_many_claims_at_once_one_wins(store: Store, other: Store) -> None:
    task_id = await one_task(store)

    async def claim(of: Store, owner: str) -> tasks.TaskRow | None:
        async with of.write() as w:
            return await tasks.claim_task(w, task_id, owner, LATER, NOW)

    rows = await asyncio.gather(*[claim(each, f"w{n}") for n, each in enumerate([store, other] * 8)])
    (winner,) = [row for row in rows if row is not None]
    after = await row_of(store, task_id)
    assert (after.owner, after.attempt) == (winner.owner, 1)


CLAIM_ALL = """
import asyncio, sys
from datetime import UTC, datetime
from stores import open_store, tasks

async def main(url, owner):
    store = open_store(url)
    now = datetime.now(UTC)
    for n in range(1, 41):
        async with store.write() as w:
            if await tasks.claim_task(w, f"scan-1-{n}", owner, now, now):
                print(n)
    await store.close()

asyncio.run(main(*sys.argv[1:]))
"""


async def test_processes_that_claim_at_once_share_the_tasks(store: Store, url: str) -> None:
    await running_scan(store, spec(), *[EBS] * 40)
    root = Path(__file__).parents[2]
    command = [sys.executable, "-c", CLAIM_ALL, url]
    pipe = asyncio.subprocess.PIPE
    workers = [await asyncio.create_subprocess_exec(*command, n, stdout=pipe, cwd=root) for n in ("a", "b", "c")]
    answers = [await worker.communicate() for worker in workers]
    assert [worker.returncode for worker in workers] == [0, 0, 0]
    won = [int(line) for out, _ in answers for line in out.split()]
    assert sorted(won) == list(range(1, 41))
    async with store.read() as r:
        assert {task.attempt for task in await tasks.list_tasks(r, "scan-1") if task.kind == "scan"} == {1}


async def test_a_finished_task_tells_its_counts(store: Store) -> None:
    task_id = await one_task(store)
    await claimed(store, task_id)
    async with store.write() as w:
        assert await tasks.finish_task(w, task_id, "me", 1, OUTCOME, LATER)
    row = await row_of(store, task_id)
    assert (row.outcome, row.finished_at, row.lease_until) == (OUTCOME, LATER, None)
    kind, payload = await last_step(store)
    assert kind == "task_finished"
    assert {name: payload[name] for name in ("resources", "findings", "events", "gaps")} == {
        "resources": {"ebs": 3},
        "findings": {"ebs": 2},
        "events": 7,
        "gaps": ["ec2"],
    }


async def test_an_owner_that_lost_its_task_cannot_end_it(store: Store) -> None:
    task_id = await one_task(store)
    await claimed(store, task_id, "slow")
    async with store.write() as w:
        assert await tasks.end_leases(w, await tasks.held_leases(w), LATER, 3) == [task_id]
    again = await claimed(store, task_id, "quick")
    assert again.attempt == 2
    async with store.write() as w:
        assert not await tasks.finish_task(w, task_id, "slow", 1, OUTCOME, LATER)
        assert not await tasks.fail_task(w, task_id, "slow", 1, "late", LATER, retry=True)
        assert not await tasks.renew_lease(w, task_id, "slow", 1, LATER)
        assert not await tasks.owns_task(w, task_id, "slow", 1)
        assert not await tasks.finish_task(w, task_id, "quick", 1, OUTCOME, LATER)
        assert await tasks.owns_task(w, task_id, "quick", 2)
    assert (await row_of(store, task_id)).status is TaskStatus.RUNNING


async def test_a_lease_that_was_renewed_meanwhile_does_not_end(store: Store) -> None:
    task_id = await one_task(store)
    await claimed(store, task_id)
    async with store.write() as w:
        before = await tasks.held_leases(w)
        assert await tasks.renew_lease(w, task_id, "me", 1, LATER - timedelta(hours=1))
        assert await tasks.end_leases(w, before, LATER, 3) == []
        assert await tasks.end_leases(w, [tasks.Lease(task_id, 2, LATER - timedelta(hours=1))], LATER, 3) == []


async def test_an_expired_task_is_sent_again_until_its_last_attempt(store: Store) -> None:
    task_id = await one_task(store)
    late = LATER + timedelta(seconds=1)
    async with store.write() as w:
        await tasks.mark_tasks_published(w, [task_id, "scan-1-discover"], NOW)
    for attempt in (1, 2):
        assert (await claimed(store, task_id)).attempt == attempt
        async with store.write() as w:
            assert await tasks.unpublished_tasks(w, 10) == []
            assert await tasks.end_leases(w, await tasks.held_leases(w), late, 2) == [task_id]
            waiting = [row.task_id for row in await tasks.unpublished_tasks(w, 10)]
        assert waiting == ([task_id] if attempt == 1 else [])
    row = await row_of(store, task_id)
    assert (row.status, row.finished_at) == (TaskStatus.FAILED, late)
    assert row.error == "the worker me did not renew its lease in attempt 2 of 2"
    kind, payload = await last_step(store)
    assert (kind, payload["error"]) == ("task_failed", row.error)


async def test_what_was_given_back_is_no_failure(store: Store) -> None:
    task_id = await one_task(store)
    late = LATER + timedelta(seconds=1)
    for attempt in (1, 2):
        await claimed(store, task_id)
        async with store.write() as w:
            assert await tasks.give_back(w, task_id, "me", attempt, "the worker was stopped", NOW)
            assert not await tasks.give_back(w, task_id, "me", attempt, "the worker was stopped", NOW)
    kind, payload = await last_step(store)
    assert (kind, payload["given_back"]) == ("task_retried", True)
    for attempt, status in ((3, TaskStatus.QUEUED), (4, TaskStatus.FAILED)):
        assert (await claimed(store, task_id)).attempt == attempt
        async with store.write() as w:
            assert await tasks.end_leases(w, await tasks.held_leases(w), late, 2) == [task_id]
        assert (await row_of(store, task_id)).status is status
    assert (await row_of(store, task_id)).error == "the worker me did not renew its lease in attempt 2 of 2"


async def test_a_retry_is_told_and_queued_again(store: Store) -> None:
    task_id = await one_task(store)
    await claimed(store, task_id)
    async with store.write() as w:
        assert await tasks.fail_task(w, task_id, "me", 1, "throttled", LATER, retry=True)
    kind, payload = await last_step(store)
    assert (kind, payload["error"], payload["attempt"]) == ("task_retried", "throttled", 1)
    assert (await claimed(store, task_id)).error is None


async def test_a_task_is_unsettled_until_it_is_settled_once(store: Store) -> None:
    task_id = await one_task(store)
    await claimed(store, task_id)
    async with store.write() as w:
        assert await tasks.unsettled_tasks(w) == []
        await tasks.finish_task(w, task_id, "me", 1, OUTCOME, NOW)
    async with store.read() as r:
        ((task, its_spec),) = await tasks.unsettled_tasks(r)
    assert (task.task_id, its_spec) == (task_id, spec())
    async with store.write() as w:
        assert await facts.settle_task(w, task, its_spec, NOW) is True
        assert await facts.settle_task(w, task, its_spec, NOW) is False
        assert await tasks.unsettled_tasks(w) == []


async def test_scans_that_ended_have_nothing_to_settle(store: Store) -> None:
    task_id = await one_task(store)
    await claimed(store, task_id)
    async with store.write() as w:
        await tasks.finish_task(w, task_id, "me", 1, OUTCOME, NOW)
    await force_scan(store, "scan-1", ScanStatus.CANCELLED)
    async with store.read() as r:
        assert await tasks.unsettled_tasks(r) == []
        assert await scans.running_scans(r) == []
