"""What only the Kafka bus does: brokers that are dead, that stop answering, that come back."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator

import psutil
import pytest
from aiokafka import AIOKafkaConsumer
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._config import ConfigResource

from bus import BusError, Consumer, Message, Outgoing, open_bus
from bus.kafka import KafkaBus
from tests.bus.buses import read, send, values
from tests.support.kafka import own_broker

pytestmark = pytest.mark.kafka


def closed_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


async def test_a_dead_broker_is_one_clear_line_within_five_seconds() -> None:
    address = f"127.0.0.1:{closed_port()}"
    bus = open_bus(f"kafka://{address}")
    began = time.monotonic()
    with pytest.raises(BusError) as refused:
        await bus.start(["t"])
    assert time.monotonic() - began < 6
    assert str(refused.value) == f"Kafka at {address} does not answer"
    await bus.close()


async def test_what_cannot_be_delivered_fails_the_flush() -> None:
    bus = KafkaBus(f"127.0.0.1:{closed_port()}", delivery_seconds=1)
    sender = bus.sender()
    await sender.send([Outgoing("t", "a", b"1")])
    with pytest.raises(BusError, match=r"Kafka at 127\.0\.0\.1:"):
        await sender.flush()
    with pytest.raises(BusError, match=r"Kafka at 127\.0\.0\.1:"):
        await sender.send([Outgoing("t", "a", b"2")])
    await bus.close()


async def test_topics_get_the_partitions_that_were_asked_for(kafka_broker: str, topic: str) -> None:
    bus = KafkaBus(kafka_broker, partitions=7)
    await bus.start([topic])
    assert await bus.end_offsets(topic) == dict.fromkeys(range(7), 0)
    await bus.close()


async def test_a_compacted_topic_forgets_a_key_whose_last_message_is_empty(kafka_broker: str, topic: str) -> None:
    bus = KafkaBus(kafka_broker, partitions=1)
    await bus.start([topic], compacted=True)
    await send(bus, [Outgoing(topic, "a", b"")])
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=kafka_broker, auto_offset_reset="earliest")
    await consumer.start()
    record = await consumer.getone()
    await consumer.stop()
    assert (record.key, record.value) == (b"a", None)
    assert await asyncio.to_thread(clean_up_policy, kafka_broker, topic) == "compact"
    await bus.close()


def clean_up_policy(broker: str, topic: str) -> str:
    admin, resource = AdminClient({"bootstrap.servers": broker}), ConfigResource(ConfigResource.Type.TOPIC, topic)
    return str(admin.describe_configs([resource])[resource].result(10)["cleanup.policy"].value)


@pytest.fixture
def frail(kafka_broker: str) -> Iterator[tuple[str, psutil.Process]]:
    """A broker to be ill-treated, and its own process."""
    with own_broker() as (address, process):
        yield address, java_of(process)


def java_of(process: subprocess.Popen[str]) -> psutil.Process:
    (java,) = [c for c in psutil.Process(process.pid).children(recursive=True) if "kafka.Kafka" in c.cmdline()]
    return java


async def test_a_consumer_says_that_the_broker_is_gone_and_goes_on_when_it_is_back(
    frail: tuple[str, psutil.Process], topic: str
) -> None:
    address, java = frail
    bus = KafkaBus(address, lease_seconds=4)
    await bus.start([topic])
    consumer = await bus.subscribe([topic], "group-" + topic)
    await send(bus, [Outgoing(topic, "a", b"1")])
    assert values(await read(consumer, 1)) == [1]
    java.suspend()
    try:
        with pytest.raises(BusError, match="does not answer"):
            await read(consumer, 1)
        with pytest.raises(BusError, match="does not answer"):
            await bus.ping()
    finally:
        java.resume()
    await send(bus, [Outgoing(topic, "a", b"2")])
    assert values(await read_through(consumer, 1)) == [2]
    await consumer.close()
    await bus.close()


async def read_through(consumer: Consumer, count: int) -> list[Message]:
    """Reads on over errors, as a process does."""
    found: list[Message] = []
    until = time.monotonic() + 30
    while len(found) < count and time.monotonic() < until:
        try:
            found += await read(consumer, count - len(found), within=2)
        except BusError:
            await asyncio.sleep(0.2)
    return found


def test_the_broker_ends_with_whoever_started_it(frail: tuple[str, psutil.Process]) -> None:
    _, java = frail
    looked_after_by = java.parent()
    assert looked_after_by is not None
    os.kill(looked_after_by.pid, signal.SIGKILL)
    java.wait(20)
    assert not java.is_running()
