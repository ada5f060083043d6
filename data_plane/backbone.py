"""What every role stands on: settings, store, bus and clock; and how a process gets hold of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

import structlog

from bus import Bus, BusError, bus_of
from data_plane.pausing import Stop, pause
from schemas.event import utc_now
from schemas.exposition import Condition
from schemas.settings import Settings
from schemas.topics import CHANGES, CLIENT, check_events_topic, fixed_topics
from stores import Store, StoreError, open_store

Clock = Callable[[], datetime]

FIRST_DELAY = 0.2
LONGEST_DELAY = 5.0

log = structlog.get_logger("data_plane")


@dataclass(frozen=True, slots=True)
class Backbone:
    """Shared by all roles of one process."""

    settings: Settings
    store: Store
    bus: Bus
    clock: Clock = utc_now

    async def close(self) -> None:
        """Let go of the bus first: what it still flushes may need nothing of the store."""
        await self.bus.close()
        await self.store.close()


def delays() -> Iterator[float]:
    """Seconds to wait before each further try: doubling, capped, without an end."""
    delay = FIRST_DELAY
    while True:
        yield delay
        delay = min(delay * 2, LONGEST_DELAY)


async def reach(settings: Settings, stop: Stop, condition: Condition | None = None) -> Backbone | None:
    """Open the store (migrated) and the bus, whichever comes up first. None when asked to stop meanwhile.

    Raises ``InvalidInputError`` for an address that can never work; everything else is tried again for ever.
    """
    check_events_topic(settings.events_topic)
    store = open_store(settings.store_url)
    bus = bus_of(settings)
    backbone, told = Backbone(settings, store, bus), condition or Condition()
    reached = await _insist("store", store.place, store.migrate, stop, told)
    reached = reached and await _insist("bus", settings.bus_url, lambda: start_topics(bus, settings), stop, told)
    if reached:
        return backbone
    await backbone.close()
    return None


async def start_topics(bus: Bus, settings: Settings) -> None:
    """All that a process may read or write, but those of single clients. Raises ``BusError``."""
    await bus.start([topic for topic in fixed_topics(settings.events_topic) if topic != CHANGES])
    if settings.changes and CLIENT not in settings.events_topic:
        await bus.start([CHANGES], compacted=True)


async def _insist(
    what: str, address: str, step: Callable[[], Awaitable[None]], stop: Stop, condition: Condition
) -> bool:
    for delay in delays():
        if stop.is_set():
            return False
        condition.turn()
        try:
            await step()
        except (BusError, StoreError, OSError) as error:
            condition.away(what, one_line(error))
            log.warning("not_reachable", what=what, address=address, error=one_line(error), retry_in_seconds=delay)
            await pause(stop, delay)
        else:
            condition.there(what)
            return True
    return False


def one_line(error: BaseException) -> str:
    """The first line of an error: what a log line and a row have room for."""
    text = str(error) or type(error).__name__
    return text.splitlines()[0]
