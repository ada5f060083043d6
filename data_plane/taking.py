"""What those share who take work from a topic into slots of their own: the worker of tasks and that of jobs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection
from typing import Final

import structlog

from bus import BusError, Consumer
from data_plane.backbone import Backbone, delays, one_line
from data_plane.pausing import Stop, pause
from stores import StoreError

FETCH_SECONDS: Final = 0.5
LEAVE_SECONDS: Final = 1.0

log = structlog.get_logger("data_plane.worker")

Running = Collection[asyncio.Task[None]]


async def take_until_stopped(
    backbone: Backbone,
    topic: str,
    group: str,
    stop: Stop,
    *,
    turn: Callable[[Consumer], Awaitable[None]],
    leave: Callable[[Consumer], Awaitable[None]],
    waits: str,
) -> None:
    """Take turns; while bus or store are away wait, longer each time, and say so under the name ``waits``."""
    consumer = await backbone.bus.subscribe([topic], group)
    pauses = delays()
    try:
        while not stop.is_set():
            try:
                await turn(consumer)
                pauses = delays()
            except (BusError, StoreError) as error:
                log.warning(waits, error=one_line(error))
                await pause(stop, next(pauses))
    finally:
        await leave(consumer)


async def wait_for_slot(running: Running, stop: Stop) -> None:
    """Until something that runs has ended, or we are asked to stop."""
    stopped = asyncio.ensure_future(stop.wait())
    await asyncio.wait({*running, stopped}, return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()


async def leave_at_once(
    consumer: Consumer, running: Running, give_back: Callable[[], Awaitable[None]], **told: int
) -> None:
    """Rows first, so that others can start; a call that hangs in a thread is not waited for."""
    try:
        async with asyncio.timeout(LEAVE_SECONDS):
            await give_back()
            await consumer.close()
    except (TimeoutError, BusError, StoreError) as error:
        log.warning("left_in_a_hurry", error=one_line(error), **told)
    for one in running:
        one.cancel()
    await asyncio.wait(running, timeout=LEAVE_SECONDS / 2) if running else None
