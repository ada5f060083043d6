"""How much our bus costs over the bare client: ``python -m benchmarks.bus [--kafka HOST:PORT]``.

Messages of 1,000 bytes in batches of 100, as a scan sends them. Each line: messages a second through our bus, through
the bare client in the same run, and ours as a part of bare (1.00 = our bus costs nothing).
"""

from __future__ import annotations

import argparse
import asyncio
import sqlite3
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from uuid import uuid4

from confluent_kafka import Producer

from bus import Bus, Outgoing, open_bus
from bus.sqlite_file import open_file

BATCH = 100
BODY = b"x" * 1000
ROUNDS = 3
Timed = Callable[[], Awaitable[None]]


def batches(topic: str, count: int) -> list[list[Outgoing]]:
    headers = {"content-type": "application/cloudevents+json"}
    return [[Outgoing(topic, f"k{n + i}", BODY, headers) for i in range(BATCH)] for n in range(0, count, BATCH)]


async def through_bus(bus: Bus, work: list[list[Outgoing]]) -> None:
    sender = bus.sender()
    for batch in work:
        await sender.send(batch)
    await sender.flush()


async def read_all(bus: Bus, topic: str, count: int) -> None:
    consumer = await bus.subscribe([topic], f"group-{uuid4().hex}")
    while count > 0:
        messages = await consumer.fetch()
        count -= len(messages)
        await consumer.commit({(m.topic, m.partition): m.offset + 1 for m in messages})
    await consumer.close()


async def bare_append(path: Path, work: list[list[Outgoing]]) -> None:
    connection = open_file(path)
    for number, batch in enumerate(work):
        rows = [(m.topic, i % 4, number * BATCH + i, m.key, m.value, "{}", 0.0) for i, m in enumerate(batch)]
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT INTO log VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
        connection.execute("COMMIT")
    connection.close()


async def bare_read(path: Path, topic: str) -> None:
    connection = sqlite3.connect(path)
    for part in range(4):
        cursor = connection.execute("SELECT * FROM log WHERE topic = ? AND part = ? ORDER BY off", (topic, part))
        while cursor.fetchmany(2000):
            pass
    connection.close()


def bare_producer(servers: str) -> Producer:
    return Producer(
        {"bootstrap.servers": servers, "enable.idempotence": True, "compression.type": "lz4", "linger.ms": 5}
    )


async def bare_produce(producer: Producer, work: list[list[Outgoing]]) -> None:
    for batch in work:
        for message in batch:
            while True:
                try:
                    producer.produce(message.topic, message.value, message.key, headers=list(message.headers.items()))
                    break
                except BufferError:
                    producer.poll(0.01)
        producer.poll(0)
    producer.flush()


async def seconds(work: Timed) -> float:
    began = time.perf_counter()
    await work()
    return time.perf_counter() - began


async def compare(name: str, count: int, ours: Callable[[], Timed], bare: Callable[[], Timed]) -> None:
    """The medians of interleaved rounds."""
    pairs = [(await seconds(ours()), await seconds(bare())) for _ in range(ROUNDS)]
    mine, floor = (sorted(times)[ROUNDS // 2] for times in zip(*pairs, strict=True))
    print(f"{name:<16} {count / mine:>9,.0f}/s   bare {count / floor:>9,.0f}/s   {floor / mine:.2f} of the bare rate")


async def sqlite(folder: Path, count: int) -> None:
    bus = open_bus(f"sqlite:///{folder / 'bus.sqlite'}")
    work = batches("t", count)
    await bus.start(["t", "read"])
    await compare(
        "SQLite append",
        count,
        lambda: lambda: through_bus(bus, work),
        lambda: lambda: bare_append(folder / f"{uuid4().hex}.sqlite", work),
    )
    await through_bus(bus, batches("read", count))
    await compare(
        "SQLite read",
        count,
        lambda: lambda: read_all(bus, "read", count),
        lambda: lambda: bare_read(folder / "bus.sqlite", "read"),
    )
    await bus.close()


async def kafka(servers: str, count: int) -> None:
    bus = open_bus(f"kafka://{servers}")
    topic = f"bench-{uuid4().hex[:8]}"
    await bus.start([topic])
    work = batches(topic, count)
    producer = bare_producer(servers)
    await through_bus(bus, work)
    await bare_produce(producer, work)
    await compare(
        "Kafka produce",
        count,
        lambda: lambda: through_bus(bus, work),
        lambda: lambda: bare_produce(producer, work),
    )
    stored = sum((await bus.end_offsets(topic)).values())
    print(f"stored {stored:,} of {2 * (ROUNDS + 1) * count:,} sent")
    await bus.close()


async def main() -> None:
    parser = argparse.ArgumentParser(description="What our bus costs over the bare client.")
    parser.add_argument("--kafka", metavar="HOST:PORT", help="also measure Kafka at this broker")
    parser.add_argument("--count", type=int, default=50_000, help="messages a round")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        await sqlite(Path(folder), options.count)
    if options.kafka:
        await kafka(options.kafka, options.count)


if __name__ == "__main__":
    asyncio.run(main())
