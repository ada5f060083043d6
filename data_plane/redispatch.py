"""Send again: a queued row whose message nobody took up. Messages may be lost, rows are not."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import structlog

from data_plane.backbone import Backbone
from schemas.settings import Settings
from stores import jobs, overdue

LEAST_PATIENCE_SECONDS: Final = 30.0
LEASES: Final = 3
MOST: Final = 500
"""Rows a look: a long queue, whose rows only wait for their turn, is not sent as a whole again and again."""

log = structlog.get_logger("data_plane.planner")


def patience_seconds(settings: Settings) -> float:
    """How long a message may wait before its row is sent again. Twice sent is once done: the claim is guarded."""
    return max(LEAST_PATIENCE_SECONDS, LEASES * settings.lease_seconds)


async def redispatch(backbone: Backbone) -> int:
    """Hand overdue scans, jobs and tasks to the relay once more; how many there were."""
    now, patience = backbone.clock(), timedelta(seconds=patience_seconds(backbone.settings))
    recently = (now - patience, now + patience)
    async with backbone.store.read() as reading:
        task_ids = await overdue.overdue_tasks(reading, recently, MOST)
        scan_ids = await overdue.overdue_scans(reading, recently, MOST)
        job_ids = await jobs.overdue_jobs(reading, recently, MOST)
    if not task_ids and not scan_ids and not job_ids:
        return 0
    async with backbone.store.write() as writing:
        sent_again = await overdue.send_again(writing, task_ids=task_ids, scan_ids=scan_ids)
        sent_again += await jobs.send_jobs_again(writing, job_ids)
    log.warning("sent_again", tasks=len(task_ids), scans=len(scan_ids), jobs=len(job_ids))
    return sent_again
