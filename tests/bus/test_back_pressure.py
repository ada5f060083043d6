"""A sender that is faster than the rest waits; nothing is lost and memory is bounded."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bus.kafka import KafkaBus
from bus.sqlite import SqliteBus
from bus.sqlite_log import ABANDONED_SECONDS
from tests.bus.buses import numbered, read, values

KEYS = [f"key-{n}" for n in range(20)]


class Clock:
    """Stands still until it is set."""

    def __init__(self, now: float = 1_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


@pytest.mark.kafka
async def test_a_full_queue_makes_the_sender_wait_and_loses_nothing(kafka_broker: str, topic: str) -> None:
    bus = KafkaBus(kafka_broker, queue_messages=20)
    await bus.start([topic])
    sender = bus.sender()
    await sender.send(numbered(topic, KEYS, 3000))
    told = await sender.flush()
    assert sum(offset + 1 for offset in told.values()) == 3000
    consumer = await bus.subscribe([topic], None)
    assert sorted(values(await read(consumer, 3000))) == list(range(3000))
    await consumer.close()
    await bus.close()


async def test_a_sender_waits_for_a_lagging_group_and_goes_on_when_it_reads(tmp_path: Path, topic: str) -> None:
    bus = SqliteBus(tmp_path / "bus.sqlite", max_lag=100)
    await bus.start([topic])
    consumer = await bus.subscribe([topic], "store")
    sender = bus.sender()
    await sender.send(numbered(topic, KEYS, 101))
    waiting = asyncio.create_task(sender.send([m for m in numbered(topic, KEYS, 301) if int(m.value) > 100]))
    await asyncio.sleep(0.3)
    assert not waiting.done()
    assert sum((await bus.end_offsets(topic)).values()) == 101
    messages = await read(consumer, 301)
    await waiting
    assert sorted(values(messages)) == list(range(301))
    await consumer.close()
    await bus.close()


async def test_a_cancelled_wait_sends_nothing(tmp_path: Path, topic: str) -> None:
    bus = SqliteBus(tmp_path / "bus.sqlite", max_lag=0)
    await bus.start([topic])
    consumer = await bus.subscribe([topic], "store")
    await bus.sender().send(numbered(topic, KEYS, 1))
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(bus.sender().send(numbered(topic, KEYS, 1)), 0.2)
    assert sum((await bus.end_offsets(topic)).values()) == 1
    await consumer.close()
    await bus.close()


async def test_without_a_group_nobody_waits(tmp_path: Path, topic: str) -> None:
    bus = SqliteBus(tmp_path / "bus.sqlite", max_lag=0)
    await bus.start([topic, "other"])
    other = await bus.subscribe(["other"], "store")
    tail = await bus.subscribe([topic], None)
    await bus.sender().send(numbered(topic, KEYS, 2500))
    assert sum((await bus.end_offsets(topic)).values()) == 2500
    await asyncio.gather(other.close(), tail.close())
    await bus.close()


async def test_an_abandoned_group_holds_nobody_back_and_keeps_its_position(tmp_path: Path, topic: str) -> None:
    clock = Clock()
    bus = SqliteBus(tmp_path / "bus.sqlite", max_lag=10, elapsed=clock)
    await bus.start([topic])
    consumer = await bus.subscribe([topic], "store")
    await consumer.close()
    await bus.sender().send(numbered(topic, KEYS, 40))
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(bus.sender().send(numbered(topic, KEYS, 1)), 0.2)
    clock.now += ABANDONED_SECONDS + 1
    await bus.sender().send(numbered(topic, KEYS, 1))
    again = await bus.subscribe([topic], "store")
    assert len(await read(again, 41)) == 41
    await again.close()
    await bus.close()


async def test_what_retention_took_holds_nobody_back(tmp_path: Path, topic: str) -> None:
    clock = Clock()
    bus = SqliteBus(tmp_path / "bus.sqlite", max_lag=10, retention_hours=1, clock=clock)
    await bus.start([topic])
    consumer = await bus.subscribe([topic], "store")
    await bus.sender().send(numbered(topic, KEYS, 40))
    clock.now += 3601
    await bus.drop_expired()
    assert await consumer.fetch(timeout=0) == []
    await asyncio.wait_for(bus.sender().send(numbered(topic, KEYS, 5)), 5)
    assert sorted(values(await read(consumer, 5))) == [0, 1, 2, 3, 4]
    assert set((await consumer.lag()).values()) == {0}
    await consumer.close()
    await bus.close()
