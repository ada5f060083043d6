"""What was kept long enough goes, in steps; what somebody still needs stays."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from schemas.states import ScanStatus, TaskStatus
from stores import Store, WriteSession, callbacks, events, progress, scans, tasks
from stores.events import EventQuery
from stores.findings import FindingFilters, find_findings
from stores.idempotency import KeptKey, find_key, take_key
from stores.retention import (
    delete_events_before,
    delete_keys_before,
    delete_progress_before,
    delete_scans_before,
    delete_verdicts_before,
)
from stores.sqlite import SqliteFile
from stores.tables import metadata
from stores.tables import progress as steps_table
from stores.tables import scans as scans_table
from tests.stores.given import DAY, NOW, event, log, put, settled, spec, waste

MIDNIGHT = NOW.replace(hour=0, minute=0, second=0, microsecond=0)
Step = Callable[[WriteSession, datetime, int], Awaitable[int]]


async def ended(store: Store, scan_id: str, *, published: bool = True) -> None:
    """A scan whose task is settled and that is finished, at ``NOW``."""
    await settled(store, spec(scan_id))
    async with store.write() as w:
        assert await scans.finish_scan(w, scan_id, ScanStatus.COMPLETED, None, NOW, {})
        await scans.mark_scans_published(w, [scan_id], NOW)
        if published:
            await progress.mark_published(w, [each.seq for each in await progress.unpublished(w, 1000)], NOW)


async def take(store: Store, step: Step, cutoff: datetime, limit: int) -> list[int]:
    """What each step took, until nothing was left."""
    taken: list[int] = []
    while not taken or taken[-1]:
        async with store.write() as w:
            taken.append(int(await step(w, cutoff, limit)))
    return taken


async def kinds(store: Store, scan_id: str) -> list[str]:
    async with store.read() as r:
        return [each.kind for each in await progress.after(r, scan_id, 0, 100)]


async def counted(store: Store, *names: str) -> list[int]:
    async with store.read() as r:
        found = [await r.row(select(func.count()).select_from(metadata.tables[name])) for name in names]
    return [row[0] for row in found if row is not None]


async def ids(store: Store) -> set[str]:
    async with store.read() as r:
        query = select(metadata.tables["events"].c.id)
        return {row.id for row in await r.rows(query)}


async def test_events_leave_by_whole_days(store: Store) -> None:
    last = MIDNIGHT - timedelta(microseconds=1)
    old = [event(id=f"old-{n}", asof=asof) for n, asof in enumerate((NOW - DAY, last, NOW - 40 * DAY))]
    await log(store, *old, event(id="first", asof=MIDNIGHT), event(id="kept"), event(id="later", asof=NOW + DAY))
    assert len(await take(store, delete_events_before, NOW, 2)) == 3  # two steps on both, and the one that finds none
    assert await ids(store) == {"first", "kept", "later"}
    async with store.read() as r:
        assert len(await events.find_events(r, EventQuery(client_id="acme"))) == 3


async def test_deleting_events_is_done_in_small_steps(store: Store) -> None:
    """Rows on SQLite, days on PostgreSQL."""
    await log(store, *[event(id=str(n), asof=NOW - DAY) for n in range(5)])
    left = []
    for _ in range(4):
        async with store.write() as w:
            await delete_events_before(w, NOW, 2)
        left.append(len(await ids(store)))
    assert left == ([3, 1, 0, 0] if isinstance(store.database, SqliteFile) else [0, 0, 0, 0])


async def test_an_event_that_comes_late_is_stored_and_leaves_again(store: Store) -> None:
    await log(store, event(id="late", asof=NOW - 400 * DAY))
    assert await ids(store) == {"late"}
    await take(store, delete_events_before, NOW - 30 * DAY, 100)
    assert await ids(store) == set()
    assert await log(store, event(id="late", asof=NOW - 400 * DAY)) == 1


async def test_the_steps_of_a_finished_scan_go_but_for_the_last(store: Store) -> None:
    await ended(store, "old")
    assert await take(store, delete_progress_before, NOW + DAY, 3) == [3, 1, 0]
    assert await kinds(store, "old") == ["scan_finished"]


@pytest.mark.parametrize("status", [ScanStatus.QUEUED, ScanStatus.RUNNING])
async def test_a_scan_that_has_not_ended_keeps_everything(store: Store, status: ScanStatus) -> None:
    """However old: its steps count the failures of its tasks, its settled tasks are not settled twice."""
    await settled(store, spec("slow"))
    async with store.write() as w:
        await w.change(update(scans_table).values(status=status, published_at=NOW))
        await w.change(update(steps_table).values(published_at=NOW))
    before = await counted(store, "scans", "tasks", "progress", "settled_tasks")
    assert await take(store, delete_progress_before, NOW + 4000 * DAY, 10) == [0]
    assert await take(store, delete_scans_before, NOW + 4000 * DAY, 10) == [0]
    assert await counted(store, "scans", "tasks", "progress", "settled_tasks") == before == [1, 2, 4, 1]


async def test_what_was_not_told_yet_stays(store: Store) -> None:
    await ended(store, "untold", published=False)
    before = await counted(store, "scans", "tasks", "progress")
    assert await take(store, delete_progress_before, NOW + DAY, 10) == [0]
    assert await take(store, delete_scans_before, NOW + DAY, 10) == [0]
    assert await counted(store, "scans", "tasks", "progress") == before


async def test_a_cancelled_scan_stays_until_its_end_was_told(store: Store) -> None:
    await settled(store, spec("cancelled"))
    async with store.write() as w:
        await scans.mark_scans_published(w, ["cancelled"], NOW)
        assert await scans.cancel_scan(w, "cancelled", NOW)
        await w.change(update(steps_table).values(published_at=NOW))
    assert await take(store, delete_scans_before, NOW + DAY, 10) == [0]
    async with store.write() as w:
        await scans.mark_scans_published(w, ["cancelled"], NOW, cancelled=True)
    assert await take(store, delete_scans_before, NOW + DAY, 10) == [1, 0]


async def test_old_scans_go_with_all_that_hangs_on_them(store: Store) -> None:
    for scan_id in ("one", "two", "three"):
        await ended(store, scan_id)
    await settled(store, spec("runs"))
    assert await take(store, delete_scans_before, NOW + DAY, 2) == [2, 1, 0]
    assert await counted(store, "scans", "tasks", "settled_tasks", "callbacks") == [1, 2, 1, 0]
    async with store.read() as r:
        assert {row.task_id for row in await tasks.list_tasks(r, "runs")} == {"runs-discover", "runs-1"}
        assert [row.status for row in await tasks.list_tasks(r, "runs")][1] is TaskStatus.SUCCEEDED
    assert await kinds(store, "one") == []
    assert len(await kinds(store, "runs")) == 4


async def test_a_scan_that_ended_after_the_cutoff_stays(store: Store) -> None:
    await ended(store, "young")
    assert await take(store, delete_scans_before, NOW, 10) == [0]
    assert await take(store, delete_progress_before, NOW, 10) == [0]


async def test_a_scan_stays_until_its_call_back_ended(store: Store) -> None:
    await ended(store, "called")
    async with store.write() as w:
        await callbacks.arrange(w, "acme", "called", "https://example.com/hook", NOW)
    assert await take(store, delete_scans_before, NOW + DAY, 10) == [0]
    async with store.write() as w:
        await callbacks.delivered(w, "called", NOW)
    assert await take(store, delete_scans_before, NOW + DAY, 10) == [1, 0]
    assert await counted(store, "scans", "callbacks") == [0, 0]


async def test_old_keys_go_and_young_ones_stay(store: Store) -> None:
    async with store.write() as w:
        for n in range(3):
            assert await take_key(w, "acme", f"old-{n}", KeptKey("scan", "f"), NOW - DAY)
        assert await take_key(w, "acme", "young", KeptKey("scan", "f"), NOW)
    assert await take(store, delete_keys_before, NOW, 2) == [2, 1, 0]
    async with store.read() as r:
        assert await find_key(r, "acme", "young") == KeptKey("scan", "f")


async def test_verdicts_and_evaluations_leave_in_steps_and_findings_stay(store: Store) -> None:
    for day in range(4):
        asof = NOW - day * DAY
        await put(
            store, waste(scanid=f"scan-{day}", asof=asof), waste(scanid=f"scan-{day}", asof=asof, subject="arn:2")
        )
        await settled(store, spec(f"scan-{day}", asof=asof))
    assert await take(store, delete_verdicts_before, NOW - DAY, 3) == [5, 1, 0]
    assert await counted(store, "verdicts", "evaluations", "findings") == [4, 2, 2]


async def test_a_finding_stays_resolved_when_what_left_comes_again(store: Store) -> None:
    doubt = waste(outcome="insufficient_data", scanid="scan-2", asof=NOW + DAY)
    await put(store, waste(), doubt)
    await settled(store, spec("scan-3", asof=NOW + 2 * DAY))
    await take(store, delete_verdicts_before, NOW + 10 * DAY, 100)
    await put(store, waste(), doubt)
    async with store.read() as r:
        (row,) = await find_findings(r, "acme", FindingFilters(status=None), now=NOW, limit=10)
    assert (row.status, row.resolved_at, row.unverified_since) == ("resolved", NOW + 2 * DAY, NOW + DAY)
