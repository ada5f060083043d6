"""Watching: whether the loop turns and the store answers; told by /healthz, /readyz and the metrics."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Final

from sqlalchemy.pool import QueuePool

from control_plane.context import Context
from schemas.instruments import DEPENDENCY_UP, POOL
from stores import StoreError

LOOK_SECONDS: Final = 5.0
TURN_SECONDS: Final = 1.0


async def watch(context: Context, stop: asyncio.Event) -> None:
    """Until stopped: a look that began is ended first, so that no connection stays open."""
    async with asyncio.TaskGroup() as group:
        group.create_task(_turn(context, stop), name="watch.turn")
        group.create_task(_look(context, stop), name="watch.store")


async def look(context: Context) -> None:
    """Ask the store now, and remember since when it is missing."""
    try:
        await context.store.ping()
    except StoreError as error:
        reason = str(error).removeprefix(f"store {context.store.place}: ")
        context.condition.away("store", reason)
    else:
        context.condition.there("store")
    DEPENDENCY_UP.labels("store").set("store" not in context.condition.missing)


async def _turn(context: Context, stop: asyncio.Event) -> None:
    while not stop.is_set():
        context.condition.turn()
        for use, pool in context.store.pools().items():
            if isinstance(pool, QueuePool):
                POOL.labels(use, "used").set(pool.checkedout())
                POOL.labels(use, "most").set(pool.size())
        await _pause(stop, TURN_SECONDS)


async def _look(context: Context, stop: asyncio.Event) -> None:
    while not stop.is_set():
        await look(context)
        await _pause(stop, LOOK_SECONDS)


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)
