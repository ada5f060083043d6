"""The log in its tables: append, read, ends, lag, retention. Plain functions on a connection, run in its thread."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final
from zlib import crc32

import msgspec

from bus.errors import BusError
from bus.protocol import Message, Outgoing, Position
from bus.sqlite_file import writing

PARTITIONS: Final = 4
READ_BYTES: Final = 16 << 20
"""A read stops behind the message that fills this."""

ABANDONED_SECONDS: Final = 600.0
"""A group without a live member for so long holds no sender back; its positions stay."""

_RETENTION_ROWS: Final = 1000


def partition_of(key: str) -> int:
    """The partition of a key: the same in every process and version."""
    return crc32(key.encode()) % PARTITIONS


def create_topics(connection: sqlite3.Connection, topics: Sequence[str]) -> None:
    """Makes missing topics."""
    with writing(connection):
        connection.executemany(
            "INSERT OR IGNORE INTO ends VALUES (?, ?, 0, 0)", [(t, part) for t in topics for part in range(PARTITIONS)]
        )


def append(
    connection: sqlite3.Connection, messages: Sequence[Outgoing], now: float, elapsed: float, max_lag: int
) -> Mapping[Position, int] | None:
    """Appends all in one transaction; the highest offsets. None, and nothing appended, while a group lags too much.

    ``now`` is what the messages carry, ``elapsed`` what leases are counted in.
    """
    topics = {message.topic for message in messages}
    if any(slowest_lag(connection, topic, elapsed) > max_lag for topic in topics):
        return None
    with writing(connection):
        ends = {(topic, part): end for topic in topics for part, end in known_ends(connection, topic).items()}
        rows = []
        for message in messages:
            place = (message.topic, partition_of(message.key))
            headers = msgspec.json.encode(message.headers).decode() if message.headers else None
            rows.append((*place, ends[place], message.key, message.value, headers, now))
            ends[place] += 1
        connection.executemany("INSERT INTO log VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
        connection.executemany(
            "UPDATE ends SET next = ? WHERE topic = ? AND part = ?", [(end, *place) for place, end in ends.items()]
        )
    return {(row[0], row[1]): row[2] for row in rows}


def read(connection: sqlite3.Connection, place: Position, offset: int, limit: int, limit_bytes: int) -> list[Message]:
    """Up to ``limit`` messages of a partition from ``offset`` on, at least one when there is one."""
    messages: list[Message] = []
    cursor = connection.execute(
        "SELECT off, key, value, headers, ts FROM log WHERE topic = ? AND part = ? AND off >= ? ORDER BY off LIMIT ?",
        (*place, offset, limit),
    )
    for off, key, value, headers, ts in cursor:
        at = datetime.fromtimestamp(ts, UTC)
        message = Message(*place, off, key, value, at, msgspec.json.decode(headers) if headers else {})
        messages.append(message)
        limit_bytes -= len(value)
        if limit_bytes <= 0:
            break
    cursor.close()
    return messages


def ends_of(connection: sqlite3.Connection, topics: Iterable[str]) -> dict[Position, int]:
    """The next offset that each partition of these topics will give."""
    return {(topic, part): end for topic in topics for part, end in known_ends(connection, topic).items()}


def known_ends(connection: sqlite3.Connection, topic: str) -> dict[int, int]:
    """By partition. Raises ``BusError`` for a topic that nobody started."""
    ends = dict(connection.execute("SELECT part, next FROM ends WHERE topic = ?", (topic,)).fetchall())
    if not ends:
        raise BusError(f"the bus has no topic {topic!r}")
    return ends


def firsts_of(connection: sqlite3.Connection, topic: str) -> dict[int, int]:
    """The first offset that each partition still holds."""
    return dict(connection.execute("SELECT part, first FROM ends WHERE topic = ?", (topic,)).fetchall())


def slowest_lag(connection: sqlite3.Connection, topic: str, elapsed: float) -> int:
    """Rows that the slowest group of this topic has not committed; 0 without a group. Abandoned groups do not count."""
    (lag,) = connection.execute(
        """SELECT coalesce(max(lag), 0) FROM (
            SELECT sum(e.next - max(o.next, e.first)) AS lag
            FROM offsets o JOIN ends e ON e.topic = o.topic AND e.part = o.part JOIN groups g ON g.grp = o.grp
            WHERE o.topic = ? AND g.seen BETWEEN ? AND ? GROUP BY o.grp)""",
        (topic, elapsed - ABANDONED_SECONDS, elapsed + ABANDONED_SECONDS),
    ).fetchone()
    return int(lag)


def drop_older(connection: sqlite3.Connection, before: float) -> int:
    """Deletes a small part of what is older, read or not; how many rows. 0 when all is done."""
    places = connection.execute("SELECT topic, part FROM ends").fetchall()
    return sum(_drop_from(connection, place, before) for place in places)


def _drop_from(connection: sqlite3.Connection, place: Position, before: float) -> int:
    with writing(connection):
        (last,) = connection.execute(
            """SELECT max(off) FROM (SELECT off, ts FROM log WHERE topic = ? AND part = ? ORDER BY off LIMIT ?)
            WHERE ts < ?""",
            (*place, _RETENTION_ROWS, before),
        ).fetchone()
        if last is None:
            return 0
        deleted = connection.execute("DELETE FROM log WHERE topic = ? AND part = ? AND off <= ?", (*place, last))
        connection.execute("UPDATE ends SET first = ? WHERE topic = ? AND part = ?", (last + 1, *place))
        return deleted.rowcount
