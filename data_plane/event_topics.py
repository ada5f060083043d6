"""The topics of the events, one for all clients or one for each, and reading them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

from bus import Consumer, OnAssigned
from data_plane.backbone import Backbone
from data_plane.lag import tell_lag
from data_plane.pausing import Stop, pause
from schemas.topics import CLIENT, events_topic
from stores import scans

LOOK_SECONDS = 2.0
"""How often is looked for clients that are new, and how far we are behind."""

Turn = Callable[[Consumer], Awaitable[None]]
"""Fetches, works and commits once."""


async def client_topic(backbone: Backbone, client_id: str) -> str:
    """Where the events of a client go; it is there. Raises ``BusError``."""
    template = backbone.settings.events_topic
    topic = events_topic(template, client_id)
    if CLIENT in template:
        await backbone.bus.start([topic])
    return topic


async def all_topics(backbone: Backbone) -> tuple[str, ...]:
    """Every topic that events may stand on: of all clients that ever asked for a scan."""
    template = backbone.settings.events_topic
    if CLIENT not in template:
        return (template,)
    async with backbone.store.read() as reading:
        clients = await scans.clients(reading)
    return tuple(events_topic(template, client) for client in clients)


async def follow_events(
    backbone: Backbone, stop: Stop, group: str, turn: Turn, on_assigned: OnAssigned | None = None
) -> None:
    """Take turns until stopped, as a member of the group, over the topics that there are."""
    while not stop.is_set():
        topics = await all_topics(backbone)
        if not topics:
            await pause(stop, LOOK_SECONDS)
            continue
        await backbone.bus.start(topics)
        consumer = await backbone.bus.subscribe(topics, group, on_assigned=on_assigned)
        try:
            tell = partial(tell_lag, consumer, group)
            await _take_turns(backbone, stop, topics, partial(turn, consumer), tell)
        finally:
            await consumer.close()


async def _take_turns(
    backbone: Backbone,
    stop: Stop,
    topics: tuple[str, ...],
    turn: Callable[[], Awaitable[None]],
    tell: Callable[[], Awaitable[None]],
) -> None:
    """Until stopped, or until there are other topics."""
    loop = asyncio.get_running_loop()
    look_at = loop.time() + LOOK_SECONDS
    while not stop.is_set():
        if loop.time() > look_at:
            if await all_topics(backbone) != topics:
                return
            await tell()
            look_at = loop.time() + LOOK_SECONDS
        await turn()
