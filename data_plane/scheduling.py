"""Schedules whose time has come: each due time becomes one run, in one transaction, of whichever planner is first."""

from __future__ import annotations

import structlog

from data_plane.backbone import Backbone
from data_plane.pausing import Stop, pause
from schemas.schedule import ScheduleRow
from stores import schedules

AT_ONCE = 20
LOOK_SECONDS = 1.0

log = structlog.get_logger("data_plane.planner")


async def keep_scheduling(backbone: Backbone, stop: Stop) -> None:
    """Until stopped. What was due while no planner ran is caught up at once, each schedule with one run."""
    while not stop.is_set():
        if not await start_due(backbone):
            await pause(stop, max(LOOK_SECONDS, backbone.settings.tick_seconds))


async def start_due(backbone: Backbone) -> int:
    """Start the runs of what is due; how many were started."""
    async with backbone.store.read() as reading:
        due = await schedules.due_schedules(reading, backbone.clock(), AT_ONCE)
    return sum([await _start(backbone, row) for row in due])


async def _start(backbone: Backbone, row: ScheduleRow) -> bool:
    now = backbone.clock()
    async with backbone.store.write() as writing:
        if not await schedules.take_due(writing, row, now):
            return False
        asof = backbone.settings.fixed_now or now
        run = await schedules.start_run(writing, row, due_at=row.due_at, asof=asof, now=now)
    told = log.bind(schedule_id=row.schedule_id, run_id=run.run_id, due_at=row.due_at)
    told.info("schedule_started", scans=len(run.started.scans), left_out=len(run.started.left_out))
    return True
