"""A member of a consumer group: what it leases, what it gave up, what it may commit.

Members share the partitions of a topic by rank. A lease carries an epoch that grows with each new owner: who lost a
partition commits nothing any more. Who dies stops renewing, and others take over when the lease has ended.

Leases are counted in seconds since the machine started, which all of its processes share and nobody can set. What ends
later than any lease of ours could is of a time before the last start, and counts as ended.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence, Set
from typing import Final
from uuid import uuid4

from bus.protocol import Position
from bus.sqlite_file import writing
from bus.sqlite_log import ends_of

LONGEST_LEASES: Final = 2
"""A lease that ends later than so many of ours was not taken since the machine started."""


class Membership:
    """One consumer in a group. All methods run in the thread of its connection."""

    def __init__(
        self, group: str, topics: Sequence[str], *, lease_seconds: float, elapsed: Callable[[], float]
    ) -> None:
        self.epochs: dict[Position, int] = {}
        """The partitions that are ours, with the epoch of the lease."""
        self._group, self._topics, self._owner = group, topics, uuid4().hex
        self._lease_seconds, self._elapsed = lease_seconds, elapsed
        self._next_beat = 0.0
        self._generation = -1
        self._surplus_since: float | None = None

    def join(self, connection: sqlite3.Connection, *, from_start: bool) -> None:
        """Makes the group known for its topics, with positions to begin at, and counts us in."""
        with writing(connection):
            now = self._elapsed()
            connection.execute("INSERT OR IGNORE INTO groups VALUES (?, 0, ?)", (self._group, now))
            for (topic, part), end in ends_of(connection, self._topics).items():
                place = (self._group, topic, part)
                connection.execute(
                    "INSERT OR IGNORE INTO offsets VALUES (?, ?, ?, ?)", (*place, 0 if from_start else end)
                )
                connection.execute("INSERT OR IGNORE INTO leases VALUES (?, ?, ?, NULL, 0, 0)", place)
            self._beat(connection, now)
            self._tell_others(connection)

    def due(self, connection: sqlite3.Connection) -> bool:
        """Whether it is time to renew, or the group has changed."""
        return self._elapsed() >= self._next_beat or self._generation != self._generation_now(connection)

    def tend(self, connection: sqlite3.Connection, unfinished: Set[Position]) -> None:
        """Renews our leases, gives up what is too much and takes what is free.

        Of what is too much, ``unfinished`` partitions stay ours until they are committed, or for two leases at most.
        """
        now = self._elapsed()
        with writing(connection):
            self._beat(connection, now)
            gone = "DELETE FROM members WHERE grp = ? AND expires NOT BETWEEN ? AND ?"
            if connection.execute(gone, (self._group, *self._running(now))).rowcount:
                self._tell_others(connection)
            held, waits = self._share(connection, unfinished, now)
            generation = self._generation_now(connection)
        self.epochs, self._generation = held, generation
        self._surplus_since = (self._surplus_since or now) if waits else None
        self._next_beat = now + self._lease_seconds / 4

    def positions(self, connection: sqlite3.Connection) -> dict[Position, int]:
        """What the group has committed, for all partitions of our topics."""
        rows = connection.execute("SELECT topic, part, next FROM offsets WHERE grp = ?", (self._group,))
        return {(topic, part): offset for topic, part, offset in rows}

    def commit(self, connection: sqlite3.Connection, positions: Mapping[Position, int]) -> None:
        """Moves the group forward where the lease is still ours; never back."""
        with writing(connection):
            for (topic, part), offset in positions.items():
                connection.execute(
                    """UPDATE offsets SET next = ? WHERE grp = ? AND topic = ? AND part = ? AND next < ? AND EXISTS (
                        SELECT 1 FROM leases l WHERE l.grp = offsets.grp AND l.topic = offsets.topic
                        AND l.part = offsets.part AND l.owner = ? AND l.epoch = ?)""",
                    (offset, self._group, topic, part, offset, self._owner, self.epochs.get((topic, part), -1)),
                )
        if self._surplus_since is not None:
            self._next_beat = 0.0

    def leave(self, connection: sqlite3.Connection) -> None:
        """Gives everything back at once."""
        with writing(connection):
            mine = (self._group, self._owner)
            connection.execute("DELETE FROM members WHERE grp = ? AND owner = ?", mine)
            connection.execute("UPDATE leases SET owner = NULL, expires = 0 WHERE grp = ? AND owner = ?", mine)
            self._tell_others(connection)
        self.epochs = {}

    def _beat(self, connection: sqlite3.Connection, now: float) -> None:
        until = now + self._lease_seconds
        connection.execute("UPDATE groups SET seen = ? WHERE grp = ?", (now, self._group))
        connection.executemany(
            "INSERT OR REPLACE INTO members VALUES (?, ?, ?, ?)",
            [(self._group, topic, self._owner, until) for topic in self._topics],
        )
        connection.execute(
            "UPDATE leases SET expires = ? WHERE grp = ? AND owner = ?", (until, self._group, self._owner)
        )

    def _share(
        self, connection: sqlite3.Connection, unfinished: Set[Position], now: float
    ) -> tuple[dict[Position, int], bool]:
        """What we hold after giving and taking, and whether a surplus still waits for its commit."""
        held: dict[Position, int] = {}
        waits = False
        for topic in self._topics:
            mine = self._held(connection, topic)
            quota = self._quota(connection, topic)
            for place in sorted(mine, reverse=True)[: max(0, len(mine) - quota)]:
                if place in unfinished and not self._waited_enough(now):
                    waits = True
                else:
                    self._release(connection, place)
                    del mine[place]
            held |= mine | self._take(connection, topic, quota - len(mine), now)
        return held, waits

    def _waited_enough(self, now: float) -> bool:
        return self._surplus_since is not None and now - self._surplus_since > 2 * self._lease_seconds

    def _held(self, connection: sqlite3.Connection, topic: str) -> dict[Position, int]:
        rows = connection.execute(
            "SELECT part, epoch FROM leases WHERE grp = ? AND topic = ? AND owner = ?",
            (self._group, topic, self._owner),
        )
        return {(topic, part): epoch for part, epoch in rows}

    def _quota(self, connection: sqlite3.Connection, topic: str) -> int:
        """Our part: all members' parts together are all partitions, and differ by one at most."""
        members = connection.execute(
            "SELECT owner FROM members WHERE grp = ? AND topic = ? ORDER BY owner", (self._group, topic)
        ).fetchall()
        (partitions,) = connection.execute("SELECT count(*) FROM ends WHERE topic = ?", (topic,)).fetchone()
        share, rest = divmod(int(partitions), len(members))
        return share + (1 if (self._owner,) in members[:rest] else 0)

    def _release(self, connection: sqlite3.Connection, place: Position) -> None:
        connection.execute(
            "UPDATE leases SET owner = NULL, expires = 0 WHERE grp = ? AND topic = ? AND part = ?",
            (self._group, *place),
        )
        self._tell_others(connection)

    def _take(self, connection: sqlite3.Connection, topic: str, count: int, now: float) -> dict[Position, int]:
        if count <= 0:
            return {}
        free = connection.execute(
            """SELECT part, epoch + 1 FROM leases WHERE grp = ? AND topic = ?
            AND (owner IS NULL OR expires NOT BETWEEN ? AND ?) ORDER BY part LIMIT ?""",
            (self._group, topic, *self._running(now), count),
        ).fetchall()
        connection.executemany(
            "UPDATE leases SET owner = ?, epoch = ?, expires = ? WHERE grp = ? AND topic = ? AND part = ?",
            [(self._owner, epoch, now + self._lease_seconds, self._group, topic, part) for part, epoch in free],
        )
        return {(topic, part): epoch for part, epoch in free}

    def _running(self, now: float) -> tuple[float, float]:
        """Between which moments a lease ends that has not ended."""
        return now, now + LONGEST_LEASES * self._lease_seconds

    def _tell_others(self, connection: sqlite3.Connection) -> None:
        connection.execute("UPDATE groups SET generation = generation + 1 WHERE grp = ?", (self._group,))

    def _generation_now(self, connection: sqlite3.Connection) -> int:
        row = connection.execute("SELECT generation FROM groups WHERE grp = ?", (self._group,)).fetchone()
        return int(row[0]) if row else 0
