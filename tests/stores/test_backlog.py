from __future__ import annotations

from datetime import timedelta

from schemas.scan import PlannedTask
from schemas.states import ScanStatus, TaskStatus
from stores import Store, scans
from stores.backlog import backlog
from tests.stores.given import NOW, claimed, running_scan, spec

EBS = PlannedTask("ec2", "eu-west-1", ("ebs",))
NONE = timedelta(0)


async def test_an_empty_store_has_none(store: Store) -> None:
    async with store.read() as r:
        found = await backlog(r, NOW)
    assert found.scans == {ScanStatus.QUEUED: 0, ScanStatus.RUNNING: 0}
    assert found.tasks == {TaskStatus.QUEUED: 0, TaskStatus.RUNNING: 0}
    assert found.outboxes == {"scans": NONE, "progress": NONE, "callbacks": NONE}
    assert (found.lease_overdue, found.dead_letters) == (NONE, 0)


async def test_a_scan_that_nobody_was_told_of_waits(store: Store) -> None:
    async with store.write() as w:
        await scans.insert_scan(w, spec("scan-1"), NOW)
    async with store.read() as r:
        found = await backlog(r, NOW + timedelta(seconds=90))
    assert found.scans[ScanStatus.QUEUED] == 1
    assert found.outboxes["scans"] == timedelta(seconds=90)


async def test_a_lease_is_overdue_only_after_its_end(store: Store) -> None:
    (task_id,) = await running_scan(store, spec(), EBS)
    await claimed(store, task_id)
    async with store.read() as r:
        before = await backlog(r, NOW)
        after = await backlog(r, NOW + timedelta(hours=1))
    assert before.tasks[TaskStatus.RUNNING] == 1
    assert before.lease_overdue == NONE
    assert after.lease_overdue > NONE
