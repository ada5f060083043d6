"""Where a consumer of the SQLite log stands, and its reads. All of it runs in the thread of its connection."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bus.protocol import Message, Position
from bus.sqlite_group import Membership
from bus.sqlite_log import READ_BYTES, ends_of, firsts_of, read


@dataclass(frozen=True, slots=True)
class Batch:
    """What one look at the log gave."""

    messages: Sequence[Message] = ()
    fresh: Mapping[Position, int] = field(default_factory=dict)
    """Partitions that became ours, with their epochs: to be welcomed before they are read."""


class Reader:
    """Positions of one consumer, alone (``member`` None) or in a group."""

    def __init__(self, topics: Sequence[str], member: Membership | None) -> None:
        self.assigned: frozenset[Position] = frozenset()
        self._topics, self._member = topics, member
        self._epochs: dict[Position, int] = {}
        self._fresh: set[Position] = set()
        self._next: dict[Position, int] = {}
        self._before: dict[Position, int] = {}
        self._delivered: dict[Position, int] = {}
        self._turn = 0

    def open(self, connection: sqlite3.Connection, *, from_start: bool) -> None:
        """Joins the group, or takes all partitions when alone."""
        if self._member is not None:
            self._member.join(connection, from_start=from_start)
            return
        ends = ends_of(connection, self._topics)
        self._hold(dict.fromkeys(ends, 0), dict.fromkeys(ends, 0) if from_start else ends)

    def tend(self, connection: sqlite3.Connection) -> None:
        """Keeps our part of the group's partitions, when it is time."""
        if self._member is not None and self._member.due(connection):
            self._member.tend(connection, self._delivered.keys())
            self._hold(self._member.epochs, self._member.positions(connection))

    def look(self, connection: sqlite3.Connection, limit: int) -> Batch:
        """New partitions if there are any, else messages."""
        self._before = {}
        self.tend(connection)
        if self._fresh:
            return Batch(fresh={place: self._epochs[place] for place in self._fresh})
        return Batch(self._read(connection, limit))

    def welcome(self, fresh: Mapping[Position, int], positions: Mapping[Position, int]) -> None:
        """From now on these are read, from ``positions`` where given."""
        for place, epoch in fresh.items():
            if self._epochs.get(place) == epoch:
                self._fresh.discard(place)
                self._next[place] = positions.get(place, self._next[place])

    def seek(self, positions: Mapping[Position, int]) -> None:
        """Reads on from here, where it is ours."""
        self._next |= {place: offset for place, offset in positions.items() if place in self._next}

    def rewind(self) -> None:
        """Takes the last read back: nobody got it."""
        self.seek(self._before)

    def commit(self, connection: sqlite3.Connection, positions: Mapping[Position, int]) -> None:
        """As the protocol says."""
        if self._member is None:
            return
        self._member.commit(connection, positions)
        for place, offset in positions.items():
            if self._delivered.get(place, offset + 1) <= offset:
                del self._delivered[place]

    def lag(self, connection: sqlite3.Connection) -> dict[Position, int]:
        """As the protocol says; what retention has taken does not count."""
        firsts = {
            (topic, part): first for topic in self._topics for part, first in firsts_of(connection, topic).items()
        }
        ends = ends_of(connection, self._topics)
        return {place: ends[place] - max(offset, firsts[place]) for place, offset in self._next.items()}

    def leave(self, connection: sqlite3.Connection) -> None:
        """Gives everything back."""
        if self._member is not None:
            self._member.leave(connection)
        self._hold({}, {})

    def _hold(self, epochs: Mapping[Position, int], positions: Mapping[Position, int]) -> None:
        for place in [p for p, epoch in self._epochs.items() if epochs.get(p) != epoch]:
            for state in (self._next, self._before, self._delivered):
                state.pop(place, None)
            self._fresh.discard(place)
        for place in epochs.keys() - self._next.keys():
            self._next[place] = positions[place]
            self._fresh.add(place)
        self._epochs = dict(epochs)
        self.assigned = frozenset(epochs)

    def _read(self, connection: sqlite3.Connection, limit: int) -> list[Message]:
        """Partitions take turns at being first, so that a full one does not starve the others."""
        ends = ends_of(connection, self._topics)
        waiting = sorted(place for place, offset in self._next.items() if offset < ends[place])
        self._turn += 1
        turn = self._turn % len(waiting) if waiting else 0
        messages: list[Message] = []
        for place in waiting[turn:] + waiting[:turn]:
            if len(messages) < limit:
                messages += self._read_from(
                    connection, place, limit - len(messages), READ_BYTES // len(waiting), ends[place]
                )
        return messages

    def _read_from(
        self, connection: sqlite3.Connection, place: Position, limit: int, limit_bytes: int, end: int
    ) -> list[Message]:
        messages = read(connection, place, self._next[place], limit, limit_bytes)
        if messages:
            self._before[place] = self._next[place]
            self._next[place] = self._delivered[place] = messages[-1].offset + 1
        else:
            self._next[place] = end
        return messages
