"""Retention: what was kept long enough goes, hourly and in small steps; the days to come get their place in the log."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import structlog

from data_plane.backbone import Backbone, one_line
from data_plane.pausing import Stop, pause
from stores import StoreError, WriteSession
from stores.dead_letters import delete_letters_before
from stores.idempotency import KEPT
from stores.jobs import delete_jobs_before
from stores.processes import forget_processes_before
from stores.retention import (
    delete_events_before,
    delete_keys_before,
    delete_progress_before,
    delete_scans_before,
    delete_verdicts_before,
    prepare_days,
)

EVERY_SECONDS = 3600.0
STEP = 2000
"""Rows a transaction: others write in between."""
LETTERS_STEP = 200
"""Dead letters a transaction: each has a body."""
SCANS_STEP = 20
"""Scans a transaction: each has some hundred tasks, and three steps of progress for each."""
DAYS_AHEAD = 2
PROCESSES_KEPT = timedelta(days=1)
"""For how long one that died can be seen."""

log = structlog.get_logger("data_plane.materializer")

Step = Callable[[WriteSession, datetime, int], Awaitable[int]]
"""Takes at most so many of what is older than the moment; 0 when nothing was left."""


async def keep_retention(backbone: Backbone, stop: Stop) -> None:
    """Until stopped. A failure waits for the next hour: nothing depends on it."""
    while not stop.is_set():
        try:
            await make_days(backbone)
            await drop_what_is_old(backbone, stop)
        except StoreError as error:
            log.warning("retention_failed", error=one_line(error))
        await pause(stop, EVERY_SECONDS)


async def make_days(backbone: Backbone) -> None:
    """The event log is ready for today and the next days."""
    async with backbone.store.write() as writing:
        await prepare_days(writing, backbone.clock(), DAYS_AHEAD)


async def drop_what_is_old(backbone: Backbone, stop: Stop) -> None:
    """Each kind by its own setting, until nothing is left or it is asked to stop."""
    settings = backbone.settings
    kinds: tuple[tuple[str, timedelta, Step, int], ...] = (
        ("events", timedelta(days=settings.event_retention_days), delete_events_before, STEP),
        ("verdicts", timedelta(days=settings.event_retention_days), delete_verdicts_before, STEP),
        ("dead_letters", timedelta(days=settings.event_retention_days), delete_letters_before, LETTERS_STEP),
        ("progress", timedelta(days=settings.progress_retention_days), delete_progress_before, STEP),
        ("scans", timedelta(days=settings.scan_retention_days), delete_scans_before, SCANS_STEP),
        ("jobs", timedelta(days=settings.scan_retention_days), delete_jobs_before, STEP),
        ("processes", PROCESSES_KEPT, forget_processes_before, STEP),
        ("idempotency_keys", KEPT, delete_keys_before, STEP),
    )
    for what, kept, step, limit in kinds:
        before = backbone.clock() - kept
        if await _drop(backbone, stop, step, before, limit):
            log.info("expired", what=what, before=before.isoformat())


async def _drop(backbone: Backbone, stop: Stop, step: Step, before: datetime, limit: int) -> bool:
    taken = False
    while not stop.is_set():
        async with backbone.store.write() as writing:
            if not await step(writing, before, limit):
                break
        taken = True
    return taken
