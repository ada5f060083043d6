from __future__ import annotations

from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.scan import PlannedTask, TaskOutcome
from schemas.states import SCAN_TRANSITIONS, ScanStatus
from stores import Store, progress, scans, tasks
from tests.stores.given import DISCOVERY, LATER, NOW, claimed, force_scan, running_scan, spec

EBS = PlannedTask("ec2", "eu-west-1", ("ebs",))
ENDS = (ScanStatus.COMPLETED, ScanStatus.PARTIAL, ScanStatus.FAILED, ScanStatus.CANCELLED)


async def insert(store: Store, scan_id: str, at: datetime = NOW, client_id: str = "acme") -> None:
    async with store.write() as w:
        await scans.insert_scan(w, spec(scan_id, client_id=client_id), at)


async def status_of(store: Store, scan_id: str = "scan-1") -> ScanStatus:
    async with store.read() as r:
        row = await scans.get_scan(r, None, scan_id)
    assert row is not None
    return row.status


async def test_an_accepted_scan_is_queued_as_it_was_asked_for(store: Store) -> None:
    asked = spec(regions=("eu-west-1",), resource_ids=("vol-1",))
    async with store.write() as w:
        await scans.insert_scan(w, asked, NOW)
    async with store.read() as r:
        row = await scans.get_scan(r, "acme", "scan-1")
        steps = await progress.after(r, "scan-1", 0, 10)
    assert row == scans.ScanRow(spec=asked, status=ScanStatus.QUEUED, created_at=NOW)
    assert [step.kind for step in steps] == ["scan_accepted"]


@pytest.mark.parametrize("source", list(ScanStatus))
async def test_only_a_queued_scan_starts(store: Store, source: ScanStatus) -> None:
    await insert(store, "scan-1")
    await force_scan(store, "scan-1", source)
    async with store.write() as w:
        started = await scans.start_scan(w, "scan-1", "d", NOW)
    allowed = ScanStatus.RUNNING in SCAN_TRANSITIONS[source]
    assert started is allowed
    assert await status_of(store) is (ScanStatus.RUNNING if allowed else source)
    async with store.read() as r:
        assert len(await tasks.list_tasks(r, "scan-1")) == int(allowed)


@pytest.mark.parametrize("target", ENDS)
@pytest.mark.parametrize("source", list(ScanStatus))
async def test_a_scan_ends_only_as_the_state_table_says(store: Store, source: ScanStatus, target: ScanStatus) -> None:
    await insert(store, "scan-1")
    await force_scan(store, "scan-1", source)
    async with store.write() as w:
        finished = await scans.finish_scan(w, "scan-1", target, "why", LATER, {"events": 3})
        steps = await progress.after(w, "scan-1", 0, 10)
    allowed = target in SCAN_TRANSITIONS[source]
    assert finished is allowed
    assert await status_of(store) is (target if allowed else source)
    assert [step.payload.get("events") for step in steps if step.kind == "scan_finished"] == [3] * allowed


async def test_a_started_scan_has_its_discover_task(store: Store) -> None:
    await insert(store, "scan-1")
    async with store.write() as w:
        assert await scans.start_scan(w, "scan-1", "scan-1-discover", LATER)
    async with store.read() as r:
        (task,) = await tasks.unpublished_tasks(r, 10)
        (row,) = await scans.running_scans(r)
    assert (task.task_id, task.kind, task.services) == ("scan-1-discover", "discover", ())
    assert row.started_at == LATER


