"""Watching: whether the loop turns and what we need answers; told by /healthz, /readyz and the metrics."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from importlib.metadata import version
from typing import Final

from sqlalchemy.pool import QueuePool

from bus import BusError
from data_plane.backbone import Backbone, one_line
from data_plane.pausing import Stop, pause
from schemas.exposition import Condition, own_report
from schemas.instruments import DEPENDENCY_UP, POOL
from schemas.process import BEAT_SECONDS
from stores import StoreError
from stores.processes import ProcessRow, beat, leave

LOOK_SECONDS: Final = 5.0
PING_SECONDS: Final = 10.0


async def watch(backbone: Backbone, condition: Condition, roles: Sequence[str], stop: Stop) -> None:
    """Until stopped."""
    async with asyncio.TaskGroup() as group:
        group.create_task(_turn(condition, stop), name="watch.turn")
        pings: Mapping[str, Callable[[], Awaitable[None]]] = {"store": backbone.store.ping, "bus": backbone.bus.ping}
        for name, ping in pings.items():
            group.create_task(_look(name, ping, condition, stop), name=f"watch.{name}")
        group.create_task(_pools(backbone, stop), name="watch.pools")
        group.create_task(_beat(backbone, condition, roles, stop), name="watch.beat")


async def _turn(condition: Condition, stop: Stop) -> None:
    while not stop.is_set():
        condition.turn()
        await pause(stop, 1.0)


async def _look(name: str, ping: Callable[[], Awaitable[None]], condition: Condition, stop: Stop) -> None:
    while not stop.is_set():
        try:
            async with asyncio.timeout(PING_SECONDS):
                await ping()
        except (BusError, StoreError, OSError) as error:
            condition.away(name, one_line(error))
        else:
            condition.there(name)
        DEPENDENCY_UP.labels(name).set(name not in condition.missing)
        await pause(stop, LOOK_SECONDS)


async def _pools(backbone: Backbone, stop: Stop) -> None:
    while not stop.is_set():
        for use, pool in backbone.store.pools().items():
            if isinstance(pool, QueuePool):
                POOL.labels(use, "used").set(pool.checkedout())
                POOL.labels(use, "most").set(pool.size())
        await pause(stop, 1.0)


async def _beat(backbone: Backbone, condition: Condition, roles: Sequence[str], stop: Stop) -> None:
    """Signs of life in the store. One that cannot be written is missed; nothing depends on it but what people see."""
    started = backbone.clock()
    while not stop.is_set():
        row = ProcessRow(
            condition.instance,
            tuple(roles),
            version("cloud-sentinel"),
            own_report(condition),
            started,
            backbone.clock(),
        )
        with suppress(StoreError):
            async with backbone.store.write() as writing:
                await beat(writing, row)
        await pause(stop, BEAT_SECONDS)
    with suppress(StoreError):
        async with backbone.store.write() as writing:
            await leave(writing, condition.instance)
