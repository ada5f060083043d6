"""The live tail of ``sentinel.events`` during the demo: a few of them, at a pace that can be read."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

LINES_A_SECOND: Final = 8


async def show_events(bus_url: str, say: Callable[[str], None]) -> None:
    """Until cancelled: some of the events as they pass, and how many passed in between."""
    from bus import open_bus
    from schemas.topics import EVENTS

    bus = open_bus(bus_url)
    await bus.start([EVENTS])
    try:
        consumer = await bus.subscribe([EVENTS], None, from_start=True)
        seen = 0
        while True:
            messages = await consumer.fetch(500, timeout=0.5)
            seen += len(messages)
            if messages:
                say(_line(messages[-1].value, seen))
                await asyncio.sleep(1 / LINES_A_SECOND)
    finally:
        await bus.close()


def _line(body: bytes, seen: int) -> str:
    from schemas.event import decode

    event = decode(body)
    return f"sentinel.events {seen:>7,}  {event.type}  {event.subject}"
