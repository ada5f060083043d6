"""POST /api/v1/scans/{id}/cancel."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from schemas.states import ScanStatus
from stores import Store, progress, scans
from tests.control_plane.conftest import NOW
from tests.control_plane.facts import accept, fact, keep, read, run, spec, volume

CANCEL = "/api/v1/scans/scan-1/cancel"


async def kinds(store: Store) -> list[str]:
    async with store.read() as reading:
        return [step.kind for step in await progress.after(reading, "scan-1", 0, 100)]


async def test_a_running_scan_and_its_open_tasks_are_cancelled(api: httpx.AsyncClient, store: Store) -> None:
    await accept(store, spec())
    async with store.write() as writing:
        assert await scans.start_scan(writing, "scan-1", "discover", NOW)
    answer = await api.post(CANCEL)
    assert (answer.status_code, answer.json()) == (202, {"scan_id": "scan-1", "status": "CANCELLED"})
    told = (await api.get("/api/v1/scans/scan-1")).json()
    assert (told["status"], told["error"]) == ("CANCELLED", "cancelled by request")
    assert told["finished_at"] is not None
    assert told["tasks"]["by_status"] == {"CANCELLED": 1}
    assert told["coverage"]["complete"] is False
    assert await kinds(store) == ["scan_accepted", "scan_started", "task_cancelled", "scan_finished"]


async def test_a_scan_that_waits_never_starts(api: httpx.AsyncClient, store: Store) -> None:
    await accept(store, spec())
    assert (await api.post(CANCEL)).status_code == 202
    async with store.write() as writing:
        assert not await scans.start_scan(writing, "scan-1", "discover", NOW)
    assert await kinds(store) == ["scan_accepted", "scan_finished"]


async def test_cancelling_again_changes_nothing(api: httpx.AsyncClient, store: Store) -> None:
    await accept(store, spec())
    answers = await asyncio.gather(*(api.post(CANCEL) for _ in range(5)))
    assert {(each.status_code, each.json()["status"]) for each in answers} == {(202, "CANCELLED")}
    assert await kinds(store) == ["scan_accepted", "scan_finished"]


@pytest.mark.parametrize("status", [ScanStatus.COMPLETED, ScanStatus.PARTIAL, ScanStatus.FAILED])
async def test_a_scan_that_has_ended_stays_as_it_is(api: httpx.AsyncClient, store: Store, status: ScanStatus) -> None:
    await run(store, spec(), [read("ebs"), read("s3")], status=status)
    answer = await api.post(CANCEL)
    assert answer.status_code == 409
    assert f"has ended already ({status})" in answer.json()["detail"]
    assert (await api.get("/api/v1/scans/scan-1")).json()["status"] == status


async def test_what_was_read_before_is_told_but_not_as_complete(api: httpx.AsyncClient, store: Store) -> None:
    await run(store, spec(), [read("ebs"), read("s3")], status=None)
    await keep(store, [fact(volume("vol-a"), "aws.metadata.ebs.size_gib", 100)])
    assert (await api.post(CANCEL)).status_code == 202
    assert len((await api.get("/api/v1/events?scan_id=scan-1")).json()["items"]) == 1
    told = (await api.get("/api/v1/scans/scan-1")).json()
    assert told["tasks"]["by_status"] == {"SUCCEEDED": 3}
    assert told["coverage"]["complete"] is False


async def test_a_scan_of_nobody_is_not_found(api: httpx.AsyncClient, store: Store) -> None:
    await accept(store, spec(client_id="somebody-else"))
    assert (await api.post(CANCEL)).status_code == 404
    async with store.read() as reading:
        row = await scans.get_scan(reading, None, "scan-1")
    assert row is not None
    assert row.status is ScanStatus.QUEUED
