"""Sending to Kafka through librdkafka: one producer a process, one sender a unit of work."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Mapping, Sequence
from typing import Final

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from bus.errors import BusError, MessageTooLargeError, UndeliveredError
from bus.protocol import MAX_MESSAGE_BYTES, Outgoing, Position
from bus.sizes import check_sizes

QUEUE_MESSAGES: Final = 100_000
QUEUE_KIB: Final = 64 << 10
DELIVERY_SECONDS: Final = 60.0
_TURN_MESSAGES: Final = 500
_PAUSE_SECONDS: Final = 0.005
_librdkafka = logging.getLogger("bus.librdkafka")


Reach = dict[str, str | int | float | bool]
"""Where the brokers are and how to sign in, in the words of librdkafka."""


class Producing:
    """The producer and the thread that hands out its delivery reports. Memory is bounded by its queue."""

    def __init__(self, reach: Reach, *, queue_messages: int, delivery_seconds: float) -> None:
        self.servers = str(reach["bootstrap.servers"])
        self.fatal: KafkaError | None = None
        """What ended the producer for good: a new one is needed."""
        self._producer = Producer(
            {
                **reach,
                "enable.idempotence": True,
                "acks": "all",
                "compression.type": "lz4",
                "linger.ms": 5,
                "partitioner": "murmur2_random",
                "message.max.bytes": MAX_MESSAGE_BYTES + 40_000,
                "queue.buffering.max.messages": queue_messages,
                "queue.buffering.max.kbytes": QUEUE_KIB,
                "delivery.timeout.ms": round(delivery_seconds * 1000),
            },
            logger=_librdkafka,
        )
        self._stopping = threading.Event()
        self._reports = threading.Thread(target=self._poll, name="bus-kafka-reports", daemon=True)
        self._reports.start()

    def produce(self, message: Outgoing, reported: Report) -> bool:
        """Queue one message; False, and nothing queued, when the queue is full. Raises ``BusError``."""
        try:
            self._producer.produce(
                message.topic,
                message.value or None,
                message.key,
                headers=list(message.headers.items()),
                on_delivery=reported,
            )
        except BufferError:
            return False
        except KafkaException as error:
            raise refusal(self.servers, error.args[0]) from error
        return True

    async def close(self) -> None:
        """Send what is queued, then let go."""
        await asyncio.to_thread(self._producer.flush, 10)
        self._stopping.set()
        await asyncio.to_thread(self._reports.join)

    def abandon(self) -> None:
        """Stop handing out reports; nothing that is queued will be sent."""
        self._stopping.set()

    def _poll(self) -> None:
        while not self._stopping.is_set():
            try:
                self._producer.poll(0.1)
            except KafkaException as error:  # raised for what is fatal only, and for what a report raised
                self.fatal = error.args[0]


class Report:
    """Counts delivery reports of one sender; called in the thread of the producer."""

    def __init__(self) -> None:
        self.count = 0
        self.error: KafkaError | None = None
        self.highest: dict[Position, int] = {}

    def __call__(self, error: KafkaError | None, message: Message) -> None:
        """One message was delivered, or never will be. Without its offset nobody can tell when it is stored."""
        offset = message.offset()
        if error is None and (offset is None or offset < 0):
            error = KafkaError(KafkaError._NO_OFFSET, "delivered, but the offset is not known")  # noqa: SLF001 - its public name
        if error is None and offset is not None:
            self._delivered((message.topic() or "", message.partition() or 0), offset)
        self.error = self.error or error
        self.count += 1

    def _delivered(self, place: Position, offset: int) -> None:
        self.highest[place] = max(offset, self.highest.get(place, -1))


class KafkaSender:
    """Sends for one unit of work. After an error it stays broken: the unit is repeated with a new one."""

    def __init__(self, producing: Producing) -> None:
        self._producing, self._report, self._queued = producing, Report(), 0

    async def send(self, messages: Sequence[Outgoing]) -> None:
        """As the protocol says."""
        check_sizes(messages)
        for message in messages:
            self._check()
            while not self._producing.produce(message, self._report):
                await asyncio.sleep(_PAUSE_SECONDS)
                self._check()
            self._queued += 1
            if self._queued % _TURN_MESSAGES == 0:
                await asyncio.sleep(0)

    async def flush(self) -> Mapping[Position, int]:
        """As the protocol says."""
        while self._report.count < self._queued:
            self._check()
            await asyncio.sleep(_PAUSE_SECONDS)
        self._check()
        return dict(self._report.highest)

    def _check(self) -> None:
        error = self._producing.fatal or self._report.error
        if error is not None:
            raise refusal(self._producing.servers, error, UndeliveredError)


def refusal(servers: str, error: KafkaError, kind: type[BusError] = BusError) -> BusError:
    """What librdkafka said, as ours."""
    kind = MessageTooLargeError if error.code() == KafkaError.MSG_SIZE_TOO_LARGE else kind
    return kind(f"Kafka at {servers}: {error.str()}")
