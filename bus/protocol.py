"""What a bus promises. SQLite and Kafka keep the same promises, checked by one contract suite.

Order holds within a partition, and a key always goes to the same partition. Delivery is at least once: a consumer
that dies before ``commit`` gets the messages again. A message is never lost between ``flush`` and retention.

While nobody dies, the members of a group get each message once: a partition moves to another member only when its
messages were committed, or after a grace of some seconds.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Protocol

Position = tuple[str, int]
"""A topic and a partition."""

OnAssigned = Callable[[frozenset[Position]], Awaitable[Mapping[Position, int]]]
"""Told which partitions became ours; answers from which offsets to read on. Those left out go on as committed."""

MAX_MESSAGE_BYTES: Final = 1_000_000
"""Limit of key, value and headers together."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message as it was read. ``offset`` grows by partition; it may have holes."""

    topic: str
    partition: int
    offset: int
    key: str
    value: bytes
    timestamp: datetime
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message to send. An empty ``value`` is the tombstone of its key; on Kafka it travels as null."""

    topic: str
    key: str
    value: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


class Sender(Protocol):
    """Sends for one unit of work (a task): it knows the offsets of its own messages only."""

    async def send(self, messages: Sequence[Outgoing]) -> None:
        """Hand over a batch, in order. Waits while the bus is full (back-pressure).

        Raises ``MessageTooLargeError`` before anything of the batch is sent, ``UndeliveredError`` when earlier
        messages of this sender are lost, else ``BusError``: the same batch may be sent again.
        """

    async def flush(self) -> Mapping[Position, int]:
        """Wait until all that was sent is durable; the highest offset by topic and partition. Raises ``BusError``."""


class Consumer(Protocol):
    """Reads topics, as a member of a group or alone over all partitions."""

    async def fetch(self, max_messages: int = 2000, timeout: float = 1.0) -> Sequence[Message]:
        """Up to ``max_messages``; waits up to ``timeout`` seconds for the first. Empty when there is nothing.

        Raises ``BusError`` when the bus cannot be reached; calling again is allowed. Cancelling loses no message.
        One caller at a time.
        """

    async def commit(self, positions: Mapping[Position, int]) -> None:
        """Remember, for the group, the next offset to read by partition.

        Ignored for partitions lost meanwhile, and where a higher offset is committed already. What is never
        committed counts as lag, and a lagging group holds the senders back.
        """

    async def seek(self, positions: Mapping[Position, int]) -> None:
        """Read on from these offsets (next to read). Positions of partitions that are not ours are ignored."""

    def assigned(self) -> frozenset[Position]:
        """The partitions that are ours now."""

    async def lag(self) -> Mapping[Position, int]:
        """Messages between our position and the end, for the partitions that are ours."""

    async def close(self) -> None:
        """Leave the group at once, so that others take over without waiting for a lease."""


class Bus(Protocol):
    """A connection to the log. One a process."""

    async def start(self, topics: Sequence[str], *, compacted: bool = False) -> None:
        """Connect and create missing topics. Raises ``BusError`` with one clear line.

        ``compacted``: of these topics Kafka keeps the last message of each key for ever, and forgets a key whose last
        message is empty. On SQLite they are topics as all others.
        """

    def sender(self) -> Sender:
        """A sender for one unit of work."""

    async def subscribe(
        self,
        topics: Sequence[str],
        group: str | None,
        *,
        from_start: bool = True,
        on_assigned: OnAssigned | None = None,
    ) -> Consumer:
        """A consumer of topics that exist. ``group`` None: alone, all partitions, nothing committed (``tail``, replay).

        ``from_start`` says where to begin when the group has no position: at the first message or at the end.
        ``on_assigned`` is awaited inside ``fetch``, before the first message of newly assigned partitions is handed
        out, each time they become ours; what it raises comes out of ``fetch``, and it is asked again the next time.
        """

    async def end_offsets(self, topic: str) -> Mapping[int, int]:
        """The next offset that each partition will give."""

    async def ping(self) -> None:
        """Raises ``BusError`` when the bus cannot be reached."""

    async def close(self) -> None:
        """Flush and let go."""
