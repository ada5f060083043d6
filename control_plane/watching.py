"""Watching: whether the loop turns and the store answers; told by /healthz, /readyz and the metrics."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Final

from sqlalchemy.pool import QueuePool

from control_plane.context import Context
from control_plane.description import version
from schemas.exposition import own_report
from schemas.instruments import DEPENDENCY_UP, POOL
from schemas.process import BEAT_SECONDS
from stores import StoreError
from stores.processes import ProcessRow, beat, leave

LOOK_SECONDS: Final = 5.0
TURN_SECONDS: Final = 1.0


async def watch(context: Context, stop: asyncio.Event) -> None:
    """Until stopped: a look that began is ended first, so that no connection stays open."""
    async with asyncio.TaskGroup() as group:
        group.create_task(_turn(context, stop), name="watch.turn")
        group.create_task(_look(context, stop), name="watch.store")
        group.create_task(_beat(context, stop), name="watch.beat")


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


async def _beat(context: Context, stop: asyncio.Event) -> None:
    """Signs of life in the store. One that cannot be written is missed; nothing depends on it but what people see."""
    started, condition = context.clock(), context.condition
    while not stop.is_set():
        row = ProcessRow(condition.instance, ("api",), version(), own_report(condition), started, context.clock())
        with suppress(StoreError):
            async with context.store.write() as writing:
                await beat(writing, row)
        await _pause(stop, BEAT_SECONDS)
    with suppress(StoreError):
        async with context.store.write() as writing:
            await leave(writing, condition.instance)


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)
