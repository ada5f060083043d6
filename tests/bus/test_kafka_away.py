"""Brokers that go away while a consumer reads: it says so, lets go, and the next one reads on."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from bus import BusError, Consumer, Outgoing, open_bus
from tests.faults.servers import MortalBroker

pytestmark = [pytest.mark.kafka, pytest.mark.slow, pytest.mark.timeout(120)]


@pytest.fixture
def broker(kafka_means: None) -> Iterator[MortalBroker]:
    with MortalBroker() as running:
        yield running


async def read(consumer: Consumer, count: int) -> list[bytes]:
    async with asyncio.timeout(60):
        found: list[bytes] = []
        while len(found) < count:
            found += [message.value for message in await consumer.fetch(timeout=0.2)]
        return found


async def read_until_refused(consumer: Consumer) -> None:
    async with asyncio.timeout(60):
        while True:
            assert await consumer.fetch(timeout=0.2) == []


async def test_a_consumer_of_dead_brokers_ends_and_the_next_one_reads_on(broker: MortalBroker) -> None:
    bus = open_bus(f"kafka://{broker.address}")
    await bus.start(["away"])
    consumer = await bus.subscribe(["away"], "group")
    sender = bus.sender()
    await sender.send([Outgoing("away", str(number), b"before") for number in range(20)])
    await sender.flush()
    assert len(await read(consumer, 20)) == 20
    broker.kill()
    with pytest.raises(BusError):
        await read_until_refused(consumer)
    await consumer.close()
    broker.revive()
    await sender.send([Outgoing("away", str(number), b"after") for number in range(20)])
    again = await bus.subscribe(["away"], "group")
    assert (await read(again, 40)).count(b"after") == 20  # nothing was committed
    await again.close()
    await bus.close()