async def test_a_discovered_scan_is_planned_once(store: Store) -> None:
    await insert(store, "scan-1")
    async with store.write() as w:
        await scans.start_scan(w, "scan-1", "d", NOW)
        assert await scans.scans_to_plan(w) == []
    await claimed(store, "d")
    async with store.write() as w:
        await tasks.finish_task(w, "d", "me", 1, TaskOutcome(discovery=DISCOVERY), NOW)
    async with store.write() as w:
        ((row, discovery),) = await scans.scans_to_plan(w)
        assert (row.spec.scan_id, discovery) == ("scan-1", DISCOVERY)
        assert await scans.plan_scan(w, "scan-1", discovery, [("t1", EBS), ("t2", EBS)], NOW)
    async with store.write() as w:
        assert await scans.scans_to_plan(w) == []
        assert not await scans.plan_scan(w, "scan-1", discovery, [("t3", EBS)], NOW)
        assert [task.task_id for task in await tasks.list_tasks(w, "scan-1")] == ["d", "t1", "t2"]
        planned = await scans.get_scan(w, "acme", "scan-1")
    assert planned is not None
    assert (planned.planned, planned.account_id, planned.discovery) == (True, DISCOVERY.account_id, DISCOVERY)


async def test_a_scan_without_tasks_can_be_planned(store: Store) -> None:
    assert await running_scan(store, spec()) == []
    async with store.read() as r:
        (row,) = await scans.running_scans(r)
    assert row.planned


async def test_what_is_published_is_not_published_again(store: Store) -> None:
    await insert(store, "scan-1")
    await insert(store, "scan-2", LATER)
    async with store.read() as r:
        assert [row.spec.scan_id for row in await scans.unpublished_scans(r, 1)] == ["scan-1"]
    async with store.write() as w:
        await scans.mark_scans_published(w, ["scan-1"], NOW)
    async with store.read() as r:
        assert [row.spec.scan_id for row in await scans.unpublished_scans(r, 10)] == ["scan-2"]


async def test_progress_is_in_order_and_resumable(store: Store) -> None:
    await running_scan(store, spec(), EBS)
    await insert(store, "scan-2")
    async with store.write() as w:
        await progress.append(w, "scan-1", "task_failed", {"error": "é"}, LATER)
        steps = await progress.after(w, "scan-1", 0, 10)
        rest = await progress.after(w, "scan-1", steps[0].seq, 1)
        await progress.mark_published(w, [step.seq for step in steps], NOW)
        left = await progress.unpublished(w, 10)
    assert [step.kind for step in steps] == ["scan_accepted", "scan_started", "task_failed"]
    assert (steps[2].payload, steps[2].at) == ({"error": "é"}, "2026-11-21T04:00:30.123456+00:00")
    assert rest == steps[1:2]
    assert [(step.scan_id, step.kind) for step in left] == [("scan-2", "scan_accepted")]


async def test_a_scan_is_seen_by_its_client_alone(store: Store) -> None:
    await insert(store, "scan-1", client_id="acme")
    await insert(store, "scan-2", client_id="other")
    async with store.read() as r:
        assert await scans.get_scan(r, "other", "scan-1") is None
        assert [row.spec.scan_id for row in await scans.list_scans(r, "acme", limit=10)] == ["scan-1"]
        assert await scans.get_scan(r, None, "scan-2") is not None


async def test_scans_are_listed_by_state(store: Store) -> None:
    await insert(store, "scan-1")
    await insert(store, "scan-2")
    await force_scan(store, "scan-2", ScanStatus.FAILED)
    async with store.read() as r:
        failed = await scans.list_scans(r, "acme", status=ScanStatus.FAILED, limit=10)
    assert [row.spec.scan_id for row in failed] == ["scan-2"]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(offsets=st.lists(st.integers(0, 3), min_size=1, max_size=12), size=st.integers(1, 5))
async def test_pages_of_scans_have_no_gap_and_no_double(store: Store, offsets: list[int], size: int) -> None:
    client = uuid4().hex
    inserted = {f"{client}-{n}": NOW + timedelta(microseconds=offset) for n, offset in enumerate(offsets)}
    for scan_id, at in inserted.items():
        await insert(store, scan_id, at, client)
    seen: list[str] = []
    before = None
    while True:
        async with store.read() as r:
            page = await scans.list_scans(r, client, limit=size, before=before)
        seen += [row.spec.scan_id for row in page]
        if len(page) < size:
            break
        before = (page[-1].created_at, page[-1].spec.scan_id)
    assert seen == sorted(inserted, key=lambda scan_id: (inserted[scan_id], scan_id), reverse=True)
