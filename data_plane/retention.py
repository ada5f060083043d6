"""Retention: what the event log and the dead letters have kept long enough goes, hourly and in small steps."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog

from data_plane.backbone import Backbone, one_line
from data_plane.pausing import Stop, pause
from stores import StoreError
from stores.dead_letters import delete_letters_before
from stores.retention import delete_events_before

EVERY_SECONDS = 3600.0
STEP = 2000
"""Rows a transaction: others write in between."""

log = structlog.get_logger("data_plane.materializer")


async def keep_retention(backbone: Backbone, stop: Stop) -> None:
    """Until stopped. A failure waits for the next hour: nothing depends on it."""
    while not stop.is_set():
        try:
            await drop_old_events(backbone)
            await drop_old_letters(backbone)
        except StoreError as error:
            log.warning("retention_failed", error=one_line(error))
        await pause(stop, EVERY_SECONDS)


async def drop_old_events(backbone: Backbone) -> int:
    """Delete the events of scans older than the retention, by ``asof``; how many there were."""
    before = _cutoff(backbone)
    deleted = 0
    while step := await _drop_step(backbone, before):
        deleted += step
    if deleted:
        log.info("events_expired", events=deleted, before=before.isoformat())
    return deleted


async def drop_old_letters(backbone: Backbone) -> int:
    """Forget the dead letters that nobody can want any more: older than the retention; how many there were."""
    async with backbone.store.write() as writing:
        return await delete_letters_before(writing, _cutoff(backbone))


def _cutoff(backbone: Backbone) -> datetime:
    return backbone.clock() - timedelta(days=backbone.settings.retention_days)


async def _drop_step(backbone: Backbone, before: datetime) -> int:
    async with backbone.store.write() as writing:
        return await delete_events_before(writing, before, STEP)
