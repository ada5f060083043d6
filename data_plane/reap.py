"""The reaper: a task whose worker stopped renewing its lease goes to another one, or fails."""

from __future__ import annotations

import structlog

from data_plane.backbone import Backbone
from stores import tasks

log = structlog.get_logger("data_plane.planner")


async def reap(backbone: Backbone) -> int:
    """Queue again (or fail, after the last attempt) every task with an expired lease; how many there were."""
    async with backbone.store.write() as writing:
        expired = await tasks.expire_leases(writing, backbone.clock(), backbone.settings.max_attempts)
    for task_id in expired:
        log.warning("lease_expired", task_id=task_id)
    return len(expired)
