"""The bus of many machines: Apache Kafka. confluent-kafka produces and administers, aiokafka consumes."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final

from confluent_kafka import KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._listoffsets import OffsetSpec
from confluent_kafka.admin._metadata import ClusterMetadata
from confluent_kafka.cimpl import NewTopic

from bus.access import KafkaAccess
from bus.errors import BusError
from bus.kafka_read import KafkaConsumer
from bus.kafka_send import DELIVERY_SECONDS, QUEUE_MESSAGES, KafkaSender, Producing, Reach, refusal
from bus.protocol import OnAssigned

ANSWER_SECONDS: Final = 4.0
PARTITIONS: Final = 4
_BROKER_DEFAULT: Final = -1
_COMPACTED: Final = {"cleanup.policy": "compact"}
_LEADER_MOVES: Final = (
    KafkaError.NOT_LEADER_FOR_PARTITION,
    KafkaError.LEADER_NOT_AVAILABLE,
    KafkaError.UNKNOWN_TOPIC_OR_PART,
)
_SIGN_IN: Final = (KafkaError._AUTHENTICATION, KafkaError._SSL)  # noqa: SLF001 - their public names
_END: Final = OffsetSpec.latest()  # type: ignore[no-untyped-call]  # theirs has no types

_logger = logging.getLogger("bus.librdkafka")
if _logger.level == logging.NOTSET:
    _logger.setLevel(logging.CRITICAL)  # what matters of it is raised as a BusError


class KafkaBus:
    """A connection to the brokers ``host:port[,host:port]``. Replication of new topics is the brokers' default.

    ``lease_seconds``: a consumer that gives no sign for so long loses its partitions. Back-pressure: ``send`` waits
    while ``queue_messages`` are not yet delivered; what is not delivered in ``delivery_seconds`` fails the flush.
    """

    def __init__(
        self,
        servers: str,
        *,
        partitions: int = PARTITIONS,
        lease_seconds: float = 10.0,
        queue_messages: int = QUEUE_MESSAGES,
        delivery_seconds: float = DELIVERY_SECONDS,
        access: KafkaAccess | None = None,
    ) -> None:
        self._servers, self._partitions, self._lease_seconds = servers, partitions, lease_seconds
        self._access = access or KafkaAccess()
        reach: Reach = {"bootstrap.servers": servers, "log.connection.close": False, **self._access.for_librdkafka()}
        self._refused = ""
        told: dict[str, Any] = {**reach, "error_cb": self._noted}
        self._admin = AdminClient(told, logger=_logger)
        self._produce = partial(Producing, reach, queue_messages=queue_messages, delivery_seconds=delivery_seconds)
        self._producing = self._produce()

    async def start(self, topics: Sequence[str], *, compacted: bool = False) -> None:
        """As the protocol says."""
        await asyncio.to_thread(self._start, topics, _COMPACTED if compacted else {})

    def sender(self) -> KafkaSender:
        """As the protocol says. After a fatal error of the producer a new one takes its place."""
        if self._producing.fatal is not None:
            self._producing.abandon()
            self._producing = self._produce()
        return KafkaSender(self._producing)

    async def subscribe(
        self,
        topics: Sequence[str],
        group: str | None,
        *,
        from_start: bool = True,
        on_assigned: OnAssigned | None = None,
    ) -> KafkaConsumer:
        """As the protocol says."""
        partitions = [(t, part) for t in topics for part in await asyncio.to_thread(self._parts, t)]
        consumer = KafkaConsumer(
            {"bootstrap_servers": self._servers, **self._access.for_aiokafka()},
            group,
            from_start=from_start,
            lease_seconds=self._lease_seconds,
            on_assigned=on_assigned,
        )
        await consumer.open(topics, partitions)
        return consumer

    async def end_offsets(self, topic: str) -> Mapping[int, int]:
        """As the protocol says."""
        return await asyncio.to_thread(self._ends, topic)

    async def ping(self) -> None:
        """As the protocol says."""
        await asyncio.to_thread(self._metadata)

    async def close(self) -> None:
        """As the protocol says."""
        await self._producing.close()

    def _start(self, topics: Sequence[str], config: Mapping[str, str]) -> None:
        missing = set(topics) - self._metadata().topics.keys()
        if missing:
            self._create(missing, config)
            self._wait_for_leaders(missing)

    def _create(self, topics: set[str], config: Mapping[str, str]) -> None:
        new = [
            NewTopic(topic, self._partitions, replication_factor=_BROKER_DEFAULT, config=dict(config))
            for topic in topics
        ]
        for made in self._admin.create_topics(new, request_timeout=ANSWER_SECONDS).values():
            try:
                made.result()
            except KafkaException as error:
                if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                    raise refusal(self._servers, error.args[0]) from error

    def _wait_for_leaders(self, topics: set[str]) -> None:
        until = time.monotonic() + ANSWER_SECONDS
        while not all(_led(self._metadata(), topic) for topic in topics):
            if time.monotonic() > until:
                raise BusError(f"Kafka at {self._servers}: new topics have no leader yet")
            time.sleep(0.05)

    def _parts(self, topic: str) -> list[int]:
        known = self._metadata().topics.get(topic)
        if known is None or not known.partitions:
            raise BusError(f"the bus has no topic {topic!r}")
        return sorted(known.partitions)

    def _ends(self, topic: str) -> dict[int, int]:
        wanted = {TopicPartition(topic, part): _END for part in self._parts(topic)}
        until = time.monotonic() + ANSWER_SECONDS
        while True:
            try:
                answers = self._admin.list_offsets(wanted, request_timeout=ANSWER_SECONDS)
                return {place.partition: answer.result().offset for place, answer in answers.items()}
            except KafkaException as error:
                if error.args[0].code() not in _LEADER_MOVES or time.monotonic() > until:
                    raise refusal(self._servers, error.args[0]) from error
                time.sleep(0.05)

    def _metadata(self) -> ClusterMetadata:
        try:
            return self._admin.list_topics(timeout=ANSWER_SECONDS)
        except KafkaException as error:
            self._admin.poll(0)  # hands out what _noted is told
            raise BusError(f"Kafka at {self._servers} {self._refused or 'does not answer'}") from error

    def _noted(self, error: KafkaError) -> None:
        """The library tells here only why nobody answers, once for each try."""
        if error.code() in _SIGN_IN:
            reason = error.str().partition(": ")[2] or error.str()
            self._refused = f"refuses us: {reason.partition(' (after')[0]}"


def _led(cluster: ClusterMetadata, topic: str) -> bool:
    known = cluster.topics.get(topic)
    return known is not None and bool(known.partitions) and all(p.leader >= 0 for p in known.partitions.values())
