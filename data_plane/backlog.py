"""The backlog as gauges: what waits in the store, looked at by the planner."""

from __future__ import annotations

from typing import Final

import structlog

from data_plane.backbone import Backbone, one_line
from data_plane.pausing import Stop, pause
from schemas.instruments import DEAD_LETTERS, LEASE_SECONDS, OUTBOX_SECONDS, SCANS_OPEN, TASKS_OPEN
from stores import StoreError
from stores.backlog import Backlog, backlog

LOOK_SECONDS: Final = 5.0

log = structlog.get_logger("data_plane.planner")


async def keep_backlog(backbone: Backbone, stop: Stop) -> None:
    """Until stopped. Several planners tell the same: read them with ``max``."""
    while not stop.is_set():
        try:
            async with backbone.store.read() as reading:
                tell(await backlog(reading, backbone.clock()))
        except StoreError as error:
            log.warning("backlog_not_seen", error=one_line(error))
        await pause(stop, LOOK_SECONDS)


def tell(found: Backlog) -> None:
    """Set the gauges."""
    for scan_status, count in found.scans.items():
        SCANS_OPEN.labels(scan_status.lower()).set(count)
    for task_status, count in found.tasks.items():
        TASKS_OPEN.labels(task_status.lower()).set(count)
    for outbox, age in found.outboxes.items():
        OUTBOX_SECONDS.labels(outbox).set(age.total_seconds())
    LEASE_SECONDS.set(found.lease_overdue.total_seconds())
    DEAD_LETTERS.set(found.dead_letters)
