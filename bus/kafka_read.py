"""Reading from Kafka through aiokafka, with the promises of our protocol kept where its own are weaker."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError

from bus.errors import BusError
from bus.protocol import Message, OnAssigned, Position

Records = dict[TopicPartition, list[ConsumerRecord]]

ANSWER_SECONDS: Final = 5.0
GRACE_SECONDS: Final = 10.0
"""How long a rebalance waits for the commit of what was handed out."""

_PROOF_SECONDS: Final = 3.0
_REBALANCE_SECONDS: Final = 30.0

_stopping: Final[set[asyncio.Task[None]]] = set()
"""Consumers that are closed and still leave."""

if (_logger := logging.getLogger("aiokafka")).level == logging.NOTSET:
    _logger.setLevel(logging.CRITICAL)  # what matters of it is raised as a BusError


class KafkaConsumer(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka has no types
    """A member of a group, or alone over given partitions."""

    def __init__(
        self,
        reach: Mapping[str, Any],
        group: str | None,
        *,
        from_start: bool,
        lease_seconds: float,
        on_assigned: OnAssigned | None,
    ) -> None:
        self._servers, self._alone = str(reach["bootstrap_servers"]), group is None
        self._from_start, self._on_assigned = from_start, on_assigned
        self._fresh: set[TopicPartition] = set()
        self._handed_out: dict[TopicPartition, int] = {}
        self._committed: dict[TopicPartition, int] = {}
        self._settled = asyncio.Event()
        self._settled.set()
        self._proved = 0.0
        self._consumer = AIOKafkaConsumer(
            **reach,
            group_id=group,
            enable_auto_commit=False,
            auto_offset_reset="earliest" if from_start else "latest",
            session_timeout_ms=round(lease_seconds * 1000),
            heartbeat_interval_ms=round(min(1.0, lease_seconds / 4) * 1000),
            rebalance_timeout_ms=round(_REBALANCE_SECONDS * 1000),
        )

    async def open(self, topics: Sequence[str], partitions: Iterable[Position] = ()) -> None:
        """Join the group for ``topics``, or take ``partitions`` when alone."""
        try:
            async with self._answering():
                await self._consumer.start()
                if self._alone:
                    await self._take([TopicPartition(*place) for place in partitions])
                else:
                    self._consumer.subscribe(list(topics), listener=self)
        except BaseException:
            await self.close()
            raise

    async def fetch(self, max_messages: int = 2000, timeout: float = 1.0) -> Sequence[Message]:
        """As the protocol says."""
        until = time.monotonic() + timeout
        while True:
            await self._welcome()
            records = await self._records(max_messages, max(0.0, until - time.monotonic()))
            if self._fresh:
                self._put_back(records)
            elif records:
                return [_message(record) for batch in records.values() for record in batch]
            if time.monotonic() >= until:
                await self._prove()
                return []

    async def commit(self, positions: Mapping[Position, int]) -> None:
        """As the protocol says."""
        if self._alone:
            return
        async with self._answering():
            ours = self._consumer.assignment()
            wanted = {TopicPartition(*place): offset for place, offset in positions.items()}
            ahead = {tp: n for tp, n in wanted.items() if tp in ours and n > await self._committed_offset(tp)}
            if ahead:
                await self._commit(ahead)
        self._settle(wanted)

    async def seek(self, positions: Mapping[Position, int]) -> None:
        """As the protocol says."""
        ours = self._consumer.assignment()
        for place, offset in positions.items():
            if (tp := TopicPartition(*place)) in ours:
                self._consumer.seek(tp, offset)

    def assigned(self) -> frozenset[Position]:
        """As the protocol says."""
        return frozenset((tp.topic, tp.partition) for tp in self._consumer.assignment())

    async def lag(self) -> Mapping[Position, int]:
        """As the protocol says."""
        async with self._answering():
            ends = await self._consumer.end_offsets(list(self._consumer.assignment()))
            return {(tp.topic, tp.partition): end - await self._consumer.position(tp) for tp, end in ends.items()}

    async def close(self) -> None:
        """As the protocol says. What hangs because the brokers are away goes on behind us, and is never cut off."""
        self._settled.set()
        stopping = asyncio.create_task(self._stop(), name="bus-kafka-stop")
        _stopping.add(stopping)
        stopping.add_done_callback(_stopping.discard)
        await asyncio.wait({stopping}, timeout=ANSWER_SECONDS)

    async def on_partitions_revoked(self, _revoked: Iterable[TopicPartition]) -> None:
        """A rebalance begins: what was handed out is finished first, so that nobody gets it twice."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(GRACE_SECONDS):
                await self._settled.wait()
        self._fresh.clear()
        self._committed.clear()
        self._handed_out.clear()
        self._settled.set()

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """A rebalance has ended."""
        self._fresh = set(assigned) if self._on_assigned else set()

    async def _stop(self) -> None:
        """The client gives up half-way, by a cancellation of its own, when it is stopped without brokers."""
        try:
            await self._consumer.stop()
        except asyncio.CancelledError:
            if _is_cancelled():
                raise
            await self._consumer._client.close()  # noqa: SLF001 - what ``stop`` did not come to
        except KafkaError as error:
            _logger.warning("not stopped well: %s", error)

    async def _take(self, partitions: list[TopicPartition]) -> None:
        """All at once, from where we say now: aiokafka would look up the end only at the first fetch."""
        self._consumer.assign(partitions)
        self._fresh = set(partitions) if self._on_assigned else set()
        look = self._consumer.beginning_offsets if self._from_start else self._consumer.end_offsets
        for tp, offset in (await look(partitions)).items():
            self._consumer.seek(tp, offset)

    async def _welcome(self) -> None:
        """Asks where to read on in new partitions, and again when they change meanwhile."""
        while self._fresh and self._on_assigned:
            fresh = frozenset(self._fresh)
            positions = await self._on_assigned(frozenset((tp.topic, tp.partition) for tp in fresh))
            if fresh == self._fresh:
                await self.seek(positions)
                self._fresh.clear()

    async def _records(self, limit: int, timeout: float) -> Records:
        """What was fetched; nothing when a rebalance takes longer than ``timeout``."""
        try:
            async with asyncio.timeout(timeout + 0.1):
                records: Records = await self._consumer.getmany(timeout_ms=round(timeout * 1000), max_records=limit)
        except TimeoutError:
            return {}
        except asyncio.CancelledError as error:
            if _is_cancelled():
                raise
            raise self._silence() from error
        except KafkaError as error:
            raise self._refusal(error) from error
        if records and not self._alone:
            self._handed_out |= {tp: batch[-1].offset + 1 for tp, batch in records.items()}
            self._settled.clear()
        if records:
            self._proved = time.monotonic()
        return records

    def _put_back(self, records: Records) -> None:
        """They came with new partitions that nobody welcomed yet."""
        for tp, batch in records.items():
            with contextlib.suppress(IllegalStateError):
                self._consumer.seek(tp, batch[0].offset)
        self._settle({tp: batch[-1].offset + 1 for tp, batch in records.items()})

    async def _commit(self, offsets: dict[TopicPartition, int]) -> None:
        """Refused by the brokers when the group has moved on without us: then others read it again."""
        with contextlib.suppress(CommitFailedError, IllegalStateError):
            await self._consumer.commit(offsets)
            self._committed |= offsets

    async def _committed_offset(self, tp: TopicPartition) -> int:
        if tp not in self._committed:
            self._committed[tp] = await self._consumer.committed(tp) or 0
        return self._committed[tp]

    def _settle(self, offsets: Mapping[TopicPartition, int]) -> None:
        for tp, offset in offsets.items():
            if self._handed_out.get(tp, offset + 1) <= offset:
                del self._handed_out[tp]
        if not self._handed_out:
            self._settled.set()

    async def _prove(self) -> None:
        """An empty answer may mean that nobody is there: aiokafka tries for ever and says nothing."""
        if time.monotonic() - self._proved < _PROOF_SECONDS:
            return
        async with self._answering():
            await self._consumer.topics()
        self._proved = time.monotonic()

    @contextlib.asynccontextmanager
    async def _answering(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                yield
        except (TimeoutError, asyncio.CancelledError) as error:
            if isinstance(error, asyncio.CancelledError) and _is_cancelled():
                raise
            raise self._silence() from error
        except KafkaError as error:
            raise self._refusal(error) from error

    def _silence(self) -> BusError:
        return BusError(f"Kafka at {self._servers} does not answer")

    def _refusal(self, error: KafkaError) -> BusError:
        return BusError(f"Kafka at {self._servers}: {error}")


def _is_cancelled() -> bool:
    """Whether somebody asked for the end of the task that runs here. If not, aiokafka let out one of its own."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _message(record: ConsumerRecord) -> Message:
    return Message(
        record.topic,
        record.partition,
        record.offset,
        _text(record.key),
        record.value or b"",
        datetime.fromtimestamp(record.timestamp / 1000, UTC),
        {name: _text(value) for name, value in record.headers},
    )


def _text(value: bytes | None) -> str:
    return (value or b"").decode(errors="replace")
