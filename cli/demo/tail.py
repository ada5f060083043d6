"""The live tail of ``sentinel.events`` during the demo: a few of them, at a pace that can be read."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from bus import Consumer

LINES_A_SECOND: Final = 5
TELLING: Final = frozenset({"waste", "security"})
"""Where a batch has one of these, it is shown."""


async def show_events(bus_url: str, say: Callable[[str], None]) -> None:
    """Until cancelled: some of the events as they pass, and how many have passed."""
    from bus import open_bus
    from schemas.topics import EVENTS

    bus = open_bus(bus_url)
    await bus.start([EVENTS])
    try:
        consumer = await bus.subscribe([EVENTS], None, from_start=True)
        try:
            await _show(consumer, say)
        finally:
            await consumer.close()
    finally:
        await bus.close()


async def _show(consumer: Consumer, say: Callable[[str], None]) -> None:
    from schemas.event import decode

    seen = 0
    while True:
        events = [decode(message.value) for message in await consumer.fetch(500, timeout=0.5)]
        if events:
            seen += len(events)
            shown = next((event for event in events if event.category in TELLING), events[-1])
            say(f"sentinel.events {seen:>7,}  {shown.type}  {shown.subject}")
            await asyncio.sleep(1 / LINES_A_SECOND)
