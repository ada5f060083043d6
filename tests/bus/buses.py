"""Buses to test, by address, with leases short enough for tests."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Any

from bus import Bus, Consumer, Message, Outgoing, Position
from bus.kafka import KafkaBus
from bus.sqlite import SqliteBus

LEASE_SECONDS = 1.5


def bus_at(address: str, **options: Any) -> Bus:
    if address.startswith("/"):
        return SqliteBus(address, lease_seconds=LEASE_SECONDS, **options)
    return KafkaBus(address, lease_seconds=LEASE_SECONDS, **options)


def numbered(topic: str, keys: Sequence[str], count: int) -> list[Outgoing]:
    """``count`` messages over ``keys`` in turn; the value is the number."""
    return [Outgoing(topic, keys[n % len(keys)], str(n).encode()) for n in range(count)]


async def send(bus: Bus, messages: Sequence[Outgoing]) -> dict[Position, int]:
    sender = bus.sender()
    await sender.send(messages)
    return dict(await sender.flush())


async def read(consumer: Consumer, count: int, *, within: float = 15.0, commit: bool = True) -> list[Message]:
    """Fetches until ``count`` messages are there, or the time is over."""
    messages: list[Message] = []
    until = time.monotonic() + within
    while len(messages) < count and time.monotonic() < until:
        batch = await consumer.fetch(timeout=0.3)
        messages += batch
        if commit and batch:
            await consumer.commit(behind(batch))
    return messages


async def wait_for_partitions(count: int, *consumers: Consumer, within: float = 15.0) -> None:
    """Fetches with all of them until each has ``count``."""
    until = time.monotonic() + within
    while {len(c.assigned()) for c in consumers} != {count}:
        assert time.monotonic() < until, [sorted(c.assigned()) for c in consumers]
        await asyncio.gather(*(c.fetch(timeout=0.1) for c in consumers))


def behind(messages: Sequence[Message]) -> dict[Position, int]:
    """The positions after these messages."""
    return {(m.topic, m.partition): m.offset + 1 for m in messages}


def values(messages: Sequence[Message]) -> list[int]:
    return [int(m.value) for m in messages]
