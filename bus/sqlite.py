"""The bus of one machine: a log in a SQLite file, for many processes.

Durable against the death of any process; a power failure may take what the system had not yet written to the disk
(WAL, ``synchronous=NORMAL``).

Back-pressure: ``send`` waits while the slowest group of the topic has more than ``max_lag`` rows not committed. It
cannot wait for ever: a group that nobody reads for holds nobody back after ``ABANDONED_SECONDS``, and what retention
deletes is no lag. One rule for users: who must commit a topic does not itself wait for a ``send`` to that topic.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import structlog

from bus.errors import BusError
from bus.sizes import check_sizes
from bus.sqlite_file import Database
from bus.sqlite_group import Membership
from bus.sqlite_log import append, create_topics, drop_older, known_ends
from bus.sqlite_reader import Batch, Reader

if TYPE_CHECKING:
    from bus.protocol import Message, OnAssigned, Outgoing, Position

log = structlog.get_logger()

APPEND_ROWS: Final = 1000
FULL_PAUSE_SECONDS: Final = 0.05
FIRST_PAUSE_SECONDS: Final = 0.02
LONGEST_PAUSE_SECONDS: Final = 0.1
RETENTION_EVERY_SECONDS: Final = 600.0


class SqliteBus:
    """A log in the file ``path``.

    ``clock`` tells the time that messages carry; ``elapsed`` the seconds that all processes of this machine share and
    that leases are counted in: nobody sets those.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        retention_hours: float = 48,
        lease_seconds: float = 5.0,
        max_lag: int = 200_000,
        clock: Callable[[], float] = time.time,
        elapsed: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = Database(Path(path))
        self._retention_seconds, self._lease_seconds = retention_hours * 3600, lease_seconds
        self._max_lag, self._clock, self._elapsed = max_lag, clock, elapsed
        self._retention: asyncio.Task[None] | None = None

    async def start(self, topics: Sequence[str], *, compacted: bool = False) -> None:  # noqa: ARG002 - it keeps all alike
        """As the protocol says."""
        await self._database.run(create_topics, topics)
        if self._retention is None:
            self._retention = asyncio.create_task(self._keep_retention())

    def sender(self) -> SqliteSender:
        """As the protocol says."""
        return SqliteSender(self._database, self._max_lag, self._clock, self._elapsed)

    async def subscribe(
        self,
        topics: Sequence[str],
        group: str | None,
        *,
        from_start: bool = True,
        on_assigned: OnAssigned | None = None,
    ) -> SqliteConsumer:
        """As the protocol says."""
        member = group and Membership(group, topics, lease_seconds=self._lease_seconds, elapsed=self._elapsed)
        consumer = SqliteConsumer(self._database.path, Reader(topics, member or None), on_assigned)
        await consumer.open(from_start=from_start, beat_seconds=self._lease_seconds / 4)
        return consumer

    async def end_offsets(self, topic: str) -> Mapping[int, int]:
        """As the protocol says."""
        return await self._database.run(known_ends, topic)

    async def ping(self) -> None:
        """As the protocol says."""
        await self._database.run(lambda connection: connection.execute("SELECT count(*) FROM ends").fetchone())

    async def close(self) -> None:
        """As the protocol says."""
        await _stop(self._retention)
        await self._database.close()

    async def drop_expired(self) -> None:
        """Deletes what is older than the retention, in small steps between which senders go on."""
        before = self._clock() - self._retention_seconds
        while await self._database.run(drop_older, before):
            pass

    async def _keep_retention(self) -> None:
        while True:
            try:
                await self.drop_expired()
            except BusError as error:
                log.warning("bus_retention_failed", error=str(error))
            await asyncio.sleep(RETENTION_EVERY_SECONDS)


class SqliteSender:
    """Appends for one unit of work. What ``send`` returned from is in the log already."""

    def __init__(
        self, database: Database, max_lag: int, clock: Callable[[], float], elapsed: Callable[[], float]
    ) -> None:
        self._database, self._max_lag = database, max_lag
        self._clock, self._elapsed = clock, elapsed
        self._highest: dict[Position, int] = {}

    async def send(self, messages: Sequence[Outgoing]) -> None:
        """As the protocol says."""
        check_sizes(messages)
        for start in range(0, len(messages), APPEND_ROWS):
            await self._append(messages[start : start + APPEND_ROWS])

    async def flush(self) -> Mapping[Position, int]:
        """As the protocol says."""
        return dict(self._highest)

    async def _append(self, messages: Sequence[Outgoing]) -> None:
        while True:
            offsets = await self._database.run(append, messages, self._clock(), self._elapsed(), self._max_lag)
            if offsets is not None:
                self._highest.update(offsets)
                return
            await asyncio.sleep(FULL_PAUSE_SECONDS)


class SqliteConsumer:
    """Reads through a connection of its own, so that waiting senders do not hold it up."""

    def __init__(self, path: Path, reader: Reader, on_assigned: OnAssigned | None) -> None:
        self._database, self._reader, self._on_assigned = Database(path), reader, on_assigned
        self._beat: asyncio.Task[None] | None = None

    async def open(self, *, from_start: bool, beat_seconds: float) -> None:
        """Joins, and keeps its leases alive also while nobody fetches."""
        try:
            await self._database.run(self._reader.open, from_start=from_start)
        except BaseException:
            await self._database.close()
            raise
        self._beat = asyncio.create_task(self._keep_alive(beat_seconds))

    async def fetch(self, max_messages: int = 2000, timeout: float = 1.0) -> Sequence[Message]:
        """As the protocol says."""
        until = time.monotonic() + timeout
        pause = FIRST_PAUSE_SECONDS
        while True:
            batch = await self._look(max_messages)
            if batch.fresh:
                await self._welcome(batch.fresh)
                continue
            left = until - time.monotonic()
            if batch.messages or left <= 0:
                return batch.messages
            await asyncio.sleep(min(pause, left))
            pause = min(pause * 1.5, LONGEST_PAUSE_SECONDS)

    async def commit(self, positions: Mapping[Position, int]) -> None:
        """As the protocol says."""
        await self._database.run(self._reader.commit, positions)

    async def seek(self, positions: Mapping[Position, int]) -> None:
        """As the protocol says."""
        await self._database.run(lambda _: self._reader.seek(positions))

    def assigned(self) -> frozenset[Position]:
        """As the protocol says."""
        return self._reader.assigned

    async def lag(self) -> Mapping[Position, int]:
        """As the protocol says."""
        return await self._database.run(self._reader.lag)

    async def close(self) -> None:
        """As the protocol says."""
        await _stop(self._beat)
        try:
            await self._database.run(self._reader.leave)
        finally:
            await self._database.close()

    async def _look(self, limit: int) -> Batch:
        try:
            return await self._database.run(self._reader.look, limit)
        except asyncio.CancelledError:
            self._database.later(self._reader.rewind)
            raise

    async def _welcome(self, fresh: Mapping[Position, int]) -> None:
        positions = await self._on_assigned(frozenset(fresh)) if self._on_assigned else {}
        await self._database.run(lambda _: self._reader.welcome(fresh, positions))

    async def _keep_alive(self, beat_seconds: float) -> None:
        while True:
            await asyncio.sleep(beat_seconds)
            try:
                await self._database.run(self._reader.tend)
            except BusError as error:
                log.warning("bus_lease_not_renewed", error=str(error))


async def _stop(task: asyncio.Task[None] | None) -> None:
    if task is not None:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
