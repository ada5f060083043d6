"""Retention: what the event log has kept long enough goes, hourly and in small steps."""

from __future__ import annotations

from datetime import timedelta

import structlog

from data_plane.backbone import Backbone, one_line
from data_plane.pausing import Stop, pause
from stores import StoreError
from stores.retention import delete_events

EVERY_SECONDS = 3600.0

log = structlog.get_logger("data_plane.materializer")


async def keep_retention(backbone: Backbone, stop: Stop) -> None:
    """Until stopped. A failure waits for the next hour: nothing depends on it."""
    while not stop.is_set():
        try:
            await drop_old_events(backbone)
        except StoreError as error:
            log.warning("retention_failed", error=one_line(error))
        await pause(stop, EVERY_SECONDS)


async def drop_old_events(backbone: Backbone) -> int:
    """Delete the events of scans older than the retention, by ``asof``; how many there were."""
    before = backbone.clock() - timedelta(days=backbone.settings.retention_days)
    deleted = 0
    while step := await _step(backbone, before):
        deleted += step
    if deleted:
        log.info("events_expired", events=deleted, before=before.isoformat())
    return deleted
