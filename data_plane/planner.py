"""The planner: relays rows, accepts scans, plans their tasks, reaps dead leases, finishes scans, calls back."""

from __future__ import annotations

import asyncio

import structlog

from bus import BusError, Consumer
from data_plane.accept import accept
from data_plane.backbone import Backbone, delays, one_line
from data_plane.backlog import keep_backlog
from data_plane.callbacks import keep_calling_back
from data_plane.finish import finish
from data_plane.pausing import Stop, pause
from data_plane.plan import plan_scans
from data_plane.reap import Reaper
from data_plane.redispatch import patience_seconds, redispatch
from data_plane.relay import relay, relay_changes
from data_plane.scheduling import keep_scheduling
from schemas.topics import SCANS
from stores import jobs, tasks

GROUP = "planner"
FETCH_SECONDS = 0.5
LONGEST_REAP_SECONDS = 2.0

log = structlog.get_logger("data_plane.planner")


async def run(backbone: Backbone, stop: Stop) -> None:
    """Until stopped. Any number of planners may run: each step guards itself in the store."""
    consumer = await backbone.bus.subscribe([SCANS], GROUP)
    try:
        await _plan(backbone, consumer, stop)
    finally:
        await consumer.close()


async def _plan(backbone: Backbone, consumer: Consumer, stop: Stop) -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(_listen(backbone, consumer, stop), name="planner.accept")
        if backbone.settings.changes:
            group.create_task(_tell_changes(backbone, consumer, stop), name="planner.changes")
        group.create_task(_tick(backbone, stop), name="planner.tick")
        group.create_task(_relay(backbone, stop), name="planner.relay")
        group.create_task(_reap(backbone, stop), name="planner.reap")
        group.create_task(_redispatch(backbone, stop), name="planner.redispatch")
        group.create_task(keep_backlog(backbone, stop), name="planner.backlog")
        group.create_task(keep_calling_back(backbone, stop), name="planner.callbacks")
        group.create_task(keep_scheduling(backbone, stop), name="planner.schedules")


async def _listen(backbone: Backbone, consumer: Consumer, stop: Stop) -> None:
    while not stop.is_set():
        await accept(backbone, consumer, timeout=FETCH_SECONDS)


async def _tell_changes(backbone: Backbone, consumer: Consumer, stop: Stop) -> None:
    """Only the planner that has the first partition of the scans: two would overtake each other within a key."""
    while not stop.is_set():
        mine = (SCANS, 0) in consumer.assigned()
        if not (mine and await relay_changes(backbone)):
            await pause(stop, backbone.settings.tick_seconds)


async def _tick(backbone: Backbone, stop: Stop) -> None:
    while not stop.is_set():
        if not await plan_scans(backbone) + await finish(backbone):
            await pause(stop, backbone.settings.tick_seconds)


async def _relay(backbone: Backbone, stop: Stop) -> None:
    """Apart from the tick: what the store alone decides need not wait for the bus."""
    pauses = delays()
    while not stop.is_set():
        try:
            moved = await relay(backbone)
            pauses = delays()
        except BusError as error:
            delay = next(pauses)
            log.warning("rows_wait_for_bus", error=one_line(error), retry_in_seconds=delay)
            await pause(stop, delay)
        else:
            if not moved:
                await pause(stop, backbone.settings.tick_seconds)


async def _reap(backbone: Backbone, stop: Stop) -> None:
    """Apart from the tick, at its own pace."""
    reapers = Reaper(backbone, tasks), Reaper(backbone, jobs)
    while not stop.is_set():
        for reaper in reapers:
            await reaper.look()
        await pause(stop, min(LONGEST_REAP_SECONDS, backbone.settings.lease_seconds / 4))


async def _redispatch(backbone: Backbone, stop: Stop) -> None:
    while not stop.is_set():
        await redispatch(backbone)
        await pause(stop, patience_seconds(backbone.settings) / 3)
