"""The hourly round: each kind goes by its own setting, and the round ends when it is asked to."""

from __future__ import annotations

import asyncio
import dataclasses
from datetime import UTC, datetime, timedelta

from sqlalchemy import select, text

from data_plane.backbone import Backbone
from data_plane.retention import drop_what_is_old, keep_retention
from schemas.event import encode
from schemas.states import ScanStatus
from stores import facts, progress, scans
from stores.tables import events
from stores.tables import progress as steps
from tests.data_plane.scripted import event_of, spec_of, task_of

NOW = datetime(2026, 11, 21, 4, tzinfo=UTC)


async def scanned(backbone: Backbone, scan_id: str, ended: datetime) -> None:
    """A scan with one event, that ended then, as everybody was told."""
    spec = spec_of(scan_id, asof=ended)
    made = event_of(task_of(spec), 1)
    async with backbone.store.write() as writing:
        await scans.insert_scan(writing, spec, ended)
        assert await scans.start_scan(writing, scan_id, f"{scan_id}-discover", ended)
        assert await scans.finish_scan(writing, scan_id, ScanStatus.COMPLETED, None, ended, {})
        await scans.mark_scans_published(writing, [scan_id], ended)
        await progress.mark_published(writing, [each.seq for each in await progress.unpublished(writing, 100)], ended)
        await facts.store_events(writing, [(made, encode(made))])


async def left(backbone: Backbone) -> dict[str, tuple[int, int]]:
    """Events and steps of each scan that is there."""
    async with backbone.store.read() as reading:
        scan_ids = [row.scan_id for row in await reading.rows(text("SELECT scan_id FROM scans"))]
        return {
            scan_id: (
                len(await reading.rows(select(events.c.id).where(events.c.scan_id == scan_id))),
                len(await reading.rows(select(steps.c.seq).where(steps.c.scan_id == scan_id))),
            )
            for scan_id in scan_ids
        }


async def test_each_kind_goes_by_its_own_setting(backbone: Backbone) -> None:
    at_now = dataclasses.replace(backbone, clock=lambda: NOW)
    for days in (1, 13, 20, 40, 400):
        await scanned(at_now, f"days-{days}", NOW - timedelta(days=days))
    await drop_what_is_old(at_now, asyncio.Event())
    assert await left(at_now) == {
        "days-1": (1, 3),
        "days-13": (1, 3),
        "days-20": (0, 3),
        "days-40": (0, 1),
    }


async def test_a_round_ends_when_it_is_asked_to(backbone: Backbone) -> None:
    at_now = dataclasses.replace(backbone, clock=lambda: NOW)
    await scanned(at_now, "old", NOW - timedelta(days=400))
    stop = asyncio.Event()
    stop.set()
    await drop_what_is_old(at_now, stop)
    await keep_retention(at_now, stop)
    assert await left(at_now) == {"old": (1, 3)}
