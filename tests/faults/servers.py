"""A Kafka broker that can be paused, killed and started again with what it had, and what a run stands on."""

from __future__ import annotations

import asyncio
import secrets
import signal
import sqlite3
import subprocess
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient
from sqlalchemy import make_url

from demo_cloud.kafka_broker import Broker
from schemas.topics import TOPICS
from tests.support.postgres import Server, in_thread

BROKER_SECONDS = 60.0


class MortalBroker(Broker):
    """A broker whose process comes and goes, with one port and one data folder."""

    _command: Sequence[str] = ()

    def _spawn(self, command: Sequence[str]) -> subprocess.Popen[bytes]:
        self._command = command
        return super()._spawn(command)

    def signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def pause(self) -> None:
        """It takes what the network brings, and answers nobody."""
        self.signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self.signal(signal.SIGCONT)

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def revive(self) -> None:
        """The same broker again. From the main thread."""
        self._process = self._spawn(self._command)
        assert self._wait(int(self.address.rsplit(":", 1)[1])), self._log().read_text(errors="replace")[-2000:]

    def wipe(self) -> None:
        """As new: no topic, and nothing committed of those that were there."""
        admin = AdminClient({"bootstrap.servers": self.address})
        gone = [topic for topic in admin.list_topics(timeout=10).topics if topic in TOPICS]
        for deleted in admin.delete_topics(gone, operation_timeout=10).values() if gone else ():
            deleted.result()
        until = time.monotonic() + BROKER_SECONDS
        while admin.list_topics(timeout=10).topics.keys() & set(TOPICS):
            if time.monotonic() > until:
                raise TimeoutError
            time.sleep(0.05)


@dataclass(frozen=True)
class Place:
    """The bus and the store of one run, empty at its beginning."""

    bus: str
    store: str
    broker: MortalBroker | None = None
    server: Server | None = None

    @asynccontextmanager
    async def bus_held(self) -> AsyncIterator[None]:
        """Nobody can add to the bus: SQLite is locked, Kafka stands still."""
        if self.broker is None:
            connection = sqlite3.connect(self.bus.removeprefix("sqlite:///"), isolation_level=None, timeout=30)
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            finally:
                connection.close()
        else:
            self.broker.pause()
            try:
                yield
            finally:
                self.broker.go_on()


def embedded(home: Path) -> Place:
    """Two files."""
    return Place(f"sqlite:///{home / 'bus.sqlite'}", f"sqlite:///{home / 'store.sqlite'}")


@contextmanager
def on_servers(broker: MortalBroker | None, server: Server | None) -> Iterator[Place]:
    """A wiped broker and a new database; an empty address where there is no such server."""
    if broker is not None:
        broker.wipe()
    bus = "" if broker is None else f"kafka://{broker.address}"
    if server is None:
        yield Place(bus, "", broker)
        return
    name = f"faults_{secrets.token_hex(4)}"
    in_thread(_execute(server, f"CREATE DATABASE {name} TEMPLATE template0"))
    url = make_url(server.address).set(database=name).render_as_string(hide_password=False)
    try:
        yield Place(bus, url, broker, server)
    finally:
        in_thread(_execute(server, f"DROP DATABASE {name} WITH (FORCE)"))


async def _execute(server: Server, statement: str) -> None:
    connection = await asyncpg.connect(server.address)
    await connection.execute(statement)
    await connection.close()


async def committed(place: Place, group: str, topic: str) -> dict[int, int]:
    """The next offset that a group would read, by partition; 0 where it committed nothing."""
    return await asyncio.to_thread(_committed, place, group, topic)


def _committed(place: Place, group: str, topic: str) -> dict[int, int]:
    if place.broker is None:
        with sqlite3.connect(place.bus.removeprefix("sqlite:///")) as connection:
            rows = connection.execute("SELECT part, next FROM offsets WHERE grp = ? AND topic = ?", (group, topic))
            return {int(part): int(offset) for part, offset in rows.fetchall()}
    from confluent_kafka import ConsumerGroupTopicPartitions

    admin = AdminClient({"bootstrap.servers": place.broker.address})
    try:
        answer = admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group)])[group].result()
    except KafkaException:
        return {}
    return {tp.partition: max(0, tp.offset) for tp in answer.topic_partitions if tp.topic == topic}
